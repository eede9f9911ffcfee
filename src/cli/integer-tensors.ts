/** Ids and codes of tensor files: int64 in the files of others, int32 inside. */
import { type Tensor, tensor } from "../array/tensor.js";
import type { TensorFile } from "../weights/tensor-file.js";

/** @throws TypeError for a tensor that is not of whole numbers, or not [B, N]; RangeError for one without any */
export async function readIntegers(file: TensorFile, path: string, name: string): Promise<Tensor<"int32">> {
  const { shape, data, dtype } = await file.read(name);
  if (shape.length !== 2 || (dtype !== "int64" && dtype !== "int32")) {
    throw new TypeError(`${path}: ${name} must be I64 [B, N], got ${dtype} [${shape}]`);
  }
  if (data.length === 0) throw new RangeError(`${path}: ${name} is empty, [${shape}]: B and N must be 1 or more`);
  const values = Array.from(data as Iterable<number | bigint>, Number);
  const stray = values.find((value) => value !== (value | 0));
  if (stray !== undefined) throw new RangeError(`${path}: ${name} holds ${stray}, which is beyond 32 bits`);
  return tensor("int32", shape, Int32Array.from(values));
}

/** As others read them. */
export function toInt64({ shape, data }: Tensor<"int32">): Tensor<"int64"> {
  return tensor("int64", shape, BigInt64Array.from(data, BigInt));
}
