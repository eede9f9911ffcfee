/** The dtype and shape of every operation's result; operands that do not fit are errors here, before anything is compiled. */
import {
  broadcastShapes,
  type Dim,
  dimProduct,
  isCount,
  isSameShape,
  resolveAxis,
  type Shape,
  showShape,
} from "./dims.js";
import type { Attributes, GraphDType, OperationName, Padding, Symbolic } from "./symbolic.js";

interface Typed {
  readonly dtype: GraphDType;
  readonly shape: Shape;
}

type ShapeRules = {
  readonly [Name in OperationName]: (inputs: readonly Symbolic[], attributes: Attributes[Name]) => Typed;
};

const asIs = ([x]: readonly Symbolic[]): Typed => ({ dtype: x.dtype, shape: x.shape });

type Rule<A> = (inputs: readonly Symbolic[], attributes: A) => Typed;

/** The rule, for operands of these dtypes only. */
function only<A>(dtypes: readonly GraphDType[], rule: Rule<A>): Rule<A> {
  return (inputs, attributes) => {
    const wrong = inputs.find(({ dtype }) => !dtypes.includes(dtype));
    if (!wrong) return rule(inputs, attributes);
    throw new TypeError(`an operand ${showShape(wrong.shape)} is ${wrong.dtype}, not ${dtypes.join(" or ")}: cast it`);
  };
}

const FLOATS = ["float32", "float16"] as const;
const NUMBERS = [...FLOATS, "int32", "int64"] as const;
const BOOL = ["bool"] as const;

const broadcast = ([a, b]: readonly Symbolic[]): Typed => {
  if (a.dtype !== b.dtype) throw new TypeError(`operands of dtypes ${a.dtype} and ${b.dtype}: cast one of them`);
  return { dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) };
};

const arithmetic = only(NUMBERS, broadcast);
const logical = only(BOOL, broadcast);
const ofFloats = only(FLOATS, asIs);
const ofNumbers = only(NUMBERS, asIs);

const overLastAxis = only(FLOATS, ([x]) => {
  if (x.shape.length === 0) throw new RangeError("a softmax needs an axis, got a scalar");
  return { dtype: x.dtype, shape: x.shape };
});

const comparison = (inputs: readonly Symbolic[]): Typed => ({ dtype: "bool", shape: broadcast(inputs).shape });

const reduction = ([x]: readonly Symbolic[], { axes }: { axes: readonly number[] }): Typed => {
  const reduced = axes.map((axis) => resolveAxis(axis, x.shape.length));
  if (new Set(reduced).size !== axes.length) throw new RangeError(`axes [${axes}] name one axis twice`);
  return { dtype: x.dtype, shape: x.shape.map((dim, i) => (reduced.includes(i) ? 1 : dim)) };
};

const reversal = ([x]: readonly Symbolic[], attributes: Attributes["flip"]): Typed => {
  reduction([x], attributes); // for its checks of the axes
  return { dtype: x.dtype, shape: x.shape };
};

function withAxis(shape: Shape, axis: number, dim: Dim): Shape {
  return shape.map((old, i) => (i === axis ? dim : old));
}

/** A dimension that must be a number, for operations that have no named form. */
function known(dim: Dim, what: string): number {
  if (typeof dim !== "number") throw new RangeError(`${what} needs a dimension known in advance, got "${dim}"`);
  return dim;
}

function convolved(size: Dim, kernel: number, stride: number, before: number, after: number): Dim {
  if (typeof size === "string" && stride === 1 && kernel - 1 === before + after) return size;
  const places = known(size, "a convolution that changes the size") + before + after - kernel;
  if (places < 0)
    throw new RangeError(`a kernel of ${kernel} does not fit into ${size} places with ${before + after} of padding`);
  return Math.floor(places / stride) + 1;
}

function convolution([x, w]: readonly Symbolic[], { stride, padding }: { stride: number; padding: Padding }): Typed {
  const [batch, channels, height, width] = x.shape;
  const [outChannels, inChannels, kernelHeight, kernelWidth] = w.shape;
  if (x.shape.length !== 4 || w.shape.length !== 4 || channels !== inChannels) {
    throw new RangeError(`conv2d of ${showShape(x.shape)} with weight ${showShape(w.shape)}`);
  }
  if (!Number.isInteger(stride) || stride < 1)
    throw new RangeError(`a stride is a whole number from 1 on, got ${stride}`);
  if (!padding.every(isCount)) throw new RangeError(`padding is four whole numbers from 0 on, got ${padding}`);
  const [top, left, bottom, right] = padding;
  return {
    dtype: x.dtype,
    shape: [
      batch,
      outChannels,
      convolved(height, known(kernelHeight, "a kernel"), stride, top, bottom),
      convolved(width, known(kernelWidth, "a kernel"), stride, left, right),
    ],
  };
}

function product([a, b]: readonly Symbolic[], { transposeA, transposeB }: Attributes["matmul"]): Typed {
  const fault = () => new RangeError(`matmul of ${showShape(a.shape)} and ${showShape(b.shape)}`);
  if (a.shape.length < 2 || b.shape.length < 2 || a.dtype !== b.dtype) throw fault();
  const [rows, innerA] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const [innerB, columns] = transposeB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
  if (innerA !== innerB) throw fault();
  return {
    dtype: a.dtype,
    shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows as Dim, columns as Dim],
  };
}

function dequantized(
  [values, scales, ...others]: readonly Symbolic[],
  { bits, blockSize }: Attributes["dequantize"],
): Typed {
  const stored = bits === 8 ? "int8" : "uint8";
  if (values.dtype !== stored || [scales, ...others].some(({ dtype }) => dtype !== "float32")) {
    throw new TypeError(
      `numbers of ${bits} bits are ${stored} with scales of float32, got ${values.dtype} and ${scales.dtype}`,
    );
  }
  const columns = dimProduct([values.shape.at(-1) ?? 1, 8 / bits]);
  const blocks = known(columns, "dequantize") / blockSize;
  const outer = values.shape.slice(0, -1);
  if (values.shape.length === 0 || !Number.isInteger(blocks) || !isSameShape(scales.shape, [...outer, blocks])) {
    throw new RangeError(
      `dequantize ${showShape(values.shape)} of ${bits} bits in blocks of ${blockSize} by scales ${showShape(scales.shape)}`,
    );
  }
  return { dtype: "float32", shape: [...outer, columns] };
}

export const shapeRules: ShapeRules = {
  input: (_, { dtype, shape }) => ({ dtype, shape }),
  parameter: (_, { dtype, shape }) => ({ dtype, shape }),
  constant: (_, { value }) => ({ dtype: value.dtype, shape: value.shape }),
  neg: ofNumbers,
  exp: ofFloats,
  log: ofFloats,
  sqrt: ofFloats,
  sin: ofFloats,
  cos: ofFloats,
  tanh: ofFloats,
  sigmoid: ofFloats,
  erf: ofFloats,
  abs: ofNumbers,
  sign: ofNumbers,
  floor: ofFloats,
  not: only(BOOL, asIs),
  stopGradient: asIs,
  checkpoint: asIs,
  cast: ([x], { to }) => ({ dtype: to, shape: x.shape }),
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: arithmetic,
  maximum: arithmetic,
  minimum: arithmetic,
  equal: comparison,
  less: only(NUMBERS, comparison),
  lessOrEqual: only(NUMBERS, comparison),
  and: logical,
  or: logical,
  where: ([condition, a, b]) => {
    if (condition.dtype !== "bool") throw new TypeError(`where needs a condition of bool, got ${condition.dtype}`);
    const { dtype, shape } = broadcast([a, b]);
    return { dtype, shape: broadcastShapes(condition.shape, shape) };
  },
  sum: only(NUMBERS, reduction),
  mean: only(FLOATS, reduction),
  max: only(NUMBERS, reduction),
  argMax: only(NUMBERS, ([x], { axis }: Attributes["argMax"]) => ({
    dtype: "int32",
    shape: withAxis(x.shape, resolveAxis(axis, x.shape.length), 1),
  })),
  cumSum: ofNumbers,
  softmax: overLastAxis,
  logSoftmax: overLastAxis,
  dequantize: dequantized,
  matmul: only(FLOATS, product),
  conv2d: only(FLOATS, convolution),
  convTranspose2d: ([x, w], { outputSize }) => ({ dtype: x.dtype, shape: [x.shape[0], w.shape[1], ...outputSize] }),
  reshape: ([x], { shape }) => {
    if (dimProduct(x.shape) !== dimProduct(shape)) {
      throw new RangeError(`cannot reshape ${showShape(x.shape)} to ${showShape(shape)}`);
    }
    return { dtype: x.dtype, shape };
  },
  broadcastTo: ([x], { shape }) => {
    if (!isSameShape(broadcastShapes(x.shape, shape), shape)) {
      throw new RangeError(`cannot broadcast ${showShape(x.shape)} to ${showShape(shape)}`);
    }
    return { dtype: x.dtype, shape };
  },
  transpose: ([x], { permutation }) => {
    if ([...permutation].sort((a, b) => a - b).join() !== [...x.shape.keys()].join()) {
      throw new RangeError(`[${permutation}] is no permutation of the axes of ${showShape(x.shape)}`);
    }
    return { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis]) };
  },
  concat: (inputs, { axis }) => {
    const { dtype, shape } = inputs[0];
    for (const input of inputs) {
      if (input.dtype !== dtype || !isSameShape(withAxis(input.shape, axis, 0), withAxis(shape, axis, 0))) {
        throw new RangeError(`cannot concatenate ${inputs.map((x) => showShape(x.shape)).join(", ")} on axis ${axis}`);
      }
    }
    const total = inputs.reduce((sum, input) => sum + known(input.shape[axis], "concat"), 0);
    return { dtype, shape: withAxis(shape, axis, total) };
  },
  slice: ([x], { axis, start, end, step }) => {
    const size = known(x.shape[axis], "slice");
    if (!isCount(start) || !isCount(end) || end > size || start >= end || !isCount(step) || step < 1) {
      throw new RangeError(`slice ${start}:${end}:${step} of axis ${axis} of ${showShape(x.shape)}`);
    }
    return { dtype: x.dtype, shape: withAxis(x.shape, axis, Math.ceil((end - start) / step)) };
  },
  pad: ([x], { axis, before, after }) => {
    if (!isCount(before) || !isCount(after))
      throw new RangeError(`pad takes whole numbers from 0 on, got ${before}, ${after}`);
    return { dtype: x.dtype, shape: withAxis(x.shape, axis, known(x.shape[axis], "pad") + before + after) };
  },
  upsample: ([x], { factor }) => {
    if (!isCount(factor) || factor < 1 || x.shape.length < 2) {
      throw new RangeError(
        `upsample of ${showShape(x.shape)} by ${factor}: it takes pictures and a whole number from 1 on`,
      );
    }
    const [height, width] = x.shape.slice(-2).map((dim) => dimProduct([dim, factor]));
    return { dtype: x.dtype, shape: [...x.shape.slice(0, -2), height, width] };
  },
  flip: reversal,
  gather: ([table, indices]) => {
    checkIndices(indices);
    if (table.shape.length === 0) throw new RangeError("gather from a scalar: a table has rows");
    return { dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] };
  },
  scatterAdd: ([updates, indices], { rows }) => {
    checkIndices(indices);
    if (!isSameShape(updates.shape.slice(0, indices.shape.length), indices.shape)) {
      throw new RangeError(`scatterAdd of ${showShape(updates.shape)} at ${showShape(indices.shape)}`);
    }
    return { dtype: updates.dtype, shape: [rows, ...updates.shape.slice(indices.shape.length)] };
  },
  takeAlong: ([x, indices]) => {
    checkIndices(indices);
    if (x.shape.length === 0 || !isSameShape(x.shape.slice(0, -1), indices.shape.slice(0, -1))) {
      throw new RangeError(`takeAlong of ${showShape(x.shape)} at ${showShape(indices.shape)}`);
    }
    return { dtype: x.dtype, shape: indices.shape };
  },
  putAlong: ([updates, indices], { size }) => {
    checkIndices(indices);
    if (updates.shape.length === 0 || !isSameShape(updates.shape, indices.shape)) {
      throw new RangeError(`putAlong of ${showShape(updates.shape)} at ${showShape(indices.shape)}`);
    }
    return { dtype: updates.dtype, shape: withAxis(updates.shape, updates.shape.length - 1, size) };
  },
};

function checkIndices({ dtype }: Symbolic): void {
  if (dtype !== "int32" && dtype !== "int64")
    throw new TypeError(`indices are ${dtype}, not int32 or int64: cast them`);
}
