/** Reading of the parity cases: numbers from the released PyTorch code (see docs/architecture.md). */
import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "../src/array/tensor.js";
import { openTensorFile } from "../src/weights/tensor-file.js";

export interface ParityCase {
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  floats(name: string): Float32Array;
  /** int64 narrowed to int32. */
  integers(name: string): Tensor<"int32">;
  shape(name: string): readonly number[];
}

export const parityPath = (path: string): string => fileURLToPath(new URL(`parity/${path}`, import.meta.url));

/** A whole case in memory. */
export async function readParityCase(path: string): Promise<ParityCase> {
  const file = await openTensorFile(parityPath(path));
  const tensors = new Map<string, Tensor>();
  for (const name of file.names) tensors.set(name, await file.read(name));
  await file.close();
  const get = (name: string): Tensor => {
    const value = tensors.get(name);
    if (!value) throw new Error(`${path} has no tensor ${name}`);
    return value;
  };
  return {
    metadata: file.metadata,
    names: file.names,
    floats: (name) => get(name).data as Float32Array,
    integers: (name) => {
      const { shape, data } = get(name) as Tensor<"int64">;
      return tensor("int32", shape, Int32Array.from(data, Number));
    },
    shape: (name) => get(name).shape,
  };
}

/** Largest absolute difference. */
export function maxDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
  return largest;
}

/** ‖actual − expected‖ / ‖expected‖. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(error / Math.max(norm, 1e-30));
}

export function standardDeviation(values: Float32Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
}
