/** Files of data, opened and read by ranges, with errors that say which file, and where in it. */
import { type FileHandle, open } from "node:fs/promises";
import { DataError } from "./example.js";

/** Parsed records by index, each with its place for messages. */
export interface RecordFile {
  readonly length: number;
  /** @throws DataError when the record cannot be parsed */
  read(index: number): Promise<{ readonly record: unknown; readonly place: string }>;
  close(): Promise<void>;
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
