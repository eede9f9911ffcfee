/**
 * Files at web addresses, read by ranges through `fetch`: what `Files` asks for, in browsers. There is nothing to write to, and no way to list a
 * directory: a model's usual files are asked for by name.
 */
import { FileError, isAbsent, type RandomAccessFile } from "./files.js";
import { INDEX, isShardName, SINGLE, TORCH } from "./weight-files.js";

const USUAL_NAMES = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.jinja",
  SINGLE,
  INDEX,
  TORCH,
];

/**
 * Opens an address for reading by ranges. A server that knows no ranges sends all of the file at once, which is then kept in memory.
 * @throws FileError when there is no such file, or something else comes in its place
 */
export async function openFile(path: string): Promise<RandomAccessFile> {
  const response = await request(path, { headers: { Range: "bytes=0-0" } });
  if (response.status === 200) {
    const whole = new Uint8Array(await receive(path, response));
    return opened(path, whole.length, async (offset, length) => whole.slice(offset, offset + length));
  }
  await response.body?.cancel();
  // An empty file has no byte 0: "bytes */0".
  const total = response.headers.get("Content-Range")?.match(/\/(\d+)$/)?.[1];
  const size = total === undefined ? await sizeByHead(path) : Number(total);
  return opened(path, size, (offset, length) => readRange(path, offset, length));
}

function opened(path: string, size: number, read: RandomAccessFile["read"]): RandomAccessFile {
  return {
    path,
    size,
    async read(offset, length) {
      // Checked before memory is taken for it.
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new FileError(path, `bytes ${offset} to ${offset + length} were asked for, but it has ${size}`);
      }
      return length === 0 ? new Uint8Array(0) : read(offset, length);
    },
    close: async () => {},
  };
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(path, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  if (response.status !== 206) {
    await response.body?.cancel();
    throw new FileError(path, "the server stopped answering with ranges: try again", `HTTP ${response.status}`);
  }
  const bytes = new Uint8Array(await receive(path, response));
  if (bytes.length !== length) {
    throw new FileError(path, `${bytes.length} bytes came where ${length} were asked for at ${offset}: try again`);
  }
  return bytes;
}

/** Of other origins, a page may not see every header, but always this one. */
async function sizeByHead(path: string): Promise<number> {
  const length = (await request(path, { method: "HEAD" })).headers.get("Content-Length");
  if (length === null)
    throw new FileError(path, "the server does not tell its size: let it send Content-Range or Content-Length");
  return Number(length);
}

/** Names of a model's usual files that are there, and of the shards that its index names, sorted. */
export async function listDirectory(path: string): Promise<string[]> {
  const names = await present(path, USUAL_NAMES);
  if (names.includes(INDEX)) names.push(...(await present(path, await shardNames(path))));
  return names.sort();
}

async function present(directory: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map(async (name) => ((await exists(joinPath(directory, name))) ? name : [])));
  return found.flat();
}

async function exists(path: string): Promise<boolean> {
  try {
    await request(path, { method: "HEAD" });
    return true;
  } catch (error) {
    if (error instanceof FileError && isAbsent(error)) return false;
    throw error;
  }
}

/** What is wrong with an index is said by those who read it. */
async function shardNames(directory: string): Promise<string[]> {
  const response = await request(joinPath(directory, INDEX), {});
  const index = (await response.json().catch(() => null)) as { weight_map?: object } | null;
  return [...new Set(Object.values(index?.weight_map ?? {}).filter(isShardName))];
}

export function joinPath(directory: string, name: string): string {
  return `${directory.replace(/\/+$/, "")}/${name}`;
}

export async function createDirectory(path: string): Promise<void> {
  throw readOnly(path);
}

export async function removeFile(path: string): Promise<void> {
  throw readOnly(path);
}

export async function writeFileAtomically(
  path: string,
  _chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  throw readOnly(path);
}

function readOnly(path: string): FileError {
  return new FileError(path, "web addresses can only be read: save models in Node", "EROFS");
}

/** A response that is good, partial, or about an empty file. */
async function request(path: string, init: { method?: string; headers?: Record<string, string> }): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const wayOut = "Check the address, the connection, and that the server allows this page (CORS)";
    throw new FileError(path, `cannot be fetched: ${reason}. ${wayOut}`, undefined, { cause });
  }
  const isEmptyFile = response.status === 416 && response.headers.get("Content-Range") === "bytes */0";
  if (!response.ok && !isEmptyFile) {
    await response.body?.cancel();
    const problem =
      response.status === 404
        ? "there is no such file. Check the address"
        : `the server refuses it (${response.status})`;
    throw new FileError(path, problem, `HTTP ${response.status}`);
  }
  // Servers of single-page applications answer what they do not have with their page.
  if (response.headers.get("Content-Type")?.startsWith("text/html")) {
    await response.body?.cancel();
    throw new FileError(path, "the server answered with an HTML page, not with the file. Check the address", "HTML");
  }
  return response;
}

async function receive(path: string, response: Response): Promise<ArrayBuffer> {
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    throw new FileError(path, "the connection broke while it was read: try again", undefined, { cause });
  }
}
