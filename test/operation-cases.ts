/**
 * What every operation of a graph computes, on small inputs with stored results: worked out by hand or with NumPy, not by this
 * project. The compiler checks that no operation is left out.
 */
import { float32ToFloat16 } from "../src/array/float16.js";
import { type Tensor, tensor } from "../src/array/tensor.js";
import type { Shape } from "../src/graph/dims.js";
import * as op from "../src/graph/ops.js";
import type { OperationName, Symbolic } from "../src/graph/symbolic.js";

export interface OperationCase {
  readonly title: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Shapes with names in them, of those inputs that have any. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  readonly build: (inputs: Readonly<Record<string, Symbolic>>) => Symbolic;
  readonly expected: Tensor;
  /**
   * What is known of the gradients of float32 inputs: that differences agree with them (by default), that there are none, that they
   * would be second derivatives, or what those of the sum of all results are, where differences would straddle a kink.
   */
  readonly gradients?: "none" | "second derivatives" | Readonly<Record<string, readonly number[]>>;
}

const f32 = (shape: readonly number[], data: readonly number[]) => tensor("float32", shape, Float32Array.from(data));
const i32 = (shape: readonly number[], data: readonly number[]) => tensor("int32", shape, Int32Array.from(data));
const i64 = (shape: readonly number[], data: readonly number[]) =>
  tensor("int64", shape, BigInt64Array.from(data, BigInt));
const i8 = (shape: readonly number[], data: readonly number[]) => tensor("int8", shape, Int8Array.from(data));
const u8 = (shape: readonly number[], data: readonly number[]) => tensor("uint8", shape, Uint8Array.from(data));
const bool = (shape: readonly number[], data: readonly number[]) => tensor("bool", shape, Uint8Array.from(data));
const count = (size: number, start = 0) => Array.from({ length: size }, (_, i) => start + i);
const constant = (value: Tensor<"float32" | "int32" | "int64" | "bool">) => op.constant(value);

const SAMPLE = f32([2, 3], [-2, -0.5, 0, 0.25, 1, 3]);
const POSITIVE = f32([4], [0.25, 1, 2, 5.5]);
/** Rows and a column: both operands of a sum of them are spread. */
const SPREAD = { x: f32([3], [1, -2, 3]), y: f32([2, 1], [10, 0.5]) };

type Build = OperationCase["build"];

const unary = (
  operation: (x: Symbolic) => Symbolic,
  x: Tensor,
  expected: readonly number[],
  gradients?: OperationCase["gradients"],
): OperationCase => ({
  title: "elements",
  inputs: { x },
  build: (given) => operation(given.x),
  expected: f32(x.shape, expected),
  gradients,
});

const binary = (
  operation: (x: Symbolic, y: Symbolic) => Symbolic,
  x: Tensor,
  y: Tensor,
  expected: Tensor,
  more: { title?: string; gradients?: OperationCase["gradients"] } = {},
): OperationCase => ({
  title: `${x.dtype} [${x.shape}] and [${y.shape}]`,
  inputs: { x, y },
  build: (given) => operation(given.x, given.y),
  expected,
  ...more,
});

/** One graph over [B, T], for two bindings of the names. */
const forTwoSizes = (
  title: string,
  shapes: Readonly<Record<string, Shape>>,
  build: Build,
  sizes: readonly [Pick<OperationCase, "inputs" | "expected">, Pick<OperationCase, "inputs" | "expected">],
): OperationCase[] =>
  sizes.map((size) => ({ title: `${title}: ${size.expected.shape.join("×")}`, shapes, build, ...size }));

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

export const operationCases = {
  input: [
    { title: "as it is", inputs: { x: SAMPLE }, build: ({ x }) => x, expected: SAMPLE },
    { title: "int64", inputs: { x: i64([2], [-1, 2 ** 40]) }, build: ({ x }) => x, expected: i64([2], [-1, 2 ** 40]) },
  ],
  parameter: [
    {
      title: "fed like an input",
      inputs: { x: f32([2], [1, 2]), weight: f32([2], [3, 4]) },
      build: ({ x }) => op.mul(x, op.parameter("weight", [2])),
      expected: f32([2], [3, 8]),
      gradients: { x: [3, 4] },
    },
  ],
  constant: [
    {
      title: "one tensor, used twice, and a scalar",
      inputs: { x: f32([2], [1, 2]) },
      build: ({ x }) => op.add(op.add(x, constant(f32([2], [10, 20]))), op.add(constant(f32([2], [10, 20])), 0.5)),
      expected: f32([2], [21.5, 42.5]),
    },
  ],
  neg: [
    unary(op.neg, SAMPLE, [2, 0.5, 0, -0.25, -1, -3]),
    { title: "int32", inputs: { x: i32([2], [3, -7]) }, build: ({ x }) => op.neg(x), expected: i32([2], [-3, 7]) },
  ],
  exp: [unary(op.exp, SAMPLE, [0.13533528, 0.60653066, 1, 1.2840254, 2.7182818, 20.085537])],
  log: [unary(op.log, POSITIVE, [-1.3862944, 0, 0.69314718, 1.7047481])],
  sqrt: [unary(op.sqrt, POSITIVE, [0.5, 1, 1.4142136, 2.3452079])],
  sin: [unary(op.sin, SAMPLE, [-0.90929743, -0.47942554, 0, 0.24740396, 0.84147098, 0.14112001])],
  cos: [unary(op.cos, SAMPLE, [-0.41614684, 0.87758256, 1, 0.96891242, 0.54030231, -0.9899925])],
  tanh: [unary(op.tanh, SAMPLE, [-0.96402758, -0.46211716, 0, 0.24491866, 0.76159416, 0.99505475])],
  sigmoid: [unary(op.sigmoid, SAMPLE, [0.11920292, 0.37754067, 0.5, 0.5621765, 0.73105858, 0.95257413])],
  erf: [unary(op.erf, SAMPLE, [-0.99532227, -0.52049988, 0, 0.27632639, 0.84270079, 0.99997791])],
  abs: [
    unary(op.abs, SAMPLE, [2, 0.5, 0, 0.25, 1, 3], { x: [-1, -1, 0, 1, 1, 1] }),
    { title: "int32", inputs: { x: i32([2], [3, -7]) }, build: ({ x }) => op.abs(x), expected: i32([2], [3, 7]) },
  ],
  sign: [unary(op.sign, SAMPLE, [-1, -1, 0, 1, 1, 1], "none")],
  floor: [unary(op.floor, SAMPLE, [-2, -1, 0, 0, 1, 3], "none")],
  not: [
    { title: "bool", inputs: { x: bool([3], [1, 0, 1]) }, build: ({ x }) => op.not(x), expected: bool([3], [0, 1, 0]) },
  ],
  checkpoint: [unary((x) => op.recomputable(x, (y) => op.mul(y, y)), POSITIVE, [0.0625, 1, 4, 30.25])],
  stopGradient: [
    unary(op.stopGradient, SAMPLE, [-2, -0.5, 0, 0.25, 1, 3], "none"),
    {
      title: "stops one of two ways",
      inputs: { x: f32([2], [3, 4]) },
      build: ({ x }) => op.mul(x, op.stopGradient(x)),
      expected: f32([2], [9, 16]),
      gradients: { x: [3, 4] },
    },
  ],
  cast: [
    {
      title: "float32 to int32 cuts off",
      inputs: { x: f32([4], [-1.5, -0.5, 2.9, 7]) },
      build: ({ x }) => op.cast(x, "int32"),
      expected: i32([4], [-1, 0, 2, 7]),
      gradients: "none",
    },
    {
      title: "int64 to float32",
      inputs: { x: i64([3], [-3, 0, 123456]) },
      build: ({ x }) => op.cast(x, "float32"),
      expected: f32([3], [-3, 0, 123456]),
    },
    {
      title: "int64 to int32 and back",
      inputs: { x: i64([3], [-3, 0, 123456]) },
      build: ({ x }) => op.cast(op.cast(x, "int32"), "int64"),
      expected: i64([3], [-3, 0, 123456]),
    },
    {
      title: "bool to float32",
      inputs: { x: bool([3], [1, 0, 1]) },
      build: ({ x }) => op.cast(x, "float32"),
      expected: f32([3], [1, 0, 1]),
    },
    {
      title: "bool to int32",
      inputs: { x: bool([3], [1, 0, 1]) },
      build: ({ x }) => op.cast(x, "int32"),
      expected: i32([3], [1, 0, 1]),
    },
    {
      title: "int32 to bool",
      inputs: { x: i32([3], [2, 0, -1]) },
      build: ({ x }) => op.cast(x, "bool"),
      expected: bool([3], [1, 0, 1]),
    },
    {
      title: "float16 to float32",
      inputs: { x: tensor("float16", [3], float32ToFloat16(Float32Array.of(1, -0.5, 1024))) },
      build: ({ x }) => op.cast(x, "float32"),
      expected: f32([3], [1, -0.5, 1024]),
    },
  ],
  add: [
    binary(op.add, SPREAD.x, SPREAD.y, f32([2, 3], [11, 8, 13, 1.5, -1.5, 3.5])),
    binary(op.add, i32([2, 1], [1, 2]), i32([2], [10, 20]), i32([2, 2], [11, 21, 12, 22])),
    {
      title: "a tensor and itself",
      inputs: { x: SAMPLE },
      build: ({ x }) => op.add(x, x),
      expected: f32([2, 3], [-4, -1, 0, 0.5, 2, 6]),
    },
    ...forTwoSizes("[B, T] and [T]", { x: ["B", "T"], y: ["T"] }, ({ x, y }) => op.add(x, y), [
      { inputs: { x: f32([2, 2], [1, 2, 3, 4]), y: f32([2], [10, 20]) }, expected: f32([2, 2], [11, 22, 13, 24]) },
      { inputs: { x: f32([1, 3], [1, 2, 3]), y: f32([3], [1, 1, 1]) }, expected: f32([1, 3], [2, 3, 4]) },
    ]),
  ],
  sub: [
    binary(op.sub, SPREAD.x, SPREAD.y, f32([2, 3], [-9, -12, -7, 0.5, -2.5, 2.5])),
    binary(op.sub, i32([2], [1, 2]), i32([], [5]), i32([2], [-4, -3])),
    binary(op.sub, i64([2], [1, 2]), i64([], [5]), i64([2], [-4, -3])),
  ],
  mul: [
    binary(op.mul, SPREAD.x, SPREAD.y, f32([2, 3], [10, -20, 30, 0.5, -1, 1.5])),
    binary(op.mul, i32([2], [-3, 2]), i32([2], [5, 7]), i32([2], [-15, 14])),
    {
      title: "by a number from either side",
      inputs: { x: f32([2], [1, -2]) },
      build: ({ x }) => op.mul(2, op.mul(x, 3)),
      expected: f32([2], [6, -12]),
    },
  ],
  div: [
    binary(op.div, SPREAD.x, SPREAD.y, f32([2, 3], [0.1, -0.2, 0.3, 2, -4, 6])),
    binary(op.div, i32([2], [7, 9]), i32([2], [2, 3]), i32([2], [3, 3])),
  ],
  maximum: [
    binary(op.maximum, SPREAD.x, SPREAD.y, f32([2, 3], [10, 10, 10, 1, 0.5, 3])),
    binary(op.maximum, f32([3], [1, 2, 3]), f32([], [2]), f32([3], [2, 2, 3]), {
      title: "of equals",
      gradients: { x: [0, 1, 1], y: [1] },
    }),
    binary(op.maximum, i32([3], [1, 2, 3]), i32([], [2]), i32([3], [2, 2, 3])),
  ],
  minimum: [
    binary(op.minimum, SPREAD.x, SPREAD.y, f32([2, 3], [1, -2, 3, 0.5, -2, 0.5])),
    binary(op.minimum, f32([3], [1, 2, 3]), f32([], [2]), f32([3], [1, 2, 2]), {
      title: "of equals",
      gradients: { x: [1, 1, 0], y: [1] },
    }),
    binary(op.minimum, i32([3], [1, 2, 3]), i32([], [2]), i32([3], [1, 2, 2])),
  ],
  equal: [
    binary(op.equal, f32([3], [1, 2, 3]), f32([2, 1], [1, 3]), bool([2, 3], [1, 0, 0, 0, 0, 1]), { gradients: "none" }),
    binary(op.equal, i32([3], [1, 2, 3]), i32([2, 1], [1, 3]), bool([2, 3], [1, 0, 0, 0, 0, 1])),
    binary(op.equal, i64([2], [1, 2 ** 40]), i64([2], [2, 2 ** 40]), bool([2], [0, 1])),
    binary(op.equal, bool([4], [0, 0, 1, 1]), bool([4], [0, 1, 0, 1]), bool([4], [1, 0, 0, 1])),
  ],
  less: [
    binary(op.less, f32([3], [1, 2, 3]), f32([], [2]), bool([3], [1, 0, 0]), { gradients: "none" }),
    binary(op.less, i32([3], [1, 2, 3]), i32([], [2]), bool([3], [1, 0, 0])),
    binary(op.less, i64([3], [1, 2, 3]), i64([], [2]), bool([3], [1, 0, 0])),
  ],
  lessOrEqual: [
    binary(op.lessOrEqual, f32([3], [1, 2, 3]), f32([], [2]), bool([3], [1, 1, 0]), { gradients: "none" }),
    binary(op.lessOrEqual, i32([3], [1, 2, 3]), i32([], [2]), bool([3], [1, 1, 0])),
  ],
  and: [binary(op.and, bool([2], [0, 1]), bool([2, 1], [0, 1]), bool([2, 2], [0, 0, 0, 1]))],
  or: [binary(op.or, bool([2], [0, 1]), bool([2, 1], [0, 1]), bool([2, 2], [0, 1, 1, 1]))],
  where: [
    {
      title: "all three spread",
      inputs: { condition: bool([2, 1, 1], [1, 0]), x: f32([2, 1], [1, 2]), y: f32([3], [10, 20, 30]) },
      build: ({ condition, x, y }) => op.where(condition, x, y),
      expected: f32([2, 2, 3], [1, 1, 1, 2, 2, 2, 10, 20, 30, 10, 20, 30]),
    },
    {
      title: "a number among the choices",
      inputs: { x: f32([4], [1, -2, 3, -4]) },
      build: ({ x }) => op.where(op.less(x, 0), 0, op.mul(x, x)),
      expected: f32([4], [1, 0, 9, 0]),
    },
    {
      title: "int32",
      inputs: { condition: bool([3], [1, 0, 1]), x: i32([3], [1, 2, 3]), y: i32([], [-1]) },
      build: ({ condition, x, y }) => op.where(condition, x, y),
      expected: i32([3], [1, -1, 3]),
    },
  ],
  sum: [
    {
      title: "two axes, one from the end",
      inputs: { x: f32([2, 3, 2], count(12)) },
      build: ({ x }) => op.sum(x, [0, -1]),
      expected: f32([1, 3, 1], [14, 22, 30]),
    },
    { title: "no axis", inputs: { x: SAMPLE }, build: ({ x }) => op.sum(x, []), expected: SAMPLE },
    { title: "all", inputs: { x: SAMPLE }, build: ({ x }) => op.sumAll(x), expected: f32([], [1.75]) },
    {
      title: "int32",
      inputs: { x: i32([2, 2], [1, 2, 3, 4]) },
      build: ({ x }) => op.sum(x, 0),
      expected: i32([1, 2], [4, 6]),
    },
    ...forTwoSizes("over a named axis", { x: ["B", "T", 2] }, ({ x }) => op.sum(x, 1), [
      { inputs: { x: f32([1, 3, 2], count(6)) }, expected: f32([1, 1, 2], [6, 9]) },
      { inputs: { x: f32([2, 1, 2], count(4)) }, expected: f32([2, 1, 2], [0, 1, 2, 3]) },
    ]),
  ],
  mean: [
    {
      title: "two axes",
      inputs: { x: f32([2, 3, 2], count(12)) },
      build: ({ x }) => op.mean(x, [0, 2]),
      expected: f32([1, 3, 1], [3.5, 5.5, 7.5]),
    },
    { title: "all", inputs: { x: f32([2, 2], [1, 2, 3, 6]) }, build: ({ x }) => op.meanAll(x), expected: f32([], [3]) },
    ...forTwoSizes("over a named and a known axis", { x: ["B", "T", 2] }, ({ x }) => op.mean(x, [1, 2]), [
      { inputs: { x: f32([1, 3, 2], count(6)) }, expected: f32([1, 1, 1], [2.5]) },
      { inputs: { x: f32([2, 1, 2], count(4)) }, expected: f32([2, 1, 1], [0.5, 2.5]) },
    ]),
  ],
  max: [
    {
      title: "the last axis",
      inputs: { x: f32([2, 3], [1, 5, 2, -3, -1, -2]) },
      build: ({ x }) => op.max(x, -1),
      expected: f32([2, 1], [5, -1]),
    },
    {
      title: "equals share the gradient",
      inputs: { x: f32([2, 3], [5, 5, 2, 7, 7, 7]) },
      build: ({ x }) => op.max(x, -1),
      expected: f32([2, 1], [5, 7]),
      gradients: { x: [0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3] },
    },
    {
      title: "two axes",
      inputs: { x: f32([2, 2, 2], [1, 8, 3, 4, 5, 6, 7, 2]) },
      build: ({ x }) => op.max(x, [0, 2]),
      expected: f32([1, 2, 1], [8, 7]),
    },
  ],
  argMax: [
    {
      title: "the first of equals",
      inputs: { x: f32([3, 4], [1, 5, 2, 5, -3, -1, -2, -4, 0, 0, 0, 0]) },
      build: ({ x }) => op.argMax(x, -1),
      expected: i32([3, 1], [1, 1, 0]),
      gradients: "none",
    },
    {
      title: "the first axis",
      inputs: { x: f32([2, 3], [1, 5, 2, 3, 4, 2]) },
      build: ({ x }) => op.argMax(x, 0),
      expected: i32([1, 3], [1, 0, 0]),
      gradients: "none",
    },
  ],
  cumSum: [
    {
      title: "the last axis",
      inputs: { x: f32([2, 3], [1, 2, 3, -1, 0.5, 4]) },
      build: ({ x }) => op.cumSum(x, -1),
      expected: f32([2, 3], [1, 3, 6, -1, -0.5, 3.5]),
    },
    {
      title: "an axis within",
      inputs: { x: f32([1, 3, 2], count(6)) },
      build: ({ x }) => op.cumSum(x, 1),
      expected: f32([1, 3, 2], [0, 1, 2, 4, 6, 9]),
    },
    {
      title: "int32",
      inputs: { x: i32([2, 4], [0, 0, 1, 1, 1, 1, 1, 1]) },
      build: ({ x }) => op.cumSum(x, 1),
      expected: i32([2, 4], [0, 0, 1, 2, 1, 2, 3, 4]),
    },
  ],
  softmax: [
    unary(
      op.softmax,
      f32([2, 3], [1, 2, -1, 0, 0, 0]),
      [0.25949646, 0.70538451, 0.035119027, 0.33333333, 0.33333333, 0.33333333],
    ),
    {
      title: "of large and of excluded elements",
      inputs: { x: f32([2, 3], [1000, 1001, 999, 3, -1e9, 3]) },
      build: ({ x }) => op.softmax(x),
      expected: f32([2, 3], [0.24472847, 0.66524096, 0.090030573, 0.5, 0, 0.5]),
      gradients: { x: [0, 0, 0, 0, 0, 0] },
    },
  ],
  logSoftmax: [
    unary(
      op.logSoftmax,
      f32([2, 3], [1, 2, -1, 0, 0, 0]),
      [-1.3490122, -0.34901222, -3.3490122, -1.0986123, -1.0986123, -1.0986123],
    ),
  ],
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
  reshape: [
    {
      title: "known sizes",
      inputs: { x: f32([2, 3], count(6)) },
      build: ({ x }) => op.reshape(x, [3, 1, 2]),
      expected: f32([3, 1, 2], count(6)),
    },
    {
      title: "to a scalar",
      inputs: { x: f32([1, 1], [7]) },
      build: ({ x }) => op.reshape(x, []),
      expected: f32([], [7]),
    },
    {
      title: "int32",
      inputs: { x: i32([2, 2], [1, 2, 3, 4]) },
      build: ({ x }) => op.reshape(x, [4]),
      expected: i32([4], [1, 2, 3, 4]),
    },
    ...forTwoSizes("two names that change places", { x: ["B", "T", 6] }, ({ x }) => op.reshape(x, ["T", "B", 2, 3]), [
      { inputs: { x: f32([2, 1, 6], count(12)) }, expected: f32([1, 2, 2, 3], count(12)) },
      { inputs: { x: f32([1, 3, 6], count(18)) }, expected: f32([3, 1, 2, 3], count(18)) },
    ]),
    ...forTwoSizes(
      "to a product of names and apart again",
      { x: ["B", "T", 2] },
      ({ x }) => op.reshape(op.mul(op.flatten(x, 0, 2), 2), ["T", "B", 2]),
      [
        { inputs: { x: f32([2, 1, 2], count(4)) }, expected: f32([1, 2, 2], [0, 2, 4, 6]) },
        { inputs: { x: f32([1, 3, 2], count(6)) }, expected: f32([3, 1, 2], [0, 2, 4, 6, 8, 10]) },
      ],
    ),
  ],
  broadcastTo: [
    {
      title: "known sizes",
      inputs: { x: f32([2, 1], [1, 2]) },
      build: ({ x }) => op.broadcastTo(x, [2, 2, 3]),
      expected: f32([2, 2, 3], [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]),
    },
    ...forTwoSizes(
      "to names of another input",
      { x: [1, 2], y: ["B", "T"] },
      ({ x, y }) => op.add(op.broadcastTo(op.reshape(x, [2, 1, 1]), [2, "B", "T"]), y),
      [
        { inputs: { x: f32([1, 2], [1, 2]), y: f32([1, 2], [10, 20]) }, expected: f32([2, 1, 2], [11, 21, 12, 22]) },
        { inputs: { x: f32([1, 2], [1, 2]), y: f32([2, 1], [10, 20]) }, expected: f32([2, 2, 1], [11, 21, 12, 22]) },
      ],
    ),
  ],
  transpose: [
    {
      title: "three axes round",
      inputs: { x: f32([1, 2, 3], count(6)) },
      build: ({ x }) => op.transpose(x, [2, 0, 1]),
      expected: f32([3, 1, 2], [0, 3, 1, 4, 2, 5]),
    },
    {
      title: "int32",
      inputs: { x: i32([2, 3], count(6)) },
      build: ({ x }) => op.transpose(x, [1, 0]),
      expected: i32([3, 2], [0, 3, 1, 4, 2, 5]),
    },
  ],
  concat: [
    {
      title: "three along the last axis, one of them twice",
      inputs: { x: f32([2, 1], [1, 2]), y: f32([2, 2], [3, 4, 5, 6]) },
      build: ({ x, y }) => op.concat([x, y, x], -1),
      expected: f32([2, 4], [1, 3, 4, 1, 2, 5, 6, 2]),
    },
    ...forTwoSizes("beside a named axis", { x: ["B", 1], y: ["B", 2] }, ({ x, y }) => op.concat([x, y], 1), [
      { inputs: { x: f32([1, 1], [1]), y: f32([1, 2], [2, 3]) }, expected: f32([1, 3], [1, 2, 3]) },
      { inputs: { x: f32([2, 1], [1, 4]), y: f32([2, 2], [2, 3, 5, 6]) }, expected: f32([2, 3], count(6, 1)) },
    ]),
  ],
  slice: [
    {
      title: "a range",
      inputs: { x: f32([2, 4], count(8)) },
      build: ({ x }) => op.slice(x, 1, 1, 3),
      expected: f32([2, 2], [1, 2, 5, 6]),
    },
    {
      title: "the last element",
      inputs: { x: f32([2, 4], count(8)) },
      build: ({ x }) => op.slice(x, -1, 3, 4),
      expected: f32([2, 1], [3, 7]),
    },
    {
      title: "every third from the second, with some left over",
      inputs: { x: f32([2, 9], count(18)) },
      build: ({ x }) => op.slice(x, 1, 1, 8, 3),
      expected: f32([2, 3], [1, 4, 7, 10, 13, 16]),
    },
    {
      title: "every second of the first axis",
      inputs: { x: f32([3, 2], count(6)) },
      build: ({ x }) => op.slice(x, 0, 0, 3, 2),
      expected: f32([2, 2], [0, 1, 4, 5]),
    },
    ...forTwoSizes("with a step, beside names", { x: ["B", 4, "T"] }, ({ x }) => op.slice(x, 1, 0, 3, 2), [
      { inputs: { x: f32([1, 4, 2], count(8)) }, expected: f32([1, 2, 2], [0, 1, 4, 5]) },
      { inputs: { x: f32([2, 4, 1], count(8)) }, expected: f32([2, 2, 1], [0, 2, 4, 6]) },
    ]),
  ],
  pad: [
    {
      title: "both ends",
      inputs: { x: f32([2, 2], [1, 2, 3, 4]) },
      build: ({ x }) => op.pad(x, 1, 1, 2),
      expected: f32([2, 5], [0, 1, 2, 0, 0, 0, 3, 4, 0, 0]),
    },
    {
      title: "one end of the first axis",
      inputs: { x: f32([1, 2], [1, 2]) },
      build: ({ x }) => op.pad(x, 0, 0, 1),
      expected: f32([2, 2], [1, 2, 0, 0]),
    },
    {
      title: "int32",
      inputs: { x: i32([2], [1, 2]) },
      build: ({ x }) => op.pad(x, 0, 1, 0),
      expected: i32([3], [0, 1, 2]),
    },
  ],
  upsample: [
    {
      title: "threefold",
      inputs: { x: f32([1, 1, 1, 2], [1, 2]) },
      build: ({ x }) => op.upsample(x, 3),
      expected: f32([1, 1, 3, 6], [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]),
    },
    ...forTwoSizes("sides with names", { x: ["B", 1, "H", "W"] }, ({ x }) => op.upsample(x, 2), [
      { inputs: { x: f32([1, 1, 2, 1], [1, 2]) }, expected: f32([1, 1, 4, 2], [1, 1, 1, 1, 2, 2, 2, 2]) },
      { inputs: { x: f32([2, 1, 1, 1], [1, 2]) }, expected: f32([2, 1, 2, 2], [1, 1, 1, 1, 2, 2, 2, 2]) },
    ]),
  ],
  flip: [
    {
      title: "two axes",
      inputs: { x: f32([2, 1, 3], count(6)) },
      build: ({ x }) => op.flip(x, [0, 2]),
      expected: f32([2, 1, 3], [5, 4, 3, 2, 1, 0]),
    },
    {
      title: "one axis, from the end",
      inputs: { x: f32([2, 3], count(6)) },
      build: ({ x }) => op.flip(x, [-1]),
      expected: f32([2, 3], [2, 1, 0, 5, 4, 3]),
    },
    ...forTwoSizes("a named axis", { x: ["T"] }, ({ x }) => op.flip(x, [0]), [
      { inputs: { x: f32([3], count(3)) }, expected: f32([3], [2, 1, 0]) },
      { inputs: { x: f32([1], [4]) }, expected: f32([1], [4]) },
    ]),
  ],
  gather: [
    {
      title: "rows, one of them twice",
      inputs: { table: f32([3, 2], count(6)), at: i32([2, 2], [2, 0, 2, 1]) },
      build: ({ table, at }) => op.gather(table, at),
      expected: f32([2, 2, 2], [4, 5, 0, 1, 4, 5, 2, 3]),
    },
    {
      title: "at indices of int64",
      inputs: { table: f32([3], [1, 2, 3]), at: i64([2], [2, 2]) },
      build: ({ table, at }) => op.gather(table, at),
      expected: f32([2], [3, 3]),
    },
    {
      title: "of int32",
      inputs: { table: i32([3], [7, 8, 9]), at: i32([2], [2, 0]) },
      build: ({ table, at }) => op.gather(table, at),
      expected: i32([2], [9, 7]),
    },
    ...forTwoSizes("a table of named size", { table: ["R", 2], at: ["M"] }, ({ table, at }) => op.gather(table, at), [
      { inputs: { table: f32([3, 2], count(6)), at: i32([2], [2, 2]) }, expected: f32([2, 2], [4, 5, 4, 5]) },
      { inputs: { table: f32([1, 2], count(2)), at: i32([1], [0]) }, expected: f32([1, 2], [0, 1]) },
    ]),
  ],
  scatterAdd: [
    {
      title: "two to one row, none to another",
      inputs: { updates: f32([2, 2, 2], count(8, 1)), at: i32([2, 2], [2, 0, 2, 3]) },
      build: ({ updates, at }) => op.scatterAdd(updates, at, 4),
      expected: f32([4, 2], [3, 4, 0, 0, 6, 8, 7, 8]),
    },
    {
      title: "many to one place",
      inputs: { updates: f32([300], new Array(300).fill(0.5)), at: i32([300], new Array(300).fill(1)) },
      build: ({ updates, at }) => op.scatterAdd(updates, at, 2),
      expected: f32([2], [0, 150]),
      gradients: { updates: new Array(300).fill(1) },
    },
    {
      title: "int32",
      inputs: { updates: i32([3], [1, 2, 3]), at: i32([3], [0, 1, 0]) },
      build: ({ updates, at }) => op.scatterAdd(updates, at, 2),
      expected: i32([2], [4, 2]),
    },
  ],
  takeAlong: [
    {
      title: "several of each row, one of them twice",
      inputs: { x: f32([2, 3], count(6)), at: i32([2, 4], [2, 0, 2, 1, 0, 0, 1, 1]) },
      build: ({ x, at }) => op.takeAlong(x, at),
      expected: f32([2, 4], [2, 0, 2, 1, 3, 3, 4, 4]),
    },
    ...forTwoSizes("one of each row", { x: ["M", 3], at: ["M", 1] }, ({ x, at }) => op.takeAlong(x, at), [
      { inputs: { x: f32([2, 3], count(6)), at: i32([2, 1], [2, 1]) }, expected: f32([2, 1], [2, 4]) },
      { inputs: { x: f32([1, 3], count(3)), at: i32([1, 1], [0]) }, expected: f32([1, 1], [0]) },
    ]),
  ],
  putAlong: [
    {
      title: "two to one place",
      inputs: { updates: f32([2, 3], count(6, 1)), at: i32([2, 3], [2, 0, 2, 1, 0, 3]) },
      build: ({ updates, at }) => op.putAlong(updates, at, 4),
      expected: f32([2, 4], [2, 0, 4, 0, 5, 4, 0, 6]),
    },
    ...forTwoSizes(
      "a size with a name",
      { updates: ["M", 1], at: ["M", 1], like: ["V"] },
      ({ updates, at, like }) => op.add(op.putAlong(updates, at, "V"), like),
      [
        {
          inputs: { updates: f32([2, 1], [5, 6]), at: i32([2, 1], [1, 0]), like: f32([2], [0, 1]) },
          expected: f32([2, 2], [0, 6, 6, 1]),
        },
        {
          inputs: { updates: f32([1, 1], [5]), at: i32([1, 1], [2]), like: f32([3], [0, 0, 1]) },
          expected: f32([1, 3], [0, 0, 6]),
        },
      ],
    ),
  ],
} satisfies Record<OperationName, readonly OperationCase[]>;
