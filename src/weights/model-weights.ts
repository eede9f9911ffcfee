/**
 * The weights of a model's directory, in the Hugging Face layout: `model.safetensors`, or shards with an index that says which
 * tensor is in which. Knows nothing of what the tensors mean.
 */

import { createDirectory, joinPath, listDirectory, openFile, removeFile, writeFileAtomically } from "#files";
import { BYTES_PER_ELEMENT, bytesOf, sizeOf, type Tensor } from "../array/tensor.js";
import { castFloats, type FloatDType, isFloat } from "./float-cast.js";
import { checkFilled, encodeHeader, isObject, SafetensorsError, type TensorInfo } from "./safetensors.js";
import { openTensorFile, type TensorFile } from "./tensor-file.js";
import { openTorchFile } from "./torch-file.js";
import { findWeights, INDEX, isIndexName, isShardName, SINGLE, TORCH } from "./weight-files.js";

const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

/** An index is JSON of a few hundred kilobytes; what is larger than this is none. */
const MAX_INDEX_BYTES = 100_000_000;

/**
 * Opens the weights of a model: the file that `findWeights` finds, and the shards that it names.
 * @throws FileError when something cannot be read
 * @throws SafetensorsError when there are no weights, the index is wrong or a shard is missing or unsound
 */
export async function openModelWeights(directory: string): Promise<TensorFile> {
  const name = chooseFile(directory, await listDirectory(directory));
  if (name === TORCH) return openTorchFile(joinPath(directory, name));
  return isIndexName(name) ? openShards(directory, name) : openTensorFile(joinPath(directory, name));
}

function chooseFile(directory: string, names: readonly string[]): string {
  const found = findWeights(names);
  if (found !== undefined) return found;
  const files = names.filter(isShardName);
  if (files.length > 0) {
    const wayOut = `Name the model's weights ${SINGLE}, or add ${INDEX} for its shards.`;
    throw new SafetensorsError(directory, `has several files of weights (${abridged(files)}) and no index`, wayOut);
  }
  const foreign = names.filter((name) => /\.(bin|pt|pth|ckpt|gguf|onnx)$/.test(name));
  const wayOut =
    foreign.length > 0 ? `Convert ${abridged(foreign)} to it.` : `It should have ${SINGLE}: check the path.`;
  throw new SafetensorsError(directory, "has no weights in the safetensors format", wayOut);
}

async function openShards(directory: string, indexName: string): Promise<TensorFile> {
  const indexPath = joinPath(directory, indexName);
  const { weightMap, metadata } = await readIndex(indexPath);
  const present = await listDirectory(directory);
  const shardNames = [...new Set(weightMap.values())];
  const missing = shardNames.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    const wayOut = "Download or copy the rest of the model.";
    throw new SafetensorsError(
      indexPath,
      `${missing.length} of ${shardNames.length} shards are missing: ${abridged(missing)}`,
      wayOut,
    );
  }
  const shards = new Map<string, TensorFile>();
  const close = async () => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    for (const name of shardNames) shards.set(name, await openTensorFile(joinPath(directory, name)));
    const known = new Map([...shards].map(([name, shard]) => [name, new Set(shard.names)]));
    const absent = [...weightMap].filter(([name, shard]) => !known.get(shard)?.has(name));
    if (absent.length > 0) {
      const list = abridged(absent.map(([name, shard]) => `${name} (${shard})`));
      throw new SafetensorsError(indexPath, `${absent.length} tensors are not in the shards that it names: ${list}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const find = (name: string): TensorFile => {
    const shard = shards.get(weightMap.get(name) ?? "");
    if (shard) return shard;
    throw new SafetensorsError(indexPath, `has no tensor ${name}`, `It lists ${abridged([...weightMap.keys()])}.`);
  };
  return {
    names: [...weightMap.keys()],
    metadata,
    info: (name) => find(name).info(name),
    read: async (name) => find(name).read(name),
    readAs: async (name, dtype) => find(name).readAs(name, dtype),
    close,
  };
}

interface ShardIndex {
  readonly weightMap: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, string>>;
}

async function readIndex(path: string): Promise<ShardIndex> {
  const file = await openFile(path);
  let index: { weight_map?: unknown; metadata?: unknown } | null;
  try {
    if (file.size > MAX_INDEX_BYTES) throw new SafetensorsError(path, `has ${file.size} bytes, too many for an index`);
    index = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await file.read(0, file.size)));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new SafetensorsError(path, `is not valid JSON (${error.message.slice(0, 200)})`);
  } finally {
    await file.close();
  }
  const entries = isObject(index?.weight_map) ? Object.entries(index.weight_map) : [];
  if (entries.length === 0)
    throw new SafetensorsError(path, "has no weight_map that says which tensor is in which file");
  const wayOut = "Shards must be safetensors files beside the index.";
  for (const [name, shard] of entries) {
    if (isShardName(shard)) continue;
    throw new SafetensorsError(path, `${name} is said to be in ${JSON.stringify(shard)?.slice(0, 200)}`, wayOut);
  }
  const metadata = isObject(index?.metadata) ? Object.entries(index.metadata) : [];
  return {
    weightMap: new Map(entries as [string, string][]),
    metadata: Object.fromEntries(metadata.map(([key, value]) => [key, String(value)])),
  };
}

/** What the weights of a finished model may be saved as, where a person chooses. */
export const SAVED_DTYPES = ["float32", "float16", "bfloat16"] as const satisfies readonly FloatDType[];
export type SavedDType = (typeof SAVED_DTYPES)[number];

export interface SaveOptions {
  /** What floating-point tensors are converted to; as they are when it is not given. Others stay what they are. */
  readonly dtype?: FloatDType;
  /** Bytes of tensors in a file at most (a larger tensor has a file of its own); default 5 GB. */
  readonly maxShardBytes?: number;
  /** Default `{ format: "pt" }`, which PyTorch's loaders ask for. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a model's weights into a directory, in one file or in shards with an index, and removes weights of an earlier save
 * that would be taken for it. Each file appears as a whole or not at all, the index last; tensors are converted one at a time.
 * A save over sharded weights that is interrupted leaves shards of both: write into a new directory what must not be lost.
 * @throws FileError when something cannot be written; SafetensorsError when a name comes twice or data do not fill their shape
 */
export async function saveModelWeights(
  directory: string,
  tensors: Iterable<readonly [string, Tensor]>,
  { dtype, maxShardBytes = 5e9, metadata = { format: "pt" } }: SaveOptions = {},
): Promise<void> {
  const named = [...tensors];
  checkNames(directory, named);
  await createDirectory(directory);
  const shards = intoShards(named, dtype, maxShardBytes);
  const numShards = String(shards.length).padStart(5, "0");
  const written = shards.map((_, i) => `model-${String(i + 1).padStart(5, "0")}-of-${numShards}.safetensors`);
  if (shards.length === 1) written[0] = SINGLE;
  for (const [i, shard] of shards.entries()) {
    const path = joinPath(directory, written[i]);
    await writeFileAtomically(path, encodeCast(shard, dtype, metadata, path));
  }
  if (shards.length > 1) {
    const weightMap = shards.flatMap((shard, i) => shard.map(([name]) => [name, written[i]] as const));
    const totalBytes = shards.flat().reduce((sum, [, tensor]) => sum + bytesAs(tensor, dtype), 0);
    const index = { metadata: { total_size: totalBytes }, weight_map: Object.fromEntries(weightMap) };
    await writeFileAtomically(joinPath(directory, INDEX), [
      new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`),
    ]);
    written.push(INDEX);
  }
  for (const name of await listDirectory(directory)) {
    const isWeights = name === SINGLE || name === INDEX || SHARD.test(name);
    if (isWeights && !written.includes(name)) await removeFile(joinPath(directory, name));
  }
}

type NamedTensor = readonly [name: string, tensor: Tensor];

/** A file cannot have a name twice; neither may the files of an index. */
function checkNames(directory: string, tensors: readonly NamedTensor[]): void {
  const seen = new Set<string>();
  for (const [name] of tensors) {
    if (seen.has(name)) throw new SafetensorsError(directory, `two tensors are named ${name}`, "Rename one.");
    seen.add(name);
  }
}

function intoShards(tensors: readonly NamedTensor[], dtype: FloatDType | undefined, maxBytes: number): NamedTensor[][] {
  const shards: NamedTensor[][] = [[]];
  let bytes = 0;
  for (const named of tensors) {
    const size = bytesAs(named[1], dtype);
    if (bytes > 0 && bytes + size > maxBytes) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(named);
    bytes += size;
  }
  return shards;
}

/** The chunks of a safetensors file of converted tensors, each made when it is its turn. */
function* encodeCast(
  tensors: readonly NamedTensor[],
  dtype: FloatDType | undefined,
  metadata: Readonly<Record<string, string>>,
  path: string,
): Generator<Uint8Array> {
  const byName = new Map(tensors);
  const infos = tensors.map(([name, tensor]): [string, TensorInfo] => {
    return [name, { dtype: savedDType(tensor, dtype), shape: tensor.shape }];
  });
  const { header, order } = encodeHeader(infos, metadata, path);
  yield header;
  for (const name of order) {
    // A copy reads data once that are computed when they are read.
    const tensor = { ...(byName.get(name) as Tensor) } as Tensor;
    checkFilled(name, tensor, path);
    if (!dtype || !isFloat(tensor.dtype)) yield bytesOf(tensor);
    else {
      const cast = castFloats(tensor as Tensor<FloatDType>, dtype);
      if (dtype === "float16") checkRange(name, tensor as Tensor<FloatDType>, cast as Tensor<"float16">, path);
      yield bytesOf(cast);
    }
  }
}

/** float16 ends at 65,504. @throws SafetensorsError for a number that would become infinite there */
function checkRange(name: string, source: Tensor<FloatDType>, { data }: Tensor<"float16">, path: string): void {
  if (source.dtype === "float16") return;
  const valueAt = (i: number) =>
    castFloats({ ...source, shape: [1], data: source.data.slice(i, i + 1) } as typeof source, "float64").data[0];
  const at = data.findIndex((bits, i) => (bits & 0x7fff) === 0x7c00 && Number.isFinite(valueAt(i)));
  if (at === -1) return;
  const problem = `${name} holds ${valueAt(at)}, beyond what float16 can hold`;
  throw new SafetensorsError(path, problem, "Save it as bfloat16 or float32.");
}

function savedDType({ dtype }: Tensor, target: FloatDType | undefined) {
  return target && isFloat(dtype) ? target : dtype;
}

function bytesAs(tensor: Tensor, target: FloatDType | undefined): number {
  return sizeOf(tensor.shape) * BYTES_PER_ELEMENT[savedDType(tensor, target)];
}

/** The first few of a list, for a message. */
function abridged(items: readonly string[]): string {
  const rest = items.length - 5;
  return rest > 0 ? `${items.slice(0, 5).join(", ")} and ${rest} more` : items.join(", ");
}
