/** Files of data, found, opened and read by ranges, with errors that say which file, and where in it. */
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { DataError } from "./example.js";

/** Parsed records by index, each with its place for messages. */
export interface RecordFile {
  readonly length: number;
  /** @throws DataError when the record cannot be parsed */
  read(index: number): Promise<{ readonly record: unknown; readonly place: string }>;
  close(): Promise<void>;
}

/** Whether a file, or a folder on the way to it, has a name that begins with a dot: systems keep their own there ("._a.png"). */
export function isHidden(path: string): boolean {
  return path.split(sep).some((name) => name.startsWith("."));
}

/**
 * The files of a dataset: the path itself, or what is in it where it is a folder, in the order of their names. Folders within, and hidden
 * files, do not count.
 * @param endings in small letters, with their dots
 * @throws DataError when the folder has no file with one of the endings
 */
export async function listDataFiles(path: string, endings: readonly string[]): Promise<string[]> {
  // What is not there is said by those who open it.
  if (!(await isDirectory(path))) return [path];
  const isWanted = (name: string) => !isHidden(name) && endings.includes(extname(name).toLowerCase());
  const files: string[] = [];
  for (const name of (await readdir(path)).filter(isWanted).sort())
    if (!(await isDirectory(join(path, name)))) files.push(join(path, name));
  if (files.length > 0) return files;
  throw new DataError(path, `the folder has no ${endings.join(" or ")} file: give the folder that has, or a file`);
}

async function isDirectory(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ?? false;
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

const WAY_OUT = "convert the file, iconv -f latin1 -t utf-8 for instance";

/** Text without its byte order mark. @throws DataError for bytes that are no UTF-8, which would be learnt as signs that nobody wrote */
export function decodeText(bytes: Uint8Array, place: string, wayOut = WAY_OUT): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(place, `not UTF-8: ${wayOut}`);
  }
}

/** @throws RangeError for an index outside of the list */
export function checkedAt<T>(items: readonly T[], index: number, what: string): T {
  if (Number.isInteger(index) && index >= 0 && index < items.length) return items[index];
  throw new RangeError(`${what} has records 0 to ${items.length - 1}, not ${index}`);
}
