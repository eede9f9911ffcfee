/**
 * Reverse-mode differentiation of a graph: the gradient is built from the same operations, so it runs wherever the graph runs.
 * One table says, for every operation, how a gradient with respect to its result becomes gradients with respect to its
 * inputs; spreading of operands (broadcasting) is undone in one place.
 */
import { type Dim, isSameShape, type Shape, showShape } from "./dims.js";
import * as op from "./ops.js";
import { createRecomputation } from "./recomputation.js";
import { type Attributes, isOperation, type OperationName, type Symbolic, topologicalOrder } from "./symbolic.js";

/** Gradients with respect to the inputs, in their order; undefined where there is none. */
type GradientRule<Name extends OperationName> = (
  gradient: Symbolic,
  node: Symbolic<Name>,
  attributes: Attributes[Name],
) => readonly (Symbolic | undefined)[];

const none: GradientRule<OperationName> = (_, node) => node.inputs.map(() => undefined);

/** One gradient of 1 where `a` is chosen (among equals too), the other where `b` is. */
const chosen =
  (isA: (a: Symbolic, b: Symbolic) => Symbolic) =>
  (gradient: Symbolic, { inputs: [a, b] }: Symbolic) => {
    const condition = isA(a, b);
    return [op.where(condition, gradient, 0), op.where(condition, 0, gradient)];
  };

const rules: { readonly [Name in OperationName]: GradientRule<Name> } = {
  input: none,
  parameter: none,
  constant: none,
  neg: (g) => [op.neg(g)],
  exp: (g, y) => [op.mul(g, y)],
  log: (g, { inputs: [x] }) => [op.div(g, x)],
  sqrt: (g, y) => [op.div(op.mul(g, 0.5), y)],
  sin: (g, { inputs: [x] }) => [op.mul(g, op.cos(x))],
  cos: (g, { inputs: [x] }) => [op.neg(op.mul(g, op.sin(x)))],
  tanh: (g, y) => [op.mul(g, op.sub(1, op.square(y)))],
  sigmoid: (g, y) => [op.mul(g, op.mul(y, op.sub(1, y)))],
  erf: (g, { inputs: [x] }) => [op.mul(g, op.mul(op.exp(op.neg(op.square(x))), 2 / Math.sqrt(Math.PI)))],
  abs: (g, { inputs: [x] }) => [op.mul(g, op.sign(x))],
  sign: none,
  floor: none,
  not: none,
  stopGradient: none,
  checkpoint: (g) => [g],
  cast: (g, { inputs: [x] }) => [isFloat(x) ? op.cast(g, x.dtype) : undefined],
  add: (g) => [g, g],
  sub: (g) => [g, op.neg(g)],
  mul: (g, { inputs: [a, b] }) => [op.mul(g, b), op.mul(g, a)],
  div: (g, { inputs: [a, b] }) => [op.div(g, b), op.neg(op.div(op.mul(g, a), op.square(b)))],
  maximum: chosen((a, b) => op.lessOrEqual(b, a)),
  minimum: chosen((a, b) => op.lessOrEqual(a, b)),
  equal: none,
  less: none,
  lessOrEqual: none,
  and: none,
  or: none,
  where: (g, { inputs: [condition] }) => [undefined, op.where(condition, g, 0), op.where(condition, 0, g)],
  sum: (g, { inputs: [x] }) => [op.broadcastTo(g, x.shape)],
  mean: (g, { inputs: [x] }, { axes }) => [op.div(op.broadcastTo(g, x.shape), numElements(x, axes))],
  // Equals share it.
  max: (g, y) => {
    const isLargest = op.cast(op.equal(y.inputs[0], y), g.dtype);
    return [op.mul(op.div(isLargest, op.sum(isLargest, y.attributes.axes)), g)];
  },
  argMax: none,
  // The sum over this place and all after it.
  cumSum: (g, _, { axis }) => [op.flip(op.cumSum(op.flip(g, [axis]), axis), [axis])],
  dequantize: none, // what is kept in few bits is frozen
  softmax: (g, y) => [op.mul(y, op.sub(g, op.sum(op.mul(g, y), -1)))],
  logSoftmax: (g, y) => [op.sub(g, op.mul(op.exp(y), op.sum(g, -1)))],
  matmul: (g, { inputs: [a, b] }, { transposeA, transposeB }) => [
    transposeA
      ? op.matmul(b, g, { transposeA: transposeB, transposeB: true })
      : op.matmul(g, b, { transposeB: !transposeB }),
    transposeB
      ? op.matmul(g, a, { transposeA: true, transposeB: transposeA })
      : op.matmul(a, g, { transposeA: !transposeA }),
  ],
  conv2d: (g, { inputs: [x, w] }, attributes) => [
    convInputGradient(g, x, w, attributes),
    convWeightGradient(g, x, w, attributes),
  ],
  convTranspose2d: () => {
    throw new Error("convTranspose2d appears only in gradients, and second derivatives are not supported");
  },
  reshape: (g, { inputs: [x] }) => [op.reshape(g, x.shape)],
  broadcastTo: (g) => [g],
  transpose: (g, _, { permutation }) => [op.transpose(g, inverse(permutation))],
  concat: (g, { inputs }, { axis }) => {
    let start = 0;
    return inputs.map((x) => {
      const end = start + Number(x.shape[axis]); // known, by the shape rule
      const part = op.slice(g, axis, start, end);
      start = end;
      return part;
    });
  },
  slice: (g, { inputs: [x] }, { axis, start, step }) => {
    const spread = withGaps(g, axis, step);
    return [op.pad(spread, axis, start, Number(x.shape[axis]) - start - Number(spread.shape[axis]))];
  },
  pad: (g, { inputs: [x] }, { axis, before }) => [op.slice(g, axis, before, before + Number(x.shape[axis]))],
  upsample: (g, { inputs: [x] }, { factor }) => {
    const [height, width] = x.shape.slice(-2);
    const outer = x.shape.slice(0, -2);
    const tiles = op.reshape(g, [...outer, height, factor, width, factor]);
    return [op.reshape(op.sum(tiles, [-3, -1]), x.shape)];
  },
  flip: (g, _, { axes }) => [op.flip(g, axes)],
  gather: (g, { inputs: [table, indices] }) => [op.scatterAdd(g, indices, table.shape[0]), undefined],
  scatterAdd: (g, { inputs: [, indices] }) => [op.gather(g, indices), undefined],
  takeAlong: (g, { inputs: [x, indices] }) => [op.putAlong(g, indices, x.shape.at(-1) as Dim), undefined],
  putAlong: (g, { inputs: [, indices] }) => [op.takeAlong(g, indices), undefined],
};

/** How gradients are built. */
export interface GradientOptions {
  /** Computes what stands between checkpoints (`recomputable`) again instead of keeping it: less memory, a second forward pass. */
  readonly isRecomputing?: boolean;
}

/**
 * The gradients of a scalar with respect to `targets`, in their order and shapes.
 * @throws RangeError, TypeError when `loss` is no scalar of floats; Error when no gradient reaches a target
 */
export function gradient(
  loss: Symbolic,
  targets: readonly Symbolic[],
  { isRecomputing = false }: GradientOptions = {},
): Symbolic[] {
  if (loss.shape.length !== 0) throw new RangeError(`the loss must be a scalar, got shape ${showShape(loss.shape)}`);
  if (!isFloat(loss)) throw new TypeError(`the loss must be of floats, got ${loss.dtype}: cast it`);
  const order = topologicalOrder([loss]);
  const isNeeded = new Set<Symbolic>(targets);
  for (const node of order) if (node.inputs.some((x) => isNeeded.has(x))) isNeeded.add(node);

  const gradients = new Map<Symbolic, Symbolic>([[loss, op.scalar(1, loss.dtype)]]);
  const { reach, again, pass } = createRecomputation(order, targets, isRecomputing);
  for (const node of order.reverse()) {
    const incoming = gradients.get(node);
    if (!incoming || !isNeeded.has(node) || node.inputs.length === 0) continue;
    reach(node, incoming);
    const rule = rules[node.operation] as GradientRule<OperationName>;
    rule(incoming, again(node), node.attributes).forEach((partial, i) => {
      const x = node.inputs[i];
      if (!partial || !isNeeded.has(x)) return;
      const unspread = sumToShape(partial, x.shape);
      pass(x, unspread);
      const sum = gradients.get(x);
      gradients.set(x, sum ? op.add(sum, unspread) : unspread);
    });
  }
  return targets.map((target) => {
    const result = gradients.get(target);
    if (!result) {
      throw new Error(
        `no gradient reaches ${describe(target)}: the loss does not depend on it, or only through operations that have none`,
      );
    }
    return op.broadcastTo(result, target.shape);
  });
}

/** Undoes broadcasting: sums the axes along which a tensor of `shape` was repeated. */
function sumToShape(x: Symbolic, shape: Shape): Symbolic {
  if (isSameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const repeated = x.shape
    .map((dim, i) => (i < extra || (shape[i - extra] === 1 && dim !== 1) ? i : -1))
    .filter((i) => i >= 0);
  const summed = repeated.length > 0 ? op.sum(x, repeated) : x;
  // A gradient that was itself left unspread (all its elements alike) is spread here.
  return extra > 0 ? op.reshape(summed, shape) : op.broadcastTo(summed, shape);
}

/** How many elements a mean was taken over, as a scalar symbolic tensor or a number. */
function numElements(x: Symbolic, axes: readonly number[]): op.Operand {
  const dims = axes.map((axis) => x.shape[axis]);
  if (dims.every((dim) => typeof dim === "number")) return dims.reduce((product, dim) => product * Number(dim), 1);
  const ones = op.broadcastTo(
    op.scalar(1, x.dtype),
    x.shape.map((dim, i) => (axes.includes(i) ? dim : 1)),
  );
  return op.sum(ones, axes);
}

/** The elements of one axis with step − 1 zeros between each two. */
function withGaps(x: Symbolic, axis: number, step: number): Symbolic {
  if (step === 1) return x;
  const count = Number(x.shape[axis]);
  const [outer, inner] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const followed = op.pad(op.reshape(x, [...outer, count, 1, ...inner]), axis + 1, 0, step - 1);
  return op.slice(op.reshape(followed, [...outer, count * step, ...inner]), axis, 0, (count - 1) * step + 1);
}

/** A full correlation with the weight turned by 180°: for stride 1 mostly an ordinary convolution, which runs fastest. */
function convInputGradient(g: Symbolic, x: Symbolic, w: Symbolic, { stride, padding }: Attributes["conv2d"]): Symbolic {
  const [kernelHeight, kernelWidth] = w.shape.slice(2).map(Number);
  const [top, left, bottom, right] = padding;
  const isWithinKernel = top < kernelHeight && bottom < kernelHeight && left < kernelWidth && right < kernelWidth;
  if (stride !== 1 || !isWithinKernel) {
    const outputSize = [x.shape[2], x.shape[3]] as const;
    return op.node("convTranspose2d", [g, w], { stride, padding, outputSize });
  }
  const turned = op.flip(op.transpose(w, [1, 0, 2, 3]), [2, 3]);
  return op.conv2d(g, turned, {
    padding: [kernelHeight - 1 - top, kernelWidth - 1 - left, kernelHeight - 1 - bottom, kernelWidth - 1 - right],
  });
}

/**
 * One matrix product of the gradient with the input's patches, gathered as shifted copies: measured faster than a convolution
 * whose kernel is the whole picture.
 */
function convWeightGradient(
  g: Symbolic,
  x: Symbolic,
  w: Symbolic,
  { stride, padding }: Attributes["conv2d"],
): Symbolic {
  const [outChannels, inChannels, kernelHeight, kernelWidth] = w.shape.map(Number);
  const [height, width] = g.shape.slice(2).map(Number);
  const [top, left, bottom, right] = padding;
  const byChannel = [1, 0, 2, 3];
  const padded = op.transpose(op.pad(op.pad(x, 2, top, bottom), 3, left, right), byChannel);
  const shifted: Symbolic[] = [];
  for (let i = 0; i < kernelHeight; i++) {
    const rows = op.slice(padded, 2, i, i + (height - 1) * stride + 1, stride);
    for (let j = 0; j < kernelWidth; j++) {
      shifted.push(op.flatten(op.slice(rows, 3, j, j + (width - 1) * stride + 1, stride), 1, 3));
    }
  }
  const product = op.matmul(op.flatten(op.transpose(g, byChannel), 1, 3), op.concat(shifted, 0), { transposeB: true });
  const perPlace = op.reshape(product, [outChannels, kernelHeight * kernelWidth, inChannels]);
  return op.reshape(op.transpose(perPlace, [0, 2, 1]), w.shape);
}

function inverse(permutation: readonly number[]): number[] {
  const result = new Array<number>(permutation.length);
  permutation.forEach((from, to) => {
    result[from] = to;
  });
  return result;
}

function isFloat(x: Symbolic): boolean {
  return x.dtype === "float32" || x.dtype === "float16";
}

function describe(node: Symbolic): string {
  const name = isOperation(node, "parameter") || isOperation(node, "input") ? ` "${node.attributes.name}"` : "";
  return `${node.operation}${name} ${showShape(node.shape)}`;
}
