/** Products of matrices, convolutions, and weights of few bits. */
import * as op from "../../src/graph/ops.js";
import { casesOf, count, f32, forTwoSizes, i8, i32, type OperationCase, u8 } from "./case.js";

// Convolutions: a picture [1, 2, 5, 4], weights [3, 2, 3, 3], and the gradient [1, 3, 2, 2] of a convolution's result.
const PICTURE = f32(
  [1, 2, 5, 4],
  count(40).map((i) => ((i * 5) % 11) - 5),
);
const KERNELS = f32(
  [3, 2, 3, 3],
  count(54).map((i) => (i % 5) - 2),
);
const INCOMING = f32(
  [1, 3, 2, 2],
  count(12).map((i) => (i % 5) - 2),
);

const convolution = (
  stride: number,
  padding: readonly [number, number, number, number],
  shape: readonly number[],
  data: readonly number[],
  weight = KERNELS,
): OperationCase => ({
  title: `kernel ${weight.shape.slice(2).join("×")}, stride ${stride}, padding ${padding}`,
  inputs: { x: PICTURE, weight },
  build: ({ x, weight: w }) => op.conv2d(x, w, { stride, padding }),
  expected: f32(shape, data),
});

export const productCases = casesOf({
  dequantize: [
    {
      title: "8 bits, two blocks a row",
      inputs: { values: i8([2, 4], [-127, 64, 3, 0, 1, -2, 127, -128]), scales: f32([2, 2], [0.5, 2, 0.25, 1]) },
      build: ({ values, scales }) => op.dequantize(values, scales, { bits: 8, blockSize: 2 }),
      expected: f32([2, 4], [-63.5, 32, 6, 0, 0.25, -0.5, 127, -128]),
      gradients: "none",
    },
    {
      // Bytes hold columns 0 and 2, 1 and 3; 8 is 0.
      title: "4 bits, two to a byte",
      inputs: { values: u8([2, 2], [0x18, 0xf0, 0x97, 0x88]), scales: f32([2, 2], [0.5, 2, 1, 3]) },
      build: ({ values, scales }) => op.dequantize(values, scales, { bits: 4, blockSize: 2 }),
      expected: f32([2, 4], [0, -4, -14, 14, -1, 0, 3, 0]),
      gradients: "none",
    },
    {
      title: "4 bits, rows of a table",
      inputs: {
        values: u8([3, 1], [0x18, 0xf0, 0x97]),
        scales: f32([3, 1], [0.5, 2, 1]),
        at: i32([2], [2, 0]),
      },
      build: ({ values, scales, at }) => op.gather(op.dequantize(values, scales, { bits: 4, blockSize: 2 }), at),
      expected: f32([2, 2], [-1, 1, 0, -3.5]),
      gradients: "none",
    },
    ...forTwoSizes(
      "8 bits, rows of named number",
      { values: ["B", "T", 2], scales: ["B", "T", 1] },
      ({ values, scales }) => op.dequantize(values, scales, { bits: 8, blockSize: 2 }),
      [
        {
          inputs: { values: i8([1, 2, 2], [1, 2, 3, 4]), scales: f32([1, 2, 1], [2, 3]) },
          expected: f32([1, 2, 2], [2, 4, 9, 12]),
        },
        {
          inputs: { values: i8([2, 1, 2], [1, 2, 3, 4]), scales: f32([2, 1, 1], [2, 3]) },
          expected: f32([2, 1, 2], [2, 4, 9, 12]),
        },
      ],
    ).map((example): OperationCase => ({ ...example, gradients: "none" })),
    {
      title: "8 bits, a range of rows as a frozen weight",
      inputs: {
        x: f32([2, 2], [1, 2, 3, -1]),
        values: i8([3, 2], [9, 9, 1, -2, 3, 4]),
        scales: f32([3, 1], [9, 0.5, 1]),
      },
      build: ({ x, values, scales }) =>
        op.matmul(x, op.slice(op.dequantize(values, scales, { bits: 8, blockSize: 2 }), 0, 1, 3), { transposeB: true }),
      expected: f32([2, 2], [-1.5, 11, 2.5, 5]),
      gradients: { x: [3.5, 3, 3.5, 3] },
    },
  ] satisfies OperationCase[] as OperationCase[],
  matmul: [
    {
      title: "[2, 3, 4] × [4, 3]",
      inputs: {
        x: f32(
          [2, 3, 4],
          count(24).map((i) => (i % 5) - 2),
        ),
        y: f32(
          [4, 3],
          count(12).map((i) => (i % 4) - 1),
        ),
      },
      build: ({ x, y }) => op.matmul(x, y),
      expected: f32([2, 3, 3], [0, 2, 0, -7, 0, 3, 1, -7, 1, 4, 1, -6, 2, 4, 2, 0, 2, 0]),
    },
    ...(["plain", "first", "second", "both"] as const).map((turned): OperationCase => {
      const [transposeA, transposeB] = [
        turned === "first" || turned === "both",
        turned === "second" || turned === "both",
      ];
      return {
        title: `matrices, turned: ${turned}`,
        inputs: {
          x: transposeA ? f32([3, 2], [1, 4, 2, 5, 3, 6]) : f32([2, 3], [1, 2, 3, 4, 5, 6]),
          y: transposeB ? f32([2, 3], [1, 0, -1, 2, 1, 0]) : f32([3, 2], [1, 2, 0, 1, -1, 0]),
        },
        build: ({ x, y }) => op.matmul(x, y, { transposeA, transposeB }),
        expected: f32([2, 2], [-2, 4, -2, 13]),
      };
    }),
    ...(["first", "second", "both"] as const).map((turned): OperationCase => {
      const [transposeA, transposeB] = [turned !== "second", turned !== "first"];
      return {
        title: `batches that spread, turned: ${turned}`,
        inputs: {
          x: transposeA
            ? f32([2, 1, 3, 2], [1, 4, 2, 5, 3, 6, 0, 1, 1, 0, 0, 1])
            : f32([2, 1, 2, 3], [1, 2, 3, 4, 5, 6, 0, 1, 0, 1, 0, 1]),
          y: transposeB
            ? f32([2, 2, 3], [1, 0, -1, 2, 1, 0, 1, 1, 1, 0, 0, 2])
            : f32([2, 3, 2], [1, 2, 0, 1, -1, 0, 1, 0, 1, 0, 1, 2]),
        },
        build: ({ x, y }) => op.matmul(x, y, { transposeA, transposeB }),
        expected: f32([2, 2, 2, 2], [-2, 4, -2, 13, 6, 6, 15, 12, 0, 1, 0, 2, 1, 0, 2, 2]),
      };
    }),
    ...forTwoSizes(
      "[B, T, 2] × [B, U, 2]ᵀ",
      { x: ["B", "T", 2], y: ["B", "U", 2] },
      ({ x, y }) => op.matmul(x, y, { transposeB: true }),
      [
        {
          inputs: { x: f32([2, 1, 2], [1, 2, 3, 4]), y: f32([2, 2, 2], [1, 0, 0, 1, 1, 1, 2, -1]) },
          expected: f32([2, 1, 2], [1, 2, 7, 2]),
        },
        { inputs: { x: f32([1, 2, 2], [1, 2, 3, 4]), y: f32([1, 1, 2], [1, 1]) }, expected: f32([1, 2, 1], [3, 7]) },
      ],
    ),
  ],
  conv2d: [
    convolution(
      1,
      [1, 1, 1, 1],
      [1, 3, 5, 4],
      [
        -19, -34, 4, -6, 20, 2, 20, -25, 0, -3, 4, -8, -20, 14, -1, 31, 0, 17, -27, -8, 10, 21, 6, 17, -7, -30, 8, 0,
        15, -21, 6, -6, 4, -1, 15, -23, -15, 4, -2, 16, -1, -4, -22, 0, 1, 18, -4, 10, 10, -4, 18, 1, 8, -26, -4, 3, -5,
        6, 13, -10,
      ],
    ),
    convolution(2, [0, 0, 1, 1], [1, 3, 2, 2], [2, -25, 14, 31, -30, 0, -1, -23, 18, 10, -26, 3]),
    convolution(2, [1, 1, 1, 1], [1, 3, 3, 2], [-19, 4, 0, 4, 0, -27, 10, 6, 15, 6, -15, -2, -1, -22, 10, 18, -5, 13]),
    convolution(1, [0, 0, 0, 0], [1, 3, 3, 2], [2, 20, -3, 4, 14, -1, -30, 8, -21, 6, -1, 15, 18, -4, -4, 18, -26, -4]),
    convolution(
      1,
      [2, 0, 3, 1],
      [1, 3, 8, 3],
      [
        17, 2, 5, -34, 4, -6, 2, 20, -25, -3, 4, -8, 14, -1, 31, 17, -27, -8, -7, 6, -6, 0, 0, 0, -7, -18, 7, 21, 6, 17,
        -30, 8, 0, -21, 6, -6, -1, 15, -23, 4, -2, 16, 10, -3, 4, 0, 0, 0, 9, 2, 4, -4, -22, 0, 18, -4, 10, -4, 18, 1,
        -26, -4, 3, 6, 13, -10, -3, -7, 4, 0, 0, 0,
      ],
    ),
    convolution(
      2,
      [0, 0, 0, 0],
      [1, 3, 3, 2],
      [14, -5, -7, -4, 5, 8, -4, -5, 3, 2, -1, -2, -22, -5, 13, 8, -7, -12],
      f32([3, 2, 1, 1], count(6, -2)),
    ),
    convolution(
      1,
      [1, 0, 0, 1],
      [1, 1, 5, 3],
      [-20, 24, -7, 11, -4, 5, -5, 2, -4, 23, -14, -2, -4, 3, -11],
      f32(
        [1, 2, 2, 3],
        count(12).map((i) => (i % 5) - 2),
      ),
    ),
    ...forTwoSizes(
      "a batch of named size",
      { x: ["B", 1, 2, 2] },
      ({ x, weight }) => op.conv2d(x, weight, { padding: 0, stride: 1 }),
      [
        {
          inputs: { x: f32([1, 1, 2, 2], [1, 2, 3, 4]), weight: f32([1, 1, 2, 2], [1, 0, -1, 2]) },
          expected: f32([1, 1, 1, 1], [6]),
        },
        {
          inputs: { x: f32([2, 1, 2, 2], count(8)), weight: f32([1, 1, 2, 2], [1, 0, -1, 2]) },
          expected: f32([2, 1, 1, 1], [4, 12]),
        },
      ],
    ),
  ],
  convTranspose2d: [
    {
      title: "for a stride of 2, padding at the end, sides of 4 and 5",
      inputs: { x: INCOMING, weight: KERNELS },
      build: ({ x, weight }) =>
        op.node("convTranspose2d", [x, weight], { stride: 2, padding: [0, 0, 1, 1], outputSize: [4, 5] }),
      expected: f32(
        [1, 2, 4, 5],
        [
          5, 6, -5, -3, 6, -2, -6, 10, -6, -2, 7, -5, -6, 5, 4, -3, 4, 0, 4, -1, -6, 5, 0, -2, -3, -3, -2, 0, 5, -6, 9,
          7, -3, -4, 5, 0, -3, 3, -1, 4,
        ],
      ),
      gradients: "second derivatives",
    },
    {
      title: "for a stride of 2, padding all around, sides of 4 and 3",
      inputs: { x: INCOMING, weight: KERNELS },
      build: ({ x, weight }) =>
        op.node("convTranspose2d", [x, weight], { stride: 2, padding: [1, 1, 1, 1], outputSize: [4, 3] }),
      expected: f32(
        [1, 2, 4, 3],
        [-6, 10, -6, -5, -6, 5, 4, 0, 4, 0, -4, -1, -2, 0, 5, 7, -3, -4, -3, 3, -1, -2, -1, -1],
      ),
      gradients: "second derivatives",
    },
  ],
});
