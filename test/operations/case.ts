/**
 * What cases of operations are, and how they are written: on small inputs with stored results, worked out by hand or with NumPy, not by this
 * project.
 */
import { type Tensor, tensor } from "../../src/array/tensor.js";
import type { Shape } from "../../src/graph/dims.js";
import * as op from "../../src/graph/ops.js";
import type { OperationName, Symbolic } from "../../src/graph/symbolic.js";

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

/** Cases by operation; which operations there are is kept in the type. */
export function casesOf<Name extends OperationName>(
  cases: Record<Name, readonly OperationCase[]>,
): Record<Name, readonly OperationCase[]> {
  return cases;
}

export const f32 = (shape: readonly number[], data: readonly number[]) =>
  tensor("float32", shape, Float32Array.from(data));
export const i32 = (shape: readonly number[], data: readonly number[]) => tensor("int32", shape, Int32Array.from(data));
export const i64 = (shape: readonly number[], data: readonly number[]) =>
  tensor("int64", shape, BigInt64Array.from(data, BigInt));
export const i8 = (shape: readonly number[], data: readonly number[]) => tensor("int8", shape, Int8Array.from(data));
export const u8 = (shape: readonly number[], data: readonly number[]) => tensor("uint8", shape, Uint8Array.from(data));
export const bool = (shape: readonly number[], data: readonly number[]) => tensor("bool", shape, Uint8Array.from(data));
export const count = (size: number, start = 0) => Array.from({ length: size }, (_, i) => start + i);
export const constant = (value: Tensor<"float32" | "int32" | "int64" | "bool">) => op.constant(value);

export const SAMPLE = f32([2, 3], [-2, -0.5, 0, 0.25, 1, 3]);
export const POSITIVE = f32([4], [0.25, 1, 2, 5.5]);
/** Rows and a column: both operands of a sum of them are spread. */
export const SPREAD = { x: f32([3], [1, -2, 3]), y: f32([2, 1], [10, 0.5]) };

export type Build = OperationCase["build"];

export const unary = (
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

export const binary = (
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
export const forTwoSizes = (
  title: string,
  shapes: Readonly<Record<string, Shape>>,
  build: Build,
  sizes: readonly [Pick<OperationCase, "inputs" | "expected">, Pick<OperationCase, "inputs" | "expected">],
): OperationCase[] =>
  sizes.map((size) => ({ title: `${title}: ${size.expected.shape.join("×")}`, shapes, build, ...size }));
