/** Examples from a JSONL file, one record a line. Only the places of the lines are kept in memory; blank lines do not count. */
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { checkedAt, decodeText, openDataFile, type RecordFile, readRange } from "./data-file-node.js";
import { DataError, type Example, type ExampleSource } from "./example.js";
import { openImage } from "./image-files-node.js";
import { exampleFromRecord } from "./record.js";

/** Which file examples come from, and what they teach. */
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
 * @throws DataError when there is no such file, or it cannot be read or has no records
 */
export async function jsonlSource({ path, name, captionTask }: FileSourceOptions): Promise<ExampleSource> {
  const { length, read, close } = await openJsonl(path);
  const directory = dirname(resolve(path));
  return {
    name: name ?? basename(path),
    length,
    async read(index): Promise<Example> {
      const { record, place } = await read(index);
      const key = `${directory}/${basename(place)}`;
      return exampleFromRecord(record, {
        place,
        ...(captionTask ? { captionTask } : {}),
        openImage: (value) => openImage(value, place, directory, key),
      });
    },
    dispose: close,
  };
}

/** A JSONL file as parsed records by index, each with its place. @throws as `jsonlSource` */
export async function openJsonl(path: string): Promise<RecordFile> {
  const handle = await openDataFile(path);
  let lines: Line[];
  try {
    lines = await findLines(handle, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    length: lines.length,
    async read(index) {
      const { start, end, number } = checkedAt(lines, index, path);
      const place = `${path}:${number}`;
      const text = decodeText(await readRange(handle, start, end - start, place), place);
      try {
        return { record: JSON.parse(text) as unknown, place };
      } catch (cause) {
        throw new DataError(place, `not JSON: ${cause instanceof Error ? cause.message : cause}`);
      }
    },
    close: () => handle.close(),
  };
}

const NEWLINE = 10;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** @throws DataError when the file cannot be read, or has no records */
async function findLines(handle: FileHandle, path: string): Promise<Line[]> {
  const lines: Line[] = [];
  const buffer = new Uint8Array(1 << 20);
  let [offset, start, number, isBlank] = [0, 0, 1, true];
  const finish = (end: number): void => {
    if (!isBlank) lines.push({ start, end, number });
    [start, number, isBlank] = [end + 1, number + 1, true];
  };
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset).catch((cause: Error) => {
      throw new DataError(path, `cannot be read: ${cause.message}`);
    });
    if (bytesRead === 0) break;
    const isMarked = offset === 0 && BYTE_ORDER_MARK.every((byte, i) => buffer[i] === byte);
    for (let i = isMarked ? BYTE_ORDER_MARK.length : 0; i < bytesRead; i++) {
      if (buffer[i] === NEWLINE) finish(offset + i);
      else if (buffer[i] > 32) isBlank = false;
    }
    offset += bytesRead;
  }
  finish(offset);
  if (lines.length === 0) throw new DataError(path, "the file has no records: one JSON object a line is expected");
  return lines;
}
