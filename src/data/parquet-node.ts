/**
 * Examples from a Parquet file, one a row. A row group is decoded whole and the last few are kept, so that an order that stays
 * near costs little; in a shuffled one, files of small row groups read faster.
 */
import { basename, dirname, resolve } from "node:path";
import { type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { decodeText, openDataFile, type RecordFile, readRange } from "./data-file-node.js";
import { DataError, type Example, type ExampleSource } from "./example.js";
import { openImage } from "./image-files-node.js";
import type { FileSourceOptions } from "./jsonl-node.js";
import { exampleFromRecord } from "./record.js";

/** Which file examples come from, and which columns hold what. */
export interface ParquetSourceOptions extends FileSourceOptions {
  /** Field of a record (`prompt`, `image`, …: see `record.ts`) → column of the file. Default: every column under its own name. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Decoded row groups kept in memory. Default 4. */
  readonly numKeptGroups?: number;
}

type Row = Record<string, unknown>;

/** @throws DataError when the file is no Parquet or lacks a column */
export async function parquetSource(options: ParquetSourceOptions): Promise<ExampleSource> {
  const { path, captionTask } = options;
  const { length, read, close } = await openParquet(path, options);
  const directory = dirname(resolve(path));
  return {
    name: options.name ?? basename(path),
    length,
    async read(index): Promise<Example> {
      const { record, place } = await read(index);
      return exampleFromRecord(record, {
        place,
        ...(captionTask ? { captionTask } : {}),
        openImage: (value) => openImage(value, place, directory, `${resolve(path)}:${index + 1}`),
      });
    },
    dispose: close,
  };
}

/** The rows as records; texts are decoded, pictures stay bytes. @throws DataError when the file is no Parquet or lacks a column */
export async function openParquet(
  path: string,
  { columns, numKeptGroups = 4 }: Pick<ParquetSourceOptions, "columns" | "numKeptGroups"> = {},
): Promise<RecordFile> {
  const handle = await openDataFile(path);
  try {
    const { size } = await handle.stat();
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const from = start < 0 ? size + start : start;
      return (await readRange(handle, from, end - from, path)).buffer as ArrayBuffer;
    };
    const file = { byteLength: size, slice };
    const metadata = await parquetMetadataAsync(file);
    const groups = rowGroups(path, metadata);
    const names = columns && [...new Set(Object.values(columns))];
    checkColumns(path, names ?? [], topLevelColumns(metadata));
    const readGroup = keepLast(numKeptGroups, async (group: number): Promise<Row[]> => {
      const { start, end } = groups[group];
      // Texts are decoded below: with `utf8` pictures stored as plain bytes would be broken.
      const rows = parquetReadObjects({
        file,
        metadata,
        compressors,
        rowStart: start,
        rowEnd: end,
        utf8: false,
        parsers: { stringFromBytes: textOrBytes },
        ...(names ? { columns: names } : {}),
      });
      return (await rows) as Row[];
    });
    const length = groups.at(-1)?.end ?? 0;
    return {
      length,
      async read(index) {
        if (!Number.isInteger(index) || index < 0 || index >= length)
          throw new RangeError(`${path} has records 0 to ${length - 1}, not ${index}`);
        const group = groupOf(groups, index);
        const place = `${path} row ${index + 1}`;
        const rows = await readGroup(group).catch((cause: unknown) => {
          throw new DataError(place, `its row group cannot be read: ${cause instanceof Error ? cause.message : cause}`);
        });
        return { record: mapRow(rows[index - groups[group].start], columns, place), place };
      },
      close: () => handle.close(),
    };
  } catch (cause) {
    await handle.close();
    if (cause instanceof DataError) throw cause;
    throw new DataError(path, `cannot be read as Parquet: ${cause instanceof Error ? cause.message : cause}`);
  }
}

interface RowGroup {
  readonly start: number;
  readonly end: number;
}

/** Where each group's rows are. @throws DataError for counts that are none, or do not add up */
function rowGroups(path: string, metadata: FileMetaData): RowGroup[] {
  let start = 0;
  const groups = metadata.row_groups.map(({ num_rows }) => ({ start, end: (start += Number(num_rows)) }));
  const areCounts = groups.every((group) => Number.isSafeInteger(group.end) && group.end >= group.start);
  if (areCounts && start === Number(metadata.num_rows)) return groups;
  const counts = metadata.row_groups.slice(0, 8).map(({ num_rows }) => String(num_rows));
  if (counts.length < groups.length) counts.push("…");
  throw new DataError(
    path,
    `its row groups of ${counts.join(", ")} rows are not the ${metadata.num_rows} rows it says`,
  );
}

/** The first group that ends behind a row: those without rows are passed over. */
function groupOf(groups: readonly RowGroup[], row: number): number {
  let [low, high] = [0, groups.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (groups[middle].end > row) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Without what is within lists and structures: the schema is a tree, written down from its root. */
function topLevelColumns({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  for (let at = 1; at < schema.length; at = endOfSubtree(schema, at)) names.push(schema[at].name);
  return names;
}

function endOfSubtree(schema: FileMetaData["schema"], at: number): number {
  let end = at + 1;
  for (let child = 0; child < (schema[at].num_children ?? 0); child++) end = endOfSubtree(schema, end);
  return end;
}

function checkColumns(path: string, wanted: readonly string[], found: readonly string[]): void {
  const missing = wanted.filter((name) => !found.includes(name));
  if (missing.length > 0) throw new DataError(path, `no column ${missing.join(", ")}; there are ${found.join(", ")}`);
}

/** A field is made text when it is asked for: bytes in a column that nobody reads break no record. */
function mapRow(row: Row, columns: Readonly<Record<string, string>> | undefined, place: string): Row {
  const entries = columns
    ? Object.entries(columns).map(([field, column]) => [field, row[column]] as const)
    : Object.entries(row);
  const record: Row = {};
  for (const [field, value] of entries) {
    const read = field === "image" || field === "images" ? withTextPath : asText;
    Object.defineProperty(record, field, { enumerable: true, get: () => read(value, `${place} ${field}`) });
  }
  return record;
}

const strictly = new TextDecoder("utf-8", { fatal: true });

/** What a column of texts holds; what is no UTF-8 stays bytes, which `asText` refuses with the place of its record. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return bytes && strictly.decode(bytes);
  } catch {
    return bytes;
  }
}

/**
 * Bytes to text wherever they stand, messages included; times and whole numbers of 64 bits to what JSON knows: metadata is written as it.
 * @throws DataError for bytes that are no UTF-8
 */
function asText(value: unknown, place: string): unknown {
  if (value instanceof Uint8Array) return decodeText(value, place, "write the column as UTF-8");
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return value.map((part) => asText(part, place));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asText(part, place)]));
}

/** An image column holds bytes, {bytes, path}, or a path as text. */
function withTextPath(value: unknown, place: string): unknown {
  if (value instanceof Uint8Array) return isPicture(value) ? value : asText(value, place);
  if (Array.isArray(value)) return value.map((part) => withTextPath(part, place));
  if (typeof value !== "object" || value === null) return value;
  const { bytes, path } = value as Row;
  return { bytes, path: asText(path, place) };
}

/** PNG, JPEG, GIF, WebP and the like all begin with a byte, or hold one soon, that no path has. */
function isPicture(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 32).some((byte) => byte < 32 || byte > 0xf7);
}

/** Remembers the results of the last `count` different keys. */
function keepLast<T>(count: number, read: (key: number) => Promise<T>): (key: number) => Promise<T> {
  const kept = new Map<number, Promise<T>>();
  return (key) => {
    const result = kept.get(key) ?? read(key);
    kept.delete(key);
    kept.set(key, result);
    // A failure is not remembered: the next reader tries again.
    result.catch(() => kept.delete(key));
    if (kept.size > count) kept.delete(kept.keys().next().value as number);
    return result;
  };
}
