/** Examples from a JSONL file, one record a line. Only the places of the lines are kept in memory; blank lines do not count. */
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { DataError, type Example, type ExampleSource } from "./example.js";
import { openImage } from "./image-files-node.js";
import { exampleFromRecord } from "./record.js";

export interface FileSourceOptions {
  readonly path: string;
  readonly name?: string;
  /** What {caption, image} teaches: to draw (the default) or to describe. */
  readonly captionTask?: "t2i" | "mmu";
}

/** Where a line's bytes are, and its number as editors count. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly number: number;
}

/**
 * Goes through the file once for its lines. Forms of records: see `record.ts`; images are paths relative to the file, or base64.
 * @throws DataError when there is no such file, or it has no records
 */
export async function jsonlSource({ path, name, captionTask }: FileSourceOptions): Promise<ExampleSource> {
  const { lines, readLine, close } = await openJsonl(path);
  const directory = dirname(resolve(path));
  return {
    name: name ?? basename(path),
    length: lines.length,
    async read(index): Promise<Example> {
      const { record, place } = await readLine(index);
      const key = `${resolve(path)}:${lines[index].number}`;
      return exampleFromRecord(record, {
        place,
        ...(captionTask ? { captionTask } : {}),
        openImage: (value) => openImage(value, place, directory, key),
      });
    },
    dispose: close,
  };
}

/** A JSONL file as parsed records by index, each with its place. */
export async function openJsonl(path: string): Promise<{
  lines: readonly Line[];
  readLine(index: number): Promise<{ record: unknown; place: string }>;
  close(): Promise<void>;
}> {
  const handle = await openDataFile(path);
  const lines = await findLines(handle);
  if (lines.length === 0) {
    await handle.close();
    throw new DataError(path, "the file has no records: one JSON object a line is expected");
  }
  return {
    lines,
    async readLine(index) {
      const { start, end, number } = checkedAt(lines, index, path);
      const place = `${path}:${number}`;
      const text = new TextDecoder().decode(await readRange(handle, start, end - start, place));
      try {
        return { record: JSON.parse(text) as unknown, place };
      } catch (cause) {
        throw new DataError(place, `not JSON: ${cause instanceof Error ? cause.message : cause}`);
      }
    },
    close: () => handle.close(),
  };
}

/** @throws DataError when the file cannot be opened */
export async function openDataFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new DataError(path, `cannot be opened: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** @throws DataError when the file ends before */
export async function readRange(handle: FileHandle, start: number, length: number, place: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new DataError(place, "the file is shorter than when it was opened");
    done += bytesRead;
  }
  return bytes;
}

/** @throws RangeError for an index outside of the list */
export function checkedAt<T>(items: readonly T[], index: number, what: string): T {
  if (Number.isInteger(index) && index >= 0 && index < items.length) return items[index];
  throw new RangeError(`${what} has records 0 to ${items.length - 1}, not ${index}`);
}

const NEWLINE = 10;

async function findLines(handle: FileHandle): Promise<Line[]> {
  const lines: Line[] = [];
  const buffer = new Uint8Array(1 << 20);
  let [offset, start, number, isBlank] = [0, 0, 1, true];
  const finish = (end: number): void => {
    if (!isBlank) lines.push({ start, end, number });
    [start, number, isBlank] = [end + 1, number + 1, true];
  };
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) break;
    for (let i = 0; i < bytesRead; i++) {
      if (buffer[i] === NEWLINE) finish(offset + i);
      else if (buffer[i] > 32) isBlank = false;
    }
    offset += bytesRead;
  }
  finish(offset);
  return lines;
}
