/**
 * The functions that build a graph. Each returns a new symbolic tensor; nothing is computed. Numbers among the operands become
 * constants of the other operand's dtype, which must have them. Shapes broadcast as in NumPy.
 */

import { float32ToFloat16 } from "../array/float16.js";
import { type Tensor, type TypedArrays, tensor } from "../array/tensor.js";
import { type Dim, dimProduct, isCount, isSameShape, resolveAxis, type Shape, showShape } from "./dims.js";
import { shapeRules } from "./shape-rules.js";
import {
  type Attributes,
  type GraphDType,
  isOperation,
  type OperationName,
  type Padding,
  type Symbolic,
} from "./symbolic.js";

/** A symbolic tensor, or a number that takes the dtype of the other operand. */
export type Operand = Symbolic | number;

/** A node of the graph; its dtype and shape come from the operation's rule. @throws RangeError, TypeError when operands do not fit */
export function node<Name extends OperationName>(
  operation: Name,
  inputs: readonly Symbolic[],
  attributes: Attributes[Name],
): Symbolic<Name> {
  const { dtype, shape } = shapeRules[operation](inputs, attributes);
  if (!shape.every((dim) => typeof dim === "string" || isCount(dim))) {
    throw new RangeError(`${operation} to ${showShape(shape)}: dimensions are names, or whole numbers from 0 on`);
  }
  return { operation, inputs, attributes, dtype, shape };
}

// Sources

/** A value given when the graph runs. Dimensions may be names. */
export const input = (name: string, dtype: GraphDType, shape: Shape): Symbolic =>
  node("input", [], { name, dtype, shape });

/** A trained tensor: a graph input in training, an initializer in inference. */
export const parameter = (name: string, shape: Shape, dtype: GraphDType = "float32"): Symbolic =>
  node("parameter", [], { name, dtype, shape });

/** A value known when the graph is built. */
export const constant = (value: Tensor<GraphDType>): Symbolic => node("constant", [], { value });

/** A scalar constant. @throws TypeError when the value is none of an integer dtype's: it would be cut to another, 0.5 to 0 */
export function scalar(value: number, dtype: GraphDType = "float32"): Symbolic {
  return constant(tensor(dtype, [], scalarData(value, dtype)));
}

/** The least and the most of each dtype of whole numbers. */
const INTEGER_RANGES: Readonly<Partial<Record<GraphDType, readonly [least: number, most: number]>>> = {
  int8: [-128, 127],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
};

function checkInteger(value: number, dtype: GraphDType): void {
  const range = INTEGER_RANGES[dtype];
  if (!range) return;
  const [least, most] = range;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const wayOut = 'cast the other operand to "float32" first';
  throw new TypeError(`${value} is no ${dtype}, a whole number from ${least} to ${most}: ${wayOut}`);
}

function scalarData(value: number, dtype: GraphDType): TypedArrays[GraphDType] {
  checkInteger(value, dtype);
  switch (dtype) {
    case "float32":
      return Float32Array.of(value);
    case "float16":
      return float32ToFloat16(Float32Array.of(value));
    case "int8":
      return Int8Array.of(value);
    case "int32":
      return Int32Array.of(value);
    case "int64":
      return BigInt64Array.of(BigInt(value));
    case "uint8":
      return Uint8Array.of(value);
    case "bool":
      return Uint8Array.of(value ? 1 : 0);
    default:
      return dtype satisfies never;
  }
}

// Elementwise

function unary(
  operation:
    | "neg"
    | "exp"
    | "log"
    | "sqrt"
    | "sin"
    | "cos"
    | "tanh"
    | "sigmoid"
    | "erf"
    | "abs"
    | "sign"
    | "floor"
    | "not"
    | "stopGradient",
) {
  return (x: Symbolic): Symbolic => node(operation, [x], {});
}

type BinaryName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "equal"
  | "less"
  | "lessOrEqual"
  | "and"
  | "or";

function binary(operation: BinaryName) {
  return (a: Operand, b: Operand): Symbolic => node(operation, withoutNeedlessBroadcast(...promote(a, b)), {});
}

function promote(a: Operand, b: Operand): [Symbolic, Symbolic] {
  if (typeof a === "number" && typeof b === "number") return [scalar(a), scalar(b)];
  if (typeof a === "number") return [scalar(a, (b as Symbolic).dtype), b as Symbolic];
  if (typeof b === "number") return [a, scalar(b, a.dtype)];
  return [a, b];
}

/** An operand that was spread to the other's shape need not be: the operation broadcasts it again. */
function withoutNeedlessBroadcast(a: Symbolic, b: Symbolic): [Symbolic, Symbolic] {
  if (isOperation(a, "broadcastTo") && isSameShape(a.shape, b.shape)) return [a.inputs[0], b];
  if (isOperation(b, "broadcastTo") && isSameShape(a.shape, b.shape)) return [a, b.inputs[0]];
  return [a, b];
}

/** −x. */
export const neg = unary("neg");
/** eˣ. */
export const exp = unary("exp");
/** Natural logarithm. */
export const log = unary("log");
/** Square root. */
export const sqrt = unary("sqrt");
/** Of radians. */
export const sin = unary("sin");
/** Of radians. */
export const cos = unary("cos");
/** Hyperbolic tangent. */
export const tanh = unary("tanh");
/** σ(x) = 1 / (1 + e⁻ˣ). */
export const sigmoid = unary("sigmoid");
/** The error function. */
export const erf = unary("erf");
/** Absolute value. */
export const abs = unary("abs");
/** −1, 0 or 1. Its gradient is zero. */
export const sign = unary("sign");
/** The whole number below. Its gradient is zero. */
export const floor = unary("floor");
/** Of bools. */
export const not = unary("not");
/** The same tensor, through which no gradient flows. */
export const stopGradient = unary("stopGradient");
/** a + b. */
export const add = binary("add");
/** a − b. */
export const sub = binary("sub");
/** a · b, element by element. */
export const mul = binary("mul");
/** a / b. */
export const div = binary("div");
/** The larger of each two elements; among equals the gradient is `a`'s. */
export const maximum = binary("maximum");
/** The smaller of each two elements; among equals the gradient is `a`'s. */
export const minimum = binary("minimum");
/** a = b, as bool. */
export const equal = binary("equal");
/** a < b, as bool. */
export const less = binary("less");
/** a ≤ b, as bool. */
export const lessOrEqual = binary("lessOrEqual");
/** Of bools. */
export const and = binary("and");
/** Of bools. */
export const or = binary("or");

/** x². */
export const square = (x: Symbolic): Symbolic => mul(x, x);
/** x · σ(x). */
export const silu = (x: Symbolic): Symbolic => mul(x, sigmoid(x));

/** Elements of `a` where `condition` (bool) holds, of `b` elsewhere. */
export function where(condition: Symbolic, a: Operand, b: Operand): Symbolic {
  return node("where", [condition, ...promote(a, b)], {});
}

/** The same numbers in another dtype. */
export function cast(x: Symbolic, to: GraphDType): Symbolic {
  return x.dtype === to ? x : node("cast", [x], { to });
}

// Reductions. Axes count from the end when negative and stay as dimensions of 1.

/** One axis or several; negative ones count from the end. */
export type ReductionAxes = number | readonly number[];

const axesOf = (x: Symbolic, axes: ReductionAxes): { axes: readonly number[] } => ({
  axes: (typeof axes === "number" ? [axes] : axes).map((axis) => resolveAxis(axis, x.shape.length)),
});

/** Sums over axes, which stay as dimensions of 1. */
export const sum = (x: Symbolic, axes: ReductionAxes): Symbolic => node("sum", [x], axesOf(x, axes));
/** Means over axes, which stay as dimensions of 1. */
export const mean = (x: Symbolic, axes: ReductionAxes): Symbolic => node("mean", [x], axesOf(x, axes));
/** The largest over axes, which stay as dimensions of 1; equals share the gradient. */
export const max = (x: Symbolic, axes: ReductionAxes): Symbolic => node("max", [x], axesOf(x, axes));

/** The sum of all elements, as a scalar. */
export function sumAll(x: Symbolic): Symbolic {
  return x.shape.length === 0
    ? x
    : reshape(
        sum(
          x,
          x.shape.map((_, i) => i),
        ),
        [],
      );
}

/** The mean of all elements, as a scalar. */
export function meanAll(x: Symbolic): Symbolic {
  return x.shape.length === 0
    ? x
    : reshape(
        mean(
          x,
          x.shape.map((_, i) => i),
        ),
        [],
      );
}

/** Where the largest element stands, as int32; the first of equals. */
export const argMax = (x: Symbolic, axis: number): Symbolic =>
  node("argMax", [x], { axis: resolveAxis(axis, x.shape.length) });

/** Running sums, the element itself included. */
export const cumSum = (x: Symbolic, axis: number): Symbolic =>
  node("cumSum", [x], { axis: resolveAxis(axis, x.shape.length) });

/** Over the last axis. */
export const softmax = (x: Symbolic): Symbolic => node("softmax", [x], {});
/** Over the last axis. */
export const logSoftmax = (x: Symbolic): Symbolic => node("logSoftmax", [x], {});

// Numbers that are kept in few bits

/**
 * Floats from numbers of 8 or 4 bits, each times the scale of its block: `blockSize` neighbours of the last axis share one.
 * Products make them floats for themselves alone: see `freshFloats`.
 * @param values int8 [..., C]; of 4 bits uint8 [..., C/2], where a byte holds column i below and column i + C/2 above, each plus 8
 * @param scales float32 [..., C / blockSize]
 */
export const dequantize = (values: Symbolic, scales: Symbolic, attributes: Attributes["dequantize"]): Symbolic =>
  node("dequantize", [values, scales], attributes);

/**
 * Numbers that are made floats anew for one use, and not before `x` (floats) is there; other tensors as they are. A runtime that is free to
 * would make a whole network floats before its first layer, or keep them from the forward pass for the way back.
 */
function freshFloats(weight: Symbolic, x: Symbolic): Symbolic {
  if (!isOperation(weight, "dequantize")) return weight;
  const [values, scales] = weight.inputs;
  return node("dequantize", [values, scales, x], weight.attributes);
}

// Products

/** Matrix product of the last two axes; the axes before them broadcast. */
export function matmul(a: Symbolic, b: Symbolic, { transposeA = false, transposeB = false } = {}): Symbolic {
  return node("matmul", [a, freshFloats(b, a)], { transposeA, transposeB });
}

/** Cross-correlation of [N, C, H, W] with a weight [O, C, h, w]. `padding` is top, left, bottom, right, or one number for all. */
export function conv2d(
  x: Symbolic,
  weight: Symbolic,
  { stride = 1, padding = 0 }: { stride?: number; padding?: number | Padding } = {},
): Symbolic {
  const sides: Padding = typeof padding === "number" ? [padding, padding, padding, padding] : padding;
  return node("conv2d", [x, weight], { stride, padding: sides });
}

// Moving elements about

/** The same elements in another shape. */
export function reshape(x: Symbolic, shape: Shape): Symbolic {
  return isSameShape(x.shape, shape) ? x : node("reshape", [x], { shape });
}

/** All axes from `start` to `end` (included) as one; negative ones count from the end. @throws RangeError when they are in another order */
export function flatten(x: Symbolic, start: number, end: number): Symbolic {
  const [first, last] = [start, end].map((axis) => resolveAxis(axis, x.shape.length));
  if (last < first) throw new RangeError(`flatten from axis ${start} to ${end} of ${showShape(x.shape)}`);
  const merged = dimProduct(x.shape.slice(first, last + 1));
  return reshape(x, [...x.shape.slice(0, first), merged, ...x.shape.slice(last + 1)]);
}

/** Repeated to a larger shape, by NumPy's rule. */
export function broadcastTo(x: Symbolic, shape: Shape): Symbolic {
  return isSameShape(x.shape, shape) ? x : node("broadcastTo", [x], { shape });
}

/** Axis i of the result is axis `permutation[i]` of x. */
export function transpose(x: Symbolic, permutation: readonly number[]): Symbolic {
  const isInOrder = permutation.length === x.shape.length && permutation.every((axis, i) => axis === i);
  return isInOrder ? x : node("transpose", [x], { permutation });
}

/** One after another along an axis. */
export function concat(inputs: readonly Symbolic[], axis: number): Symbolic {
  if (inputs.length === 0) throw new RangeError("concat of nothing: its shape and dtype are those of what it joins");
  const resolved = resolveAxis(axis, inputs[0].shape.length);
  return inputs.length === 1 ? inputs[0] : node("concat", inputs, { axis: resolved });
}

/** Elements start, start + step, … before end of one axis. */
export function slice(x: Symbolic, axis: number, start: number, end: number, step = 1): Symbolic {
  const resolved = resolveAxis(axis, x.shape.length);
  if (start === 0 && end === x.shape[resolved] && step === 1) return x;
  if (isOperation(x, "dequantize") && resolved < x.shape.length - 1) {
    const [values, scales] = x.inputs.slice(0, 2).map((part) => slice(part, resolved, start, end, step));
    return node("dequantize", [values, scales], x.attributes);
  }
  return node("slice", [x], { axis: resolved, start, end, step });
}

/** Zeros before and after one axis. */
export function pad(x: Symbolic, axis: number, before: number, after: number): Symbolic {
  const resolved = resolveAxis(axis, x.shape.length);
  return before === 0 && after === 0 ? x : node("pad", [x], { axis: resolved, before, after });
}

/** Nearest-neighbour enlargement of the last two axes. */
export const upsample = (x: Symbolic, factor: number): Symbolic => node("upsample", [x], { factor });

/** Rows of `table` [R, …] at `indices` (int32, any shape): shape indices.shape + table.shape[1:]. */
export function gather(table: Symbolic, indices: Symbolic): Symbolic {
  // Of a quantized table only the rows that are asked for become floats.
  if (isOperation(table, "dequantize") && table.shape.length > 1) {
    const [values, scales] = table.inputs.slice(0, 2).map((x) => gather(x, indices));
    return node("dequantize", [values, scales], table.attributes);
  }
  return node("gather", [table, indices], {});
}

/** Zeros [rows, …] to which every row of `updates` is added at its index: the transpose of `gather`. */
export const scatterAdd = (updates: Symbolic, indices: Symbolic, rows: Dim): Symbolic =>
  node("scatterAdd", [updates, indices], { rows });

/** Elements of the last axis of x [..., V] at `indices` [..., n] (int32). */
export const takeAlong = (x: Symbolic, indices: Symbolic): Symbolic => node("takeAlong", [x, indices], {});

/** Zeros [..., size] with every element of `updates` [..., n] added at its index: the transpose of `takeAlong`. */
export const putAlong = (updates: Symbolic, indices: Symbolic, size: Dim): Symbolic =>
  node("putAlong", [updates, indices], { size });

// What gradients may compute again

/** f(x), whose inner results gradients may compute again from x instead of keeping them. f may use other tensors too. */
export function recomputable(x: Symbolic, f: (x: Symbolic) => Symbolic): Symbolic {
  return node("checkpoint", [f(node("checkpoint", [x], { isStart: true }))], { isStart: false });
}

/** x, but not before `others` (floats, of one axis or more) are computed: 0 times an element of each is added. */
export function after(x: Symbolic, others: readonly Symbolic[]): Symbolic {
  const first = scalar(0, "int32");
  const elements = others.map((other) =>
    cast(
      other.shape.reduce<Symbolic>((y) => gather(y, first), other),
      x.dtype,
    ),
  );
  return elements.length === 0 ? x : add(x, mul(elements.reduce(add), 0));
}

/** The elements of these axes in reverse order. */
export const flip = (x: Symbolic, axes: readonly number[]): Symbolic => node("flip", [x], { axes });
