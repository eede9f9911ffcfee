/**
 * A frozen network in few bits, for adapters to be trained beside it (QLoRA, Dettmers et al. 2023, arXiv 2305.14314, with plain whole numbers
 * in place of its own data type). Every matrix is two parameters of the graph, `NAME.values` and `NAME.scales`, which become floats where
 * they are used; norms and biases stay as they are.
 */
import { sizeOf, type Tensor } from "../array/tensor.js";
import { dequantize as dequantized, parameter } from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import { blockSizeOf, dequantize, type QuantizedTensor, quantize } from "../weights/quantize.js";
import { type LoadNetworkOptions, openTransformer } from "./load-model.js";
import { type Adapter, layersOf, mergedWeight } from "./lora.js";
import { type ParameterMaker, type ParameterSpec, symbolicParameter } from "./parameters.js";
import type { AnyWeights, WeightMap } from "./weight-source.js";

/** What a frozen network may be kept in, and the bits of a number. */
export const BASE_BITS = { int8: 8, int4: 4 } as const;
/** Its names. */
export type BaseDType = keyof typeof BASE_BITS;

const VALUES = ".values";
const SCALES = ".scales";

/** The block size of a parameter of this shape; undefined for one that stays as it is. */
function quantizedBlockSize(shape: readonly number[]): number | undefined {
  return shape.length === 2 ? blockSizeOf(shape[1]) : undefined;
}

/** The maker of a frozen network's parameters: as floats, or floats made of few bits. */
export function frozenParameter(base: BaseDType | undefined): ParameterMaker<Symbolic> {
  if (base === undefined) return symbolicParameter;
  const bits = BASE_BITS[base];
  return (name, shape, initialization) => {
    const blockSize = quantizedBlockSize(shape);
    if (blockSize === undefined) return symbolicParameter(name, shape, initialization);
    const [rows, columns] = shape;
    const values = parameter(name + VALUES, [rows, (columns * bits) / 8], bits === 8 ? "int8" : "uint8");
    return dequantized(values, parameter(name + SCALES, [rows, columns / blockSize]), { bits, blockSize });
  };
}

/** A weight as the parameters that stand for it in a network of this base. */
export function quantizeWeight(name: string, weight: Tensor<"float32">, base: BaseDType): [string, Tensor][] {
  const blockSize = quantizedBlockSize(weight.shape);
  if (blockSize === undefined) return [[name, weight]];
  const { values, scales } = quantize(weight, BASE_BITS[base], blockSize);
  return [
    [name + VALUES, values],
    [name + SCALES, scales],
  ];
}

/** Bytes of a network's parameters in memory; without a base, as float32. */
export function frozenBytes(specs: readonly ParameterSpec[], base: BaseDType | undefined): number {
  return specs.reduce((sum, { shape }) => {
    const blockSize = base && quantizedBlockSize(shape);
    const bytesPerNumber = base && blockSize ? BASE_BITS[base] / 8 + 4 / blockSize : 4;
    return sum + sizeOf(shape) * bytesPerNumber;
  }, 0);
}

/**
 * The transformer of a model directory in few bits. One tensor at a time is in memory as floats.
 * @throws as `openTransformer`
 */
export async function loadQuantizedTransformer(
  directory: string,
  base: BaseDType,
  { signal }: LoadNetworkOptions = {},
): Promise<AnyWeights> {
  const { specs, file } = await openTransformer(directory);
  try {
    const weights = new Map<string, Tensor>();
    for (const { name } of specs) {
      signal?.throwIfAborted();
      for (const [part, value] of quantizeWeight(name, await file.readAs(name, "float32"), base))
        weights.set(part, value);
    }
    return weights;
  } finally {
    await file.close();
  }
}

/**
 * The weights that a base in few bits stands for, with an adapter worked into them, under the names of the model. Each is computed when
 * its `data` are read and not kept, so that no second network need be in memory.
 */
export function mergeIntoQuantized(base: AnyWeights, adapter: Adapter): WeightMap {
  const adapted = new Set(layersOf(adapter).map((layer) => `${layer}.weight`));
  const merged = new Map<string, Tensor<"float32">>();
  for (const [part, value] of base) {
    if (part.endsWith(SCALES)) continue;
    const name = part.endsWith(VALUES) ? part.slice(0, -VALUES.length) : part;
    const floats = () => (name === part ? (value as Tensor<"float32">) : dequantize(quantizedOf(base, name)));
    const shape = name === part ? value.shape : shapeOf(quantizedOf(base, name));
    merged.set(name, {
      dtype: "float32",
      shape,
      get data() {
        const weight = floats();
        return adapted.has(name) ? mergedWeight(weight, name.slice(0, -".weight".length), adapter) : weight.data;
      },
    });
  }
  return merged;
}

function quantizedOf(weights: AnyWeights, name: string): QuantizedTensor {
  const [values, scales] = [weights.get(name + VALUES), weights.get(name + SCALES)];
  if (!scales || (values?.dtype !== "int8" && values?.dtype !== "uint8"))
    throw new RangeError(`there are no weights in few bits for "${name}"`);
  return { values, scales: scales as Tensor<"float32">, bits: values.dtype === "int8" ? 8 : 4 } as QuantizedTensor;
}

function shapeOf({ values, bits }: QuantizedTensor): readonly number[] {
  const [rows, columns] = values.shape;
  return [rows, (columns * 8) / bits];
}
