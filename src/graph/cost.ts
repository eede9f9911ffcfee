/**
 * What a graph costs, worked out before anything is run: the operations of its products, and the most bytes of results that are alive at
 * once. Runtimes order and merge operations in their own way, so bytes are an estimate; `bench/recomputation.ts` measures steps to compare with.
 */
import { BYTES_PER_ELEMENT } from "../array/tensor.js";
import { type Dim, dimFactors, type Shape } from "./dims.js";
import { isOperation, type OperationName, type Symbolic, topologicalOrder } from "./symbolic.js";

/** What the names of dimensions stand for. */
export type DimSizes = Readonly<Record<string, number>>;

type Outputs = Readonly<Record<string, Symbolic>>;

/** Elements of a shape. @throws RangeError when a name has no size */
export function numElementsOf(shape: Shape, sizes: DimSizes): number {
  return shape.reduce<number>((product, dim) => product * sizeOfDim(dim, sizes), 1);
}

function sizeOfDim(dim: Dim, sizes: DimSizes): number {
  const { factor, names } = dimFactors(dim);
  return names.reduce((product, name) => {
    const size = sizes[name];
    if (size === undefined) throw new RangeError(`the dimension "${name}" has no size`);
    return product * size;
  }, factor);
}

/**
 * Floating-point operations (a multiplication and an addition are two) of the matrix products and convolutions that `outputs` need.
 * What is done element by element is left out.
 */
export function floatOperations(outputs: Outputs, sizes: DimSizes): number {
  let sum = 0;
  for (const node of topologicalOrder(Object.values(outputs))) {
    if (isOperation(node, "matmul")) {
      const inner = node.inputs[0].shape.at(node.attributes.transposeA ? -2 : -1) as Dim;
      sum += 2 * numElementsOf(node.shape, sizes) * sizeOfDim(inner, sizes);
    } else if (isOperation(node, "conv2d")) {
      sum += 2 * numElementsOf(node.shape, sizes) * numElementsOf(node.inputs[1].shape.slice(1), sizes);
    } else if (isOperation(node, "convTranspose2d")) {
      sum += 2 * numElementsOf(node.inputs[0].shape, sizes) * numElementsOf(node.inputs[1].shape.slice(1), sizes);
    }
  }
  return sum;
}

/** Results that are their operand under another name. */
const VIEWS: ReadonlySet<OperationName> = new Set(["reshape", "checkpoint", "stopGradient"]);

/** Operations whose result may take the place of an operand of its size that nobody else needs. */
const IN_PLACE: ReadonlySet<OperationName> = new Set<OperationName>([
  ...(["neg", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "erf", "abs", "sign", "floor"] as const),
  ...(["add", "sub", "mul", "div", "maximum", "minimum", "softmax", "logSoftmax"] as const),
]);

/**
 * The most bytes that results take at a time, in the order in which they are written down. What is given (inputs, parameters,
 * constants) does not count, nor do `outputs` for which there is room elsewhere.
 * @param hasOwnRoom whether an output is written into memory that is counted elsewhere, by its name
 */
export function peakBytes(
  outputs: Outputs,
  sizes: DimSizes,
  hasOwnRoom: (name: string) => boolean = () => false,
): number {
  const order = topologicalOrder(Object.values(outputs));
  const owners = new Map<Symbolic, Symbolic>();
  for (const node of order) {
    const viewed = VIEWS.has(node.operation) ? node.inputs[0] : node;
    owners.set(node, owners.get(viewed) ?? node);
  }
  const ownerOf = (node: Symbolic) => owners.get(node) as Symbolic;
  const bytesOf = (node: Symbolic) => numElementsOf(node.shape, sizes) * BYTES_PER_ELEMENT[node.dtype];
  const isCounted = (node: Symbolic) => node.inputs.length > 0 && !elsewhere.has(node);
  const elsewhere = new Set(
    Object.entries(outputs).flatMap(([name, node]) => (hasOwnRoom(name) ? [ownerOf(node)] : [])),
  );

  const lastUse = new Map<Symbolic, number>();
  order.forEach((node, at) => {
    for (const input of node.inputs) lastUse.set(ownerOf(input), at);
  });
  for (const node of Object.values(outputs)) lastUse.set(ownerOf(node), order.length);

  let [alive, peak] = [0, 0];
  order.forEach((node, at) => {
    const ending = [...new Set(node.inputs.map(ownerOf))].filter((x) => lastUse.get(x) === at && isCounted(x));
    const free = (ended: readonly Symbolic[]) => ended.reduce((sum, x) => sum + bytesOf(x), 0);
    const bytes = isCounted(node) && ownerOf(node) === node ? bytesOf(node) : 0;
    const replaced = IN_PLACE.has(node.operation) ? ending.filter((x) => bytesOf(x) === bytes).slice(0, 1) : [];
    alive += bytes - free(replaced);
    peak = Math.max(peak, alive);
    alive -= free(ending.filter((x) => !replaced.includes(x)));
  });
  return peak;
}
