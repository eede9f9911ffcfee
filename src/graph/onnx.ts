/** A graph as an ONNX model: names for its tensors, a node for each operation, parameters as inputs or as initializers. */
import { bytesOf, type DType, type Tensor } from "../array/tensor.js";
import { type Dim, dimFactors, type Shape } from "./dims.js";
import {
  encodeOnnxModel,
  type InitializerData,
  type OnnxAttribute,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxValue,
} from "./onnx-file.js";
import { type Emitter, onnxForms } from "./onnx-forms.js";
import { isOperation, type OperationName, type Symbolic, topologicalOrder } from "./symbolic.js";

/** What an ONNX file holds beside the computation. */
export interface OnnxOptions {
  readonly name?: string;
  /**
   * Says where a parameter's value is stored, which makes it an initializer; undefined leaves it an input of the model. Without
   * this option all parameters are inputs.
   */
  readonly initializer?: (name: string) => InitializerData | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX model that computes `outputs`, with one input for each input (and parameter) they depend on.
 * @throws Error when two sources or a source and an output share a name, or a dimension's name is bound by no input
 */
export function toOnnx(outputs: Readonly<Record<string, Symbolic>>, options: OnnxOptions = {}): Uint8Array {
  const order = topologicalOrder(Object.values(outputs));
  const inputs: OnnxValue[] = [];
  const initializers: OnnxInitializer[] = [];
  const names = new Map<Symbolic, string>();
  const used = new Set<string>();

  for (const node of order) {
    if (!isOperation(node, "input") && !isOperation(node, "parameter")) continue;
    const { name, dtype, shape } = node.attributes;
    if (used.has(name)) throw new Error(`two sources of the graph are named "${name}"`);
    used.add(name);
    names.set(node, name);
    const data = isOperation(node, "parameter") ? options.initializer?.(name) : undefined;
    if (data) initializers.push({ name, dtype, shape: shape.map(Number), data });
    else inputs.push({ name, dtype, shape });
  }

  for (const name of Object.keys(outputs)) {
    if (used.has(name)) throw new Error(`an output and a source of the graph are both named "${name}"`);
    used.add(name);
  }

  const emitter = createEmitter(inputs, initializers, used);
  for (const node of order) {
    if (names.has(node)) continue;
    const form = onnxForms[node.operation] as (typeof onnxForms)[OperationName] as (
      emitter: Emitter,
      inputs: readonly string[],
      attributes: unknown,
      node: Symbolic,
    ) => string;
    names.set(
      node,
      form(
        emitter,
        node.inputs.map((x) => names.get(x) as string),
        node.attributes,
        node,
      ),
    );
  }
  const results = Object.entries(outputs).map(([name, node]): OnnxValue => {
    emitter.emitNamed("Identity", [names.get(node) as string], name);
    return { name, dtype: node.dtype, shape: node.shape };
  });
  return encodeOnnxModel({
    name: options.name ?? "mmada",
    inputs,
    outputs: results,
    nodes: emitter.nodes,
    initializers,
    metadata: options.metadata,
  });
}

function createEmitter(inputs: readonly OnnxValue[], initializers: OnnxInitializer[], used: ReadonlySet<string>) {
  const nodes: OnnxNode[] = [];
  const shared = new Map<string, string>();
  let count = 0;
  const fresh = (stem: string): string => {
    let name = `${stem}_${count++}`;
    while (used.has(name)) name = `${stem}_${count++}`;
    return name;
  };

  const emitNamed = (
    opType: string,
    operands: readonly string[],
    output: string,
    attributes: Record<string, OnnxAttribute> = {},
  ) => {
    nodes.push({ opType, inputs: operands, outputs: [output], attributes });
    return output;
  };
  const emit: Emitter["emit"] = (opType, operands, attributes) =>
    emitNamed(opType, operands, fresh(opType.toLowerCase()), attributes);

  /** What was made under this key before, or what `make` makes now. */
  const once = (key: string, make: () => string): string => {
    let name = shared.get(key);
    if (name === undefined) {
      name = make();
      shared.set(key, name);
    }
    return name;
  };

  const initializer = (dtype: DType, shape: readonly number[], bytes: Uint8Array): string => {
    const name = fresh("constant");
    initializers.push({ name, dtype, shape, data: { kind: "inline", bytes } });
    return name;
  };
  const constant = (value: Tensor): string => {
    const bytes = bytesOf(value);
    const make = () => initializer(value.dtype, value.shape, bytes);
    return bytes.length <= 64 ? once(`${value.dtype} ${value.shape} ${bytes}`, make) : make();
  };
  const int64s = (values: readonly number[]): string =>
    constant({ dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) });

  /** A named dimension, or a product of some that an input has as a whole, as a vector of one int64 read off that input. */
  const readDim = (dim: string): string | undefined => {
    for (const { name, shape } of inputs) {
      const axis = shape.indexOf(dim);
      if (axis >= 0) return emit("Shape", [name], { start: axis, end: axis + 1 });
    }
    return undefined;
  };
  const dimVector = (dim: Dim): string => {
    if (typeof dim === "number") return int64s([dim]);
    return once(`dim ${dim}`, () => {
      const given = readDim(dim);
      if (given) return given;
      const { factor, names } = dimFactors(dim);
      if (names.length === 1 && factor === 1) throw new Error(`no input of the graph has the dimension "${dim}"`);
      const parts = [...(factor === 1 ? [] : [factor]), ...names].map(dimVector);
      return parts.reduce((a, b) => emit("Mul", [a, b]));
    });
  };
  const shapeVector = (shape: Shape): string => {
    if (shape.every((dim) => typeof dim === "number")) return int64s(shape.map(Number));
    return once(`shape ${shape}`, () => emit("Concat", shape.map(dimVector), { axis: 0 }));
  };

  return { emit, emitNamed, constant, int64s, shapeVector, nodes };
}
