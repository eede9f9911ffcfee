/**
 * Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685): beside a frozen weight W [out, in] stand A [rank, in] and B [out, rank], and the
 * layer gives x·Wᵀ + (alpha / rank)·(x·Aᵀ)·Bᵀ. B starts at 0, so that training starts from the base. Names are those of PEFT.
 */
import { type Tensor, tensor } from "../array/tensor.js";
import type { ParameterMaker } from "./parameters.js";
import type { BaseDType } from "./quantized-base.js";
import type { WeightMap } from "./weight-source.js";

/** The linear layers of a block, as their weights are called on disk. */
export const ADAPTER_TARGETS = ["q_proj", "k_proj", "v_proj", "attn_out", "ff_proj", "up_proj", "ff_out"] as const;
/** A linear layer of a block. */
export type AdapterTarget = (typeof ADAPTER_TARGETS)[number];

/** What is adapted, and how much. */
export interface LoraConfig {
  /** Of B·A. */
  readonly rank: number;
  /** B·A counts alpha / rank. */
  readonly alpha: number;
  readonly targets: readonly AdapterTarget[];
  /** What the frozen weights are kept in while adapters are trained; left out, float32. */
  readonly base?: BaseDType;
}

/** Adapters by the names of their tensors, with what they were trained by. */
export interface Adapter {
  readonly config: LoraConfig;
  readonly weights: WeightMap;
}

/** Tensors of a layer in PEFT's files: its name there, then the side. */
const PREFIX = "base_model.model.";
export const DOWN = ".lora_A.weight";
const UP = ".lora_B.weight";

/** Puts adapters of `config` beside the linear layers that it names; `make` makes their two matrices. */
function loraAdapters<P>(
  { rank, alpha, targets }: LoraConfig,
  make: ParameterMaker<P>,
): NonNullable<ParameterMaker<P>["adapt"]> {
  return (layer, outputs, inputs) => {
    if (!targets.some((target) => layer.endsWith(`.${target}`))) return undefined;
    return {
      down: make(PREFIX + layer + DOWN, [rank, inputs], { kind: "uniform", bound: 1 / Math.sqrt(inputs) }),
      up: make(PREFIX + layer + UP, [outputs, rank], { kind: "constant", value: 0 }),
      scale: alpha / rank,
    };
  };
}

/** The maker of a network's parameters, with adapters beside its linear layers, which `makeAdapter` makes. */
export function withAdapters<P>(
  make: ParameterMaker<P>,
  lora: LoraConfig,
  makeAdapter: ParameterMaker<P> = make,
): ParameterMaker<P> {
  const plain: ParameterMaker<P> = (name, shape, initialization) => make(name, shape, initialization);
  const { makeHead } = make;
  return Object.assign(plain, { adapt: loraAdapters(lora, makeAdapter), ...(makeHead ? { makeHead } : {}) });
}

/** The base's weights with the adapter worked into them; those that it leaves as they are stay the same tensors. */
export function mergeAdapter(base: WeightMap, adapter: Adapter): WeightMap {
  const merged = new Map(base);
  for (const layer of layersOf(adapter)) {
    const name = `${layer}.weight`;
    const weight = base.get(name);
    if (!weight) throw new RangeError(`the adapter has ${layer}, which the model has not`);
    merged.set(name, tensor("float32", weight.shape, mergedWeight(weight, layer, adapter)));
  }
  return merged;
}

/** The adapted layers, by their names in the base. */
export function layersOf({ weights }: Adapter): string[] {
  return [...weights.keys()].flatMap((name) =>
    name.startsWith(PREFIX) && name.endsWith(DOWN) ? [name.slice(PREFIX.length, -DOWN.length)] : [],
  );
}

/** W + (alpha / rank)·B·A */
export function mergedWeight(
  { shape, data }: Tensor<"float32">,
  layer: string,
  { config, weights }: Adapter,
): Float32Array {
  const [down, up] = [weights.get(PREFIX + layer + DOWN), weights.get(PREFIX + layer + UP)];
  const [outputs, inputs] = shape;
  const rank = down?.shape[0] ?? 0;
  if (!down || !up || down.shape[1] !== inputs || up.shape[0] !== outputs || up.shape[1] !== rank) {
    throw new RangeError(
      `the adapter of ${layer} has shapes [${down?.shape}] and [${up?.shape}], which do not fit a weight of [${shape}]`,
    );
  }
  const scale = config.alpha / config.rank;
  const result = Float32Array.from(data);
  for (let o = 0; o < outputs; o++) {
    const row = result.subarray(o * inputs, (o + 1) * inputs);
    for (let r = 0; r < rank; r++) {
      const factor = scale * up.data[o * rank + r];
      if (factor === 0) continue;
      const other = down.data.subarray(r * inputs, (r + 1) * inputs);
      for (let i = 0; i < inputs; i++) row[i] += factor * other[i];
    }
  }
  return result;
}
