/**
 * Dimensions of symbolic shapes: whole numbers, or products of names that are bound when the graph runs ("B", "B*T",
 * "2*B*T"), always in one canonical spelling so that equal dimensions are equal strings.
 */

/** A whole number, or a product of names such as `B*T`. */
export type Dim = number | string;
/** Dimensions, outermost first; empty for a scalar. */
export type Shape = readonly Dim[];

interface Monomial {
  readonly factor: number;
  readonly names: readonly string[];
}

function parse(dim: Dim): Monomial {
  if (typeof dim === "number") return { factor: dim, names: [] };
  const parts = dim.split("*");
  const leading = Number(parts[0]);
  return Number.isNaN(leading) ? { factor: 1, names: parts } : { factor: leading, names: parts.slice(1) };
}

function print({ factor, names }: Monomial): Dim {
  if (names.length === 0 || factor === 0) return factor;
  const sorted = [...names].sort();
  return (factor === 1 ? sorted : [String(factor), ...sorted]).join("*");
}

/** Whether a number can be a dimension. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** The product of dimensions. */
export function dimProduct(dims: Shape): Dim {
  let factor = 1;
  const names: string[] = [];
  for (const dim of dims) {
    const part = parse(dim);
    factor *= part.factor;
    names.push(...part.names);
  }
  return print({ factor, names });
}

/** The names that a dimension is a product of, and its numeric factor. */
export function dimFactors(dim: Dim): { factor: number; names: readonly string[] } {
  return parse(dim);
}

/** A shape as text, for errors. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/**
 * The shape that two shapes broadcast to (NumPy's rule). A named dimension broadcasts against 1 and against itself only.
 * @throws RangeError when they do not fit
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new RangeError(`shapes ${showShape(a)} and ${showShape(b)} do not broadcast`);
  });
}

/** A possibly negative axis as an index into a shape of this rank. */
export function resolveAxis(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new RangeError(`axis ${axis} is outside of a tensor of rank ${rank}`);
  }
  return resolved;
}
