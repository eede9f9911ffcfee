/**
 * Computing again what gradients need of the forward pass, instead of keeping it (Chen et al. 2016, arXiv 1604.06174): parts of the graph
 * between checkpoints (`recomputable`). The nodes made a second time are the same operations on the
 * same numbers; that a runtime neither merges them with the first ones nor computes them early is ensured by making them depend on
 * the gradient that asks for them (`after`).
 */
import * as op from "./ops.js";
import { isOperation, type Symbolic } from "./symbolic.js";

/** What differentiation asks on its way back through the graph. */
export interface Recomputation {
  /** A node is reached, with its whole gradient. */
  reach(node: Symbolic, gradient: Symbolic): void;
  /** What stands in the gradient's rule for a node of the forward pass: itself, or the same made anew. */
  again(node: Symbolic): Symbolic;
  /** A node has given rise to a part of the gradient of x. */
  pass(x: Symbolic, part: Symbolic): void;
}

/** @param order the forward pass, each node after its inputs */
export function createRecomputation(
  order: readonly Symbolic[],
  targets: readonly Symbolic[],
  isRecomputing: boolean,
): Recomputation {
  const startOf = isRecomputing ? partsOf(order) : new Map<Symbolic, Symbolic>();
  const isTarget = new Set(targets);
  const copies = new Map<Symbolic, Symbolic>();
  /** Gradients of targets since the last part began. */
  let passed: Symbolic[] = [];

  const again = (node: Symbolic): Symbolic => {
    const known = copies.get(node);
    if (known) return known;
    const start = startOf.get(node);
    if (start === undefined || start === node || !copies.has(start)) return node;
    const inputs = node.inputs.map((x) => again(x));
    if (inputs.every((x, i) => x === node.inputs[i])) return node;
    const copy = { ...node, inputs };
    copies.set(node, copy);
    return copy;
  };

  return {
    reach(node, gradient) {
      const start = isOperation(node, "checkpoint") && !node.attributes.isStart && startOf.get(node.inputs[0]);
      if (!start) return;
      // The weights' gradients of parts behind come first, or what they need would be kept until the end.
      copies.set(start, op.after(start.inputs[0], [gradient, ...passed]));
      passed = [];
    },
    again,
    pass(x, part) {
      if (isRecomputing && isTarget.has(x)) passed.push(part);
    },
  };
}

/** For every node between checkpoints the one that its part starts with. */
function partsOf(order: readonly Symbolic[]): Map<Symbolic, Symbolic> {
  const startOf = new Map<Symbolic, Symbolic>();
  for (const node of order) {
    if (isOperation(node, "checkpoint")) {
      if (node.attributes.isStart) startOf.set(node, node);
      continue;
    }
    const start = node.inputs.map((x) => startOf.get(x)).find((found) => found !== undefined);
    if (start) startOf.set(node, start);
  }
  return startOf;
}
