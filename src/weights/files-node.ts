/** Files on a disk, through Node: what `Files` asks for. */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FileError, type RandomAccessFile } from "./files.js";

/** The system reads and writes at most 2 GiB in a call. */
const MAX_CALL_BYTES = 2 ** 30;

/** Opens a file for reading by ranges. @throws FileError when there is no such file, or it may not be read */
export async function openFile(path: string): Promise<RandomAccessFile> {
  const handle = await attempt(path, "read", () => open(path, "r"));
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new FileError(path, "is not a file: give the path of a file", "EISDIR");
  }
  return {
    path,
    size: stats.size,
    read: (offset, length) => attempt(path, "read", () => readRange(handle, path, stats.size, offset, length)),
    close: () => handle.close(),
  };
}

async function readRange(handle: FileHandle, path: string, size: number, offset: number, length: number) {
  // Checked before memory is taken for it.
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new FileError(path, `bytes ${offset} to ${offset + length} were asked for, but it has ${size}`);
  }
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, MAX_CALL_BYTES), offset + done);
    if (bytesRead === 0) throw new FileError(path, `was cut at byte ${offset + done} while it was read: try again`);
    done += bytesRead;
  }
  return bytes;
}

/** Names of the files (and what links to files) in a directory, sorted. @throws FileError when there is no such directory */
export async function listDirectory(path: string): Promise<string[]> {
  const entries = await attempt(path, "read", () => readdir(path, { withFileTypes: true }));
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export function joinPath(directory: string, name: string): string {
  return join(directory, name);
}

/** Makes a directory, and those above it. */
export async function createDirectory(path: string): Promise<void> {
  await attempt(path, "create", async () => {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      // Node says so too where the disk is read-only; asked for the one directory, the system says why.
      await mkdir(path);
    }
  });
}

/** Removes a file if it is there. */
export async function removeFile(path: string): Promise<void> {
  await attempt(path, "remove", () => rm(path, { force: true }));
}

/**
 * Writes a file beside (`NAME.….tmp`), flushes it to the disk and renames it: whatever happens, and whenever, `path` holds
 * either what it held before or all of the chunks.
 * @throws FileError when the disk is full and the like, and for what is no file (a device, a pipe), which renaming would do away with; errors of
 * `chunks` as they are
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats && !stats.isFile() && !stats.isDirectory())
    throw new FileError(path, "is no file: give the path of a file");
  const temporary = `${path}.${randomUUID()}.tmp`;
  const handle = await attempt(path, "write", () => open(temporary, "wx"));
  try {
    try {
      for await (const chunk of chunks) await attempt(path, "write", () => writeAll(handle, chunk));
      await attempt(path, "write", () => handle.sync());
    } finally {
      await handle.close();
    }
    await attempt(path, "write", () => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Writes all of a chunk at `position`, or after what was written before. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array, position?: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const length = Math.min(chunk.length - done, MAX_CALL_BYTES);
    const { bytesWritten } = await handle.write(chunk, done, length, position === undefined ? null : position + done);
    done += bytesWritten;
  }
}

/** Makes a rename survive a power failure; systems that cannot open directories do without. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Runs a call on a file; what the system says becomes a `FileError` with the path and a way out. */
export async function attempt<T>(path: string, verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FileError(path, `cannot ${verb} it: ${explain(code, message)}`, code, { cause: error });
  }
}

function explain(code: string | undefined, message: string): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file or directory. Check the path";
    case "EACCES":
    case "EPERM":
      return "permission is denied. Check its owner and mode";
    case "EROFS":
      return "the disk is read-only. Choose another place";
    case "ENOSPC":
    case "EDQUOT":
      return "no space is left on the disk. Free some and try again; what was there before is untouched";
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
      return `a file and a directory are mixed up (${code}). Check the path`;
    case "EMFILE":
    case "ENFILE":
      return "too many files are open. Raise the limit (ulimit -n)";
    default:
      return message;
  }
}
