/**
 * A frozen network in few bits, for adapters to be trained beside it (QLoRA, Dettmers et al. 2023, arXiv 2305.14314, with plain whole numbers
 * in place of its own data type). Every matrix is two parameters of the graph, `NAME.values` and `NAME.scales`, which become floats where
 * they are used; norms and biases stay as they are.
 */
import { joinFloats } from "../array/floats.js";
import { sizeOf, type Tensor, tensor } from "../array/tensor.js";
import { concat, dequantize as dequantized, parameter } from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import { blockSizeOf, dequantize, type QuantizedTensor, quantize } from "../weights/quantize.js";
import { type LoadNetworkOptions, openTransformer } from "./load-model.js";
import { type Adapter, layersOf, mergedWeight } from "./lora.js";
import { HEAD_PIECE, type ParameterMaker, type ParameterSpec, symbolicParameter } from "./parameters.js";
import { HEAD_NAME } from "./transformer.js";
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
  const make: ParameterMaker<Symbolic> = (name, shape, initialization) => {
    const blockSize = quantizedBlockSize(shape);
    if (blockSize === undefined) return symbolicParameter(name, shape, initialization);
    const [rows, columns] = shape;
    const values = parameter(name + VALUES, [rows, (columns * bits) / 8], bits === 8 ? "int8" : "uint8");
    return dequantized(values, parameter(name + SCALES, [rows, columns / blockSize]), { bits, blockSize });
  };
  const makeHead: ParameterMaker<Symbolic> = (name, shape, initialization) => {
    if (quantizedBlockSize(shape) === undefined) return make(name, shape, initialization);
    const parts = partsOfHead(shape[0]).map(({ suffix, rows }) =>
      make(name + suffix, [rows, shape[1]], initialization),
    );
    return concat(parts, 0);
  };
  return Object.assign(make, { makeHead });
}

/**
 * The output head is several parameters, `NAME.0` on: a runtime makes copies of the parts of one that is taken apart in the graph, and
 * keeps them all.
 */
function partsOfHead(numRows: number): { readonly suffix: string; readonly start: number; readonly rows: number }[] {
  return Array.from({ length: Math.ceil(numRows / HEAD_PIECE) }, (_, i) => {
    const start = i * HEAD_PIECE;
    return { suffix: `.${i}`, start, rows: Math.min(numRows, start + HEAD_PIECE) - start };
  });
}

/** A weight as the parameters that stand for it in a network of this base. */
function quantizeWeight(name: string, weight: Tensor<"float32">, base: BaseDType): [string, Tensor][] {
  const { shape, data } = weight;
  const blockSize = quantizedBlockSize(shape);
  if (blockSize === undefined) return [[name, weight]];
  const columns = shape[1];
  const parts = name === HEAD_NAME ? partsOfHead(shape[0]) : [{ suffix: "", start: 0, rows: shape[0] }];
  return parts.flatMap(({ suffix, start, rows }) => {
    const part = tensor("float32", [rows, columns], data.subarray(start * columns, (start + rows) * columns));
    const { values, scales } = quantize(part, BASE_BITS[base], blockSize);
    return [
      [name + suffix + VALUES, values],
      [name + suffix + SCALES, scales],
    ] satisfies [string, Tensor][];
  });
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
 * @param specs the network's own parameters
 * @throws RangeError when the base lacks one of them
 */
export function mergeIntoQuantized(base: AnyWeights, adapter: Adapter, specs: readonly ParameterSpec[]): WeightMap {
  const adapted = new Set(layersOf(adapter));
  return new Map(
    specs.map(({ name, shape }) => {
      const layer = name.replace(/\.weight$/, "");
      const merged = {
        dtype: "float32" as const,
        shape,
        get data() {
          const weight = tensor("float32", shape, floatsOf(base, name));
          return adapted.has(layer) ? mergedWeight(weight, layer, adapter) : weight.data;
        },
      };
      return [name, merged];
    }),
  );
}

/** A weight as floats, from the one parameter or the parts that stand for it. */
function floatsOf(base: AnyWeights, name: string): Float32Array {
  const plain = base.get(name);
  if (plain) return plain.data as Float32Array;
  const names = base.has(name + VALUES) ? [name] : partNames(base, name);
  const parts = names.map((part) => dequantize(quantizedOf(base, part)).data);
  if (parts.length === 0) throw new RangeError(`the base has no weights for "${name}"`);
  return parts.length === 1 ? parts[0] : joinFloats(parts);
}

function partNames(base: AnyWeights, name: string): string[] {
  const names: string[] = [];
  while (base.has(`${name}.${names.length}${VALUES}`)) names.push(`${name}.${names.length}`);
  return names;
}

function quantizedOf(weights: AnyWeights, name: string): QuantizedTensor {
  const [values, scales] = [weights.get(name + VALUES), weights.get(name + SCALES)];
  return { values, scales, bits: values?.dtype === "int8" ? 8 : 4 } as QuantizedTensor;
}
