/**
 * One safetensors file, opened by name: its header is read and checked at once, its tensors by range when they are asked for.
 * Whole models, which may be in several files, are opened in `model-weights.ts`.
 */

import { openFile, writeFileAtomically } from "#files";
import { BYTES_PER_ELEMENT, sizeOf, type Tensor, type TypedArrays, tensorView, zeros } from "../array/tensor.js";
import type { RandomAccessFile } from "./files.js";
import { castPiece, type FloatDType, isFloat, PIECE } from "./float-cast.js";
import {
  encodeSafetensors,
  parseHeader,
  readHeaderLength,
  SafetensorsError,
  type SafetensorsHeader,
  type StoredTensor,
  type TensorInfo,
} from "./safetensors.js";

/** Tensors by name, each read from its file when it is asked for. */
export interface TensorFile {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** @throws SafetensorsError when there is no tensor of that name; so do the two below */
  info(name: string): TensorInfo;
  /** The tensor as it is stored, in memory of its own. */
  read(name: string): Promise<Tensor>;
  /** The tensor in another floating-point dtype, converted while it is read. */
  readAs<T extends FloatDType>(name: string, dtype: T): Promise<Tensor<T>>;
  /** Closes the file; nothing can be read afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a safetensors file.
 * @throws FileError when it cannot be read
 * @throws SafetensorsError when it is not a sound safetensors file
 */
export async function openTensorFile(path: string): Promise<TensorFile> {
  const file = await openFile(path);
  try {
    const { tensors, metadata } = await readHeader(file);
    return tensorFile(file, tensors, metadata);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Tensors of a file, given where their bytes are. Closing it closes the file. */
export function tensorFile(
  file: RandomAccessFile,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>>,
): TensorFile {
  const find = (name: string): StoredTensor => {
    const stored = tensors.get(name);
    if (stored) return stored;
    const some = [...tensors.keys()].slice(0, 5).join(", ");
    throw new SafetensorsError(
      file.path,
      `has no tensor ${name}`,
      `It holds ${tensors.size}: ${some}${tensors.size > 5 ? ", …" : ""}.`,
    );
  };
  return {
    names: [...tensors.keys()],
    metadata,
    info(name) {
      const { dtype, shape } = find(name);
      return { dtype, shape };
    },
    read: async (name) => readTensor(file, find(name)),
    readAs: async (name, dtype) => readCast(file, name, find(name), dtype),
    close: () => file.close(),
  };
}

/**
 * Writes tensors to a safetensors file, replacing it as a whole or not at all.
 * @throws FileError when it cannot be written
 */
export async function saveTensorFile(
  path: string,
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomically(path, encodeSafetensors(tensors, metadata));
}

async function readHeader(file: RandomAccessFile): Promise<SafetensorsHeader> {
  const start = await file.read(0, Math.min(8, file.size));
  const length = readHeaderLength(start, file.size, file.path);
  return parseHeader(await file.read(0, 8 + length), file.size, file.path);
}

async function readTensor(file: RandomAccessFile, { dtype, shape, offset, length }: StoredTensor): Promise<Tensor> {
  const bytes = await file.read(offset, length);
  return tensorView(dtype, shape, bytes.buffer, bytes.byteOffset);
}

/** By pieces: beside the result, only one of them is in memory. */
async function readCast<T extends FloatDType>(
  file: RandomAccessFile,
  name: string,
  stored: StoredTensor,
  dtype: T,
): Promise<Tensor<T>> {
  const { dtype: from, shape, offset } = stored;
  if (from === dtype) return (await readTensor(file, stored)) as Tensor as Tensor<T>;
  if (!isFloat(from)) {
    throw new SafetensorsError(
      file.path,
      `tensor ${name} is ${from}`,
      `Only floats can be read as ${dtype}: read it as it is.`,
    );
  }
  const target = zeros(dtype, shape);
  for (let start = 0; start < sizeOf(shape); start += PIECE) {
    const count = Math.min(PIECE, sizeOf(shape) - start);
    const bytes = BYTES_PER_ELEMENT[from];
    const piece = await readTensor(file, {
      dtype: from,
      shape: [count],
      offset: offset + start * bytes,
      length: count * bytes,
    });
    castPiece(
      from,
      piece.data as TypedArrays[FloatDType],
      dtype,
      target.data.subarray(start, start + count) as TypedArrays[T],
    );
  }
  return target;
}
