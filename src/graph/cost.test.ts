import { expect, test } from "vitest";
import { floatOperations, numElementsOf, peakBytes } from "./cost.js";
import { gradient } from "./gradient.js";
import * as op from "./ops.js";
import type { Symbolic } from "./symbolic.js";

const SIZES = { N: 10 };

test("named dimensions are sizes and products of them", () => {
  expect(numElementsOf(["2*B*T", 3], { B: 4, T: 5 })).toBe(120);
  expect(() => numElementsOf(["B"], {})).toThrow('the dimension "B" has no size');
});

test("a product of [N, 4] and [8, 4] transposed is 2·N·4·8 operations, its two gradients as many each", () => {
  const x = op.input("x", "float32", ["N", 4]);
  const w = op.parameter("w", [8, 4]);
  const y = op.matmul(x, w, { transposeB: true });
  expect(floatOperations({ y }, SIZES)).toBe(2 * 10 * 4 * 8);
  const [dx, dw] = gradient(op.sumAll(op.mul(y, y)), [x, w]);
  expect(floatOperations({ dx, dw }, SIZES)).toBe(3 * 2 * 10 * 4 * 8);
});

test("a convolution has as many operations forward as back to its input", () => {
  const x = op.input("x", "float32", [2, 3, 8, 8]);
  const w = op.parameter("w", [5, 3, 3, 3]);
  const y = op.conv2d(x, w, { stride: 2, padding: [0, 0, 1, 1] });
  const forward = 2 * (2 * 5 * 4 * 4) * 27;
  expect(floatOperations({ y }, {})).toBe(forward);
  const [dx] = gradient(op.sumAll(op.mul(y, y)), [x]);
  expect(floatOperations({ dx }, {})).toBe(2 * forward);
});

test("results count until their last use; views and results in the place of an operand do not", () => {
  const fixed = op.input("x", "float32", [10]);
  const inPlace = op.exp(op.reshape(op.exp(op.exp(fixed)), [2, 5]));
  expect(peakBytes({ inPlace }, {})).toBe(40);
  // Both operands live on: three tensors.
  const a = op.exp(fixed);
  const b = op.tanh(a);
  expect(peakBytes({ y: op.add(b, a), a, b }, {})).toBe(120);
  expect(peakBytes({ y: op.add(b, a), a, b }, {}, (name) => name === "a")).toBe(80);
});

test("blocks that are computed again keep their first operand alone", () => {
  const width = 100;
  const stack = (isRecomputing: boolean) => {
    const weights = Array.from({ length: 8 }, (_, i) => op.parameter(`w${i}`, [width, width]));
    const block = (x: Symbolic, w: Symbolic) =>
      op.recomputable(x, (start) => op.add(start, op.tanh(op.exp(op.tanh(op.exp(op.matmul(start, w)))))));
    const last = weights.reduce(block, op.input("x", "float32", ["N", width]));
    const results = gradient(op.sumAll(op.mul(last, last)), weights, { isRecomputing });
    const outputs = Object.fromEntries(results.map((result, i) => [`gradient.${i}`, result]));
    return peakBytes(outputs, SIZES, () => true) / (10 * width * 4);
  };
  expect(stack(false)).toBeGreaterThan(8 * 4);
  expect(stack(true)).toBeLessThan(8 + 8);
});
