/**
 * Where the weights of a compiled graph come from: built into it as initializers (inference, the runtime packs them once), or given
 * with every call (while they are being trained).
 */
import { bytesOf, type Tensor } from "../array/tensor.js";
import { toOnnx } from "../graph/onnx.js";
import { isOperation, type Symbolic, topologicalOrder } from "../graph/symbolic.js";
import type { Backend, CompileOptions, NamedTensors } from "../runtime/backend.js";
import type { LoraConfig } from "./lora.js";

/** Weights by name. */
export type WeightMap = ReadonlyMap<string, Tensor<"float32">>;

/** The same where some are in few bits. */
export type AnyWeights = ReadonlyMap<string, Tensor>;

/** Weights, and whether they change between calls. */
export interface WeightSource {
  readonly weights: AnyWeights;
  /** Trained weights change between calls, so they are given with each. */
  readonly areTrained: boolean;
  /** Adapters that stand beside the network's linear layers, with their weights among `weights`. */
  readonly lora?: LoraConfig;
}

/** A graph over weights, as a function of its inputs alone. */
export interface Computation {
  run(inputs: NamedTensors): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

/** Names of the parameters that a graph depends on. */
export function parameterNames(outputs: Readonly<Record<string, Symbolic>>): string[] {
  return topologicalOrder(Object.values(outputs)).flatMap((node) =>
    isOperation(node, "parameter") ? [node.attributes.name] : [],
  );
}

/**
 * Compiles a graph with weights.
 * @throws Error when the graph has a parameter that the source lacks
 */
export async function compileWithWeights(
  backend: Backend,
  outputs: Readonly<Record<string, Symbolic>>,
  { weights, areTrained }: WeightSource,
  options?: CompileOptions,
): Promise<Computation> {
  const names = parameterNames(outputs);
  const find = (name: string): Tensor => {
    const value = weights.get(name);
    if (!value) throw new Error(`there are no weights for the parameter "${name}"`);
    return value;
  };
  if (areTrained) {
    const executable = await backend.compile({ bytes: toOnnx(outputs) }, options);
    return {
      run: (inputs) => executable.run({ ...inputs, ...Object.fromEntries(names.map((name) => [name, find(name)])) }),
      dispose: () => executable.dispose(),
    };
  }
  const bytes = toOnnx(outputs, {
    initializer: (name) => ({ kind: "external", location: name, offset: 0, length: find(name).data.byteLength }),
  });
  const externalData = names.map((name) => ({ location: name, data: bytesOf(find(name)) }));
  return backend.compile({ bytes, externalData }, options);
}
