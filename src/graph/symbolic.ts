/**
 * Symbolic tensors: nodes of a graph that is built by calling functions (`ops.ts`) and never executed here. `Attributes` is
 * the closed list of operations; the tables of shape rules, gradient rules and ONNX forms must each have an entry for
 * every one, which the compiler checks.
 */
import type { Tensor } from "../array/tensor.js";
import type { Dim, Shape } from "./dims.js";

/** Element types of graphs. */
export type GraphDType = "float32" | "float16" | "int8" | "uint8" | "int32" | "int64" | "bool";

type None = Readonly<Record<never, never>>;

/** Every operation with its attributes. */
export interface Attributes {
  // Sources
  input: { name: string; dtype: GraphDType; shape: Shape };
  parameter: { name: string; dtype: GraphDType; shape: Shape };
  constant: { value: Tensor<GraphDType> };
  // Elementwise, one operand
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  sin: None;
  cos: None;
  tanh: None;
  sigmoid: None;
  erf: None;
  abs: None;
  sign: None;
  floor: None;
  not: None;
  stopGradient: None;
  /** The same tensor: where a part of the graph starts or ends that gradients may compute again (`recomputation.ts`). */
  checkpoint: { isStart: boolean };
  cast: { to: GraphDType };
  // Elementwise, two operands that broadcast
  add: None;
  sub: None;
  mul: None;
  div: None;
  maximum: None;
  minimum: None;
  equal: None;
  less: None;
  lessOrEqual: None;
  and: None;
  or: None;
  where: None;
  // Reductions over axes that are kept as 1, and scans
  sum: { axes: readonly number[] };
  mean: { axes: readonly number[] };
  max: { axes: readonly number[] };
  argMax: { axis: number };
  cumSum: { axis: number };
  // Over the last axis
  softmax: None;
  logSoftmax: None;
  // Numbers that are kept in few bits
  dequantize: { bits: QuantizationBits; blockSize: number };
  // Products
  matmul: { transposeA: boolean; transposeB: boolean };
  conv2d: { stride: number; padding: Padding };
  convTranspose2d: { stride: number; padding: Padding; outputSize: readonly [Dim, Dim] };
  // Moving elements about
  reshape: { shape: Shape };
  broadcastTo: { shape: Shape };
  transpose: { permutation: readonly number[] };
  concat: { axis: number };
  slice: { axis: number; start: number; end: number; step: number };
  pad: { axis: number; before: number; after: number };
  upsample: { factor: number };
  flip: { axes: readonly number[] };
  gather: None;
  scatterAdd: { rows: Dim };
  takeAlong: None;
  putAlong: { size: Dim };
}

/** Bits of a quantized number: 8 are an int8 each, of 4 there are two in a uint8. */
export type QuantizationBits = 8 | 4;

/** Rows and columns added around a picture: top, left, bottom, right. */
export type Padding = readonly [number, number, number, number];

/** The names of the operations. */
export type OperationName = keyof Attributes;

/** A tensor of a graph: its dtype and shape, and the operation that makes it. */
export interface Symbolic<Name extends OperationName = OperationName> {
  readonly operation: Name;
  readonly inputs: readonly Symbolic[];
  readonly attributes: Attributes[Name];
  readonly dtype: GraphDType;
  readonly shape: Shape;
}

/** All nodes that `outputs` depend on, each after its inputs. Iterative: graphs are thousands of nodes deep. */
export function topologicalOrder(outputs: readonly Symbolic[]): Symbolic[] {
  const order: Symbolic[] = [];
  const seen = new Set<Symbolic>();
  const stack: { node: Symbolic; next: number }[] = [];
  for (const output of outputs) {
    if (!seen.has(output)) stack.push({ node: output, next: 0 });
    seen.add(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.node.inputs.length) {
        const input = top.node.inputs[top.next++];
        if (!seen.has(input)) {
          seen.add(input);
          stack.push({ node: input, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/** Whether a node was made by this operation; narrows its attributes. */
export function isOperation<Name extends OperationName>(node: Symbolic, name: Name): node is Symbolic<Name> {
  return node.operation === name;
}
