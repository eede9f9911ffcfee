/** The dtype and shape of every operation's result. */
import { broadcastShapes, type Dim, dimProduct, isSameShape, resolveAxis, type Shape, showShape } from "./dims.js";
import type { Attributes, GraphDType, OperationName, Padding, Symbolic } from "./symbolic.js";

interface Typed {
  readonly dtype: GraphDType;
  readonly shape: Shape;
}

type ShapeRules = {
  readonly [Name in OperationName]: (inputs: readonly Symbolic[], attributes: Attributes[Name]) => Typed;
};

const asIs = ([x]: readonly Symbolic[]): Typed => ({ dtype: x.dtype, shape: x.shape });

const broadcast = ([a, b]: readonly Symbolic[]): Typed => {
  if (a.dtype !== b.dtype) throw new TypeError(`operands of dtypes ${a.dtype} and ${b.dtype}: cast one of them`);
  return { dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) };
};

const comparison = (inputs: readonly Symbolic[]): Typed => ({ dtype: "bool", shape: broadcast(inputs).shape });

const reduction = ([x]: readonly Symbolic[], { axes }: { axes: readonly number[] }): Typed => {
  const reduced = axes.map((axis) => resolveAxis(axis, x.shape.length));
  return { dtype: x.dtype, shape: x.shape.map((dim, i) => (reduced.includes(i) ? 1 : dim)) };
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
  return Math.floor((known(size, "a convolution that changes the size") + before + after - kernel) / stride) + 1;
}

function convolution([x, w]: readonly Symbolic[], { stride, padding }: { stride: number; padding: Padding }): Typed {
  const [batch, channels, height, width] = x.shape;
  const [outChannels, inChannels, kernelHeight, kernelWidth] = w.shape;
  if (x.shape.length !== 4 || w.shape.length !== 4 || channels !== inChannels) {
    throw new RangeError(`conv2d of ${showShape(x.shape)} with weight ${showShape(w.shape)}`);
  }
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

export const shapeRules: ShapeRules = {
  input: (_, { dtype, shape }) => ({ dtype, shape }),
  parameter: (_, { dtype, shape }) => ({ dtype, shape }),
  constant: (_, { value }) => ({ dtype: value.dtype, shape: value.shape }),
  neg: asIs,
  exp: asIs,
  log: asIs,
  sqrt: asIs,
  sin: asIs,
  cos: asIs,
  tanh: asIs,
  sigmoid: asIs,
  erf: asIs,
  abs: asIs,
  sign: asIs,
  floor: asIs,
  not: asIs,
  stopGradient: asIs,
  cast: ([x], { to }) => ({ dtype: to, shape: x.shape }),
  add: broadcast,
  sub: broadcast,
  mul: broadcast,
  div: broadcast,
  maximum: broadcast,
  minimum: broadcast,
  equal: comparison,
  less: comparison,
  lessOrEqual: comparison,
  and: broadcast,
  or: broadcast,
  where: ([condition, a, b]) => {
    if (condition.dtype !== "bool") throw new TypeError(`where needs a condition of bool, got ${condition.dtype}`);
    const { dtype, shape } = broadcast([a, b]);
    return { dtype, shape: broadcastShapes(condition.shape, shape) };
  },
  sum: reduction,
  mean: reduction,
  max: reduction,
  argMax: ([x], { axis }) => ({ dtype: "int32", shape: withAxis(x.shape, resolveAxis(axis, x.shape.length), 1) }),
  cumSum: asIs,
  softmax: asIs,
  logSoftmax: asIs,
  matmul: product,
  conv2d: convolution,
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
  transpose: ([x], { permutation }) => ({ dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis]) }),
  concat: (inputs, { axis }) => {
    const { dtype, shape } = inputs[0];
    for (const input of inputs) {
      if (input.dtype !== dtype || !isSameShape(withAxis(input.shape, axis, 0), withAxis(shape, axis, 0))) {
        throw new RangeError(`cannot concatenate ${inputs.map((x) => showShape(x.shape)).join(", ")} on axis ${axis}`);
      }
    }
    const dims = inputs.map((input) => input.shape[axis]);
    const areKnown = dims.every((dim) => typeof dim === "number");
    const total = areKnown ? dims.reduce<number>((sum, dim) => sum + Number(dim), 0) : `(${dims.join("+")})`;
    return { dtype, shape: withAxis(shape, axis, total) };
  },
  slice: ([x], { axis, start, end, step }) => {
    const size = known(x.shape[axis], "slice");
    if (start < 0 || end > size || start >= end || step < 1) {
      throw new RangeError(`slice ${start}:${end}:${step} of axis ${axis} of ${showShape(x.shape)}`);
    }
    return { dtype: x.dtype, shape: withAxis(x.shape, axis, Math.ceil((end - start) / step)) };
  },
  pad: ([x], { axis, before, after }) => ({
    dtype: x.dtype,
    shape: withAxis(x.shape, axis, known(x.shape[axis], "pad") + before + after),
  }),
  upsample: ([x], { factor }) => ({
    dtype: x.dtype,
    shape: [
      ...x.shape.slice(0, -2),
      dimProduct([x.shape.at(-2) as Dim, factor]),
      dimProduct([x.shape.at(-1) as Dim, factor]),
    ],
  }),
  flip: asIs,
  gather: ([table, indices]) => ({ dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] }),
  scatterAdd: ([updates, indices], { rows }) => ({
    dtype: updates.dtype,
    shape: [rows, ...updates.shape.slice(indices.shape.length)],
  }),
  takeAlong: ([x, indices]) => {
    if (!isSameShape(x.shape.slice(0, -1), indices.shape.slice(0, -1))) {
      throw new RangeError(`takeAlong of ${showShape(x.shape)} at ${showShape(indices.shape)}`);
    }
    return { dtype: x.dtype, shape: indices.shape };
  },
  putAlong: ([updates], { size }) => ({
    dtype: updates.dtype,
    shape: withAxis(updates.shape, updates.shape.length - 1, size),
  }),
};
