/**
 * The safetensors format: eight bytes with the length of a JSON header, the header, then the tensors' bytes, one after the other.
 * Works on bytes alone: files are opened in `tensor-file.ts`. Every header is taken for hostile until it is checked.
 */
import { BYTES_PER_ELEMENT, bytesOf, type DType, sizeOf, type Tensor } from "../array/tensor.js";
import { findJsonFault } from "./json-keys.js";

/** What a header may at most be long, in bytes; the format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

const DTYPES = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
} as const satisfies Record<string, DType>;

const CODES = Object.fromEntries(Object.entries(DTYPES).map(([code, dtype]) => [dtype, code]));

export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Where a tensor's bytes are, counted from the start of the file. */
export interface StoredTensor extends TensorInfo {
  readonly offset: number;
  readonly length: number;
}

export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is not what a safetensors file must be: which one, what was found, what to do. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  readonly file: string;
  constructor(file: string, problem: string, wayOut = "It is damaged: download or copy it again.") {
    super(`${file}: ${problem}. ${wayOut}`);
    this.file = file;
  }
}

/**
 * Length in bytes of the header that follows the first eight bytes.
 * @param bytes the beginning of the file, eight bytes or more
 * @param fileSize size of the whole file in bytes
 * @throws SafetensorsError when no header of that length can be there
 */
export function readHeaderLength(bytes: Uint8Array, fileSize: number, file = "safetensors data"): number {
  if (fileSize < 8 || bytes.length < 8) {
    throw new SafetensorsError(file, `has ${Math.min(fileSize, bytes.length)} bytes, too few for a safetensors file`);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || length > fileSize - 8) {
    const limit = length > MAX_HEADER_BYTES ? `the limit is ${MAX_HEADER_BYTES}` : `the file has ${fileSize}`;
    const stranger = recognize(bytes);
    if (stranger) throw new SafetensorsError(file, `is ${stranger.what}, not a safetensors file`, stranger.wayOut);
    throw new SafetensorsError(file, `its header would be ${length} bytes long, ${limit}`);
  }
  return length;
}

/**
 * Reads and checks a header: dtypes, shapes, and byte ranges that cover the file without overlap or gap.
 * @param bytes the beginning of the file, at least to the end of the header
 * @param fileSize size of the whole file in bytes
 * @throws SafetensorsError at the first thing that is wrong
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, file = "safetensors data"): SafetensorsHeader {
  const length = readHeaderLength(bytes, fileSize, file);
  if (bytes.length < 8 + length) {
    throw new SafetensorsError(file, `only ${bytes.length} of the header's ${8 + length} bytes are there`);
  }
  const header = parseJson(bytes.subarray(8, 8 + length), file);
  const tensors = new Map<string, StoredTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(entry, file);
    else tensors.set(name, checkEntry(name, entry, 8 + length, file));
  }
  checkCoverage(tensors, 8 + length, fileSize, file);
  return { tensors, metadata };
}

/**
 * A safetensors header with the eight bytes before it, padded with spaces so that tensors start at a multiple of eight.
 * The tensors' bytes must follow in the order returned: widest elements first, so that each is aligned.
 * @throws SafetensorsError when a name comes twice or the header would be longer than readers accept
 */
export function encodeHeader(
  infos: Iterable<readonly [string, TensorInfo]>,
  metadata: Readonly<Record<string, string>> = {},
  file = "safetensors data",
): { readonly header: Uint8Array; readonly order: readonly string[] } {
  const advice = "Rename or split what is to be saved.";
  const sorted = [...infos].sort(([, a], [, b]) => BYTES_PER_ELEMENT[b.dtype] - BYTES_PER_ELEMENT[a.dtype]);
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set("__metadata__", checkMetadata(metadata, file));
  let end = 0;
  for (const [name, { dtype, shape }] of sorted) {
    if (entries.has(name) || name === "__metadata__") {
      throw new SafetensorsError(file, `the name ${quote(name)} is taken`, advice);
    }
    const begin = end;
    end += sizeOf(shape) * BYTES_PER_ELEMENT[dtype];
    entries.set(name, { dtype: CODES[dtype], shape, data_offsets: [begin, end] });
  }
  // Not Object.fromEntries: it would move names that are numbers to the front.
  const json = [...entries].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",");
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      file,
      `its header would be ${length} bytes long, the limit is ${MAX_HEADER_BYTES}`,
      advice,
    );
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return { header, order: sorted.map(([name]) => name) };
}

/**
 * A safetensors file as chunks of bytes: the header, then a view of each tensor's own memory (not copied).
 * @throws SafetensorsError when a name comes twice or data and shape disagree
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const entries = [...tensors];
  for (const [name, value] of entries) checkFilled(name, value);
  const { header, order } = encodeHeader(entries, metadata);
  const byName = new Map(entries);
  return [header, ...order.map((name) => bytesOf(byName.get(name) as Tensor))];
}

/** @throws SafetensorsError when data and shape of a tensor disagree */
export function checkFilled(name: string, { shape, data }: Tensor, file = "safetensors data"): void {
  if (data.length === sizeOf(shape)) return;
  const problem = `${quote(name)} of shape [${shape}] has ${data.length} elements, not ${sizeOf(shape)}`;
  throw new SafetensorsError(file, problem, "Give it data that fill its shape.");
}

function parseJson(bytes: Uint8Array, file: string): object {
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const fault = findJsonFault(text, 3);
    if (fault) throw new SyntaxError(`it ${fault}`);
    header = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(
      file,
      `its header is not valid JSON in UTF-8 (${(error as Error).message.slice(0, 200)})`,
    );
  }
  if (!isObject(header)) throw new SafetensorsError(file, `its header is ${quote(header)}, not an object of tensors`);
  return header;
}

function checkMetadata(entry: unknown, file: string): Record<string, string> {
  if (!isObject(entry)) throw new SafetensorsError(file, `its __metadata__ is ${quote(entry)}, not an object`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value === "string") continue;
    throw new SafetensorsError(file, `its metadata ${quote(key)} is ${quote(value)}, not a text`, "Store it as text.");
  }
  return entry as Record<string, string>;
}

function checkEntry(name: string, entry: unknown, dataStart: number, file: string): StoredTensor {
  const fail = (problem: string, wayOut?: string): never => {
    throw new SafetensorsError(file, `tensor ${quote(name)} ${problem}`, wayOut);
  };
  if (!isObject(entry)) return fail(`is described by ${quote(entry)}, not by dtype, shape and data_offsets`);
  const { dtype: code, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  if (typeof code !== "string" || !Object.hasOwn(DTYPES, code)) {
    return fail(
      `has the dtype ${quote(code)}`,
      `Known are ${Object.keys(DTYPES).join(", ")}: convert it to one of them.`,
    );
  }
  if (!isWholeNumbers(shape)) return fail(`has the shape ${quote(shape)}, not a list of whole numbers`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    return fail(`has the data_offsets ${quote(offsets)}, not a begin and an end`);
  }
  const dtype = DTYPES[code as keyof typeof DTYPES];
  const [begin, end] = offsets;
  const needed = sizeOf(shape) * BYTES_PER_ELEMENT[dtype];
  if (end - begin !== needed) {
    return fail(`of ${code} and shape ${quote(shape)} needs ${needed} bytes, its data_offsets give it ${end - begin}`);
  }
  return { dtype, shape, offset: dataStart + begin, length: end - begin };
}

/** The format allows neither overlap nor gap: bytes that no tensor owns could smuggle anything. */
function checkCoverage(tensors: ReadonlyMap<string, StoredTensor>, dataStart: number, fileSize: number, file: string) {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let end = dataStart;
  for (const [name, { offset, length }] of inOrder) {
    if (offset !== end) {
      const problem = offset < end ? "overlaps the tensor before it" : "leaves a gap after the tensor before it";
      throw new SafetensorsError(
        file,
        `tensor ${quote(name)} starts at byte ${offset} and ${problem}, which ends at ${end}`,
      );
    }
    end = offset + length;
    if (end > fileSize) {
      throw new SafetensorsError(file, `tensor ${quote(name)} ends at byte ${end}, but the file has only ${fileSize}`);
    }
  }
  if (end !== fileSize)
    throw new SafetensorsError(file, `its tensors end at byte ${end}, but the file has ${fileSize}`);
}

function recognize(bytes: Uint8Array): { what: string; wayOut: string } | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 8)).toLowerCase();
  if (start === "version ") {
    return { what: "a pointer of Git LFS", wayOut: "Fetch the file it stands for: git lfs pull." };
  }
  if (start.startsWith("<!doctyp") || start.startsWith("<html")) {
    return { what: "a page of HTML", wayOut: "A download went wrong: fetch the file again." };
  }
  if (start.startsWith("pk\x03\x04")) {
    return { what: "a zip archive, perhaps a PyTorch file", wayOut: "Convert it with the Python package safetensors." };
  }
  if (start.startsWith("gguf")) return { what: "a GGUF file", wayOut: "Get the model's safetensors files." };
  return undefined;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** A value for a message, cut where it is long. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
