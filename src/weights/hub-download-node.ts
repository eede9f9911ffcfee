/**
 * One file from the Hub into a cache of blobs: goes on where an earlier attempt stopped, and gives the file its name only
 * when size and hash are right.
 *
 * Bytes are written at their own places, so that two processes that fetch the same blob write the same bytes to the same
 * places: no lock is needed.
 */
import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { attempt, writeAll } from "./files-node.js";
import { HubError } from "./hub.js";
import { sizeOfFile } from "./hub-cache-node.js";
import { chunksOf, connectionError, type HubClient, hubFetch } from "./hub-request-node.js";

export interface RemoteFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the contents (64 digits), or Git's SHA-1 of them (40 digits): the blob's name. */
  readonly hash: string;
}

export interface BlobOptions {
  /** How often a broken connection is tried again, waiting 1, 2, 4, … seconds. */
  readonly retries: number;
  /** Told how many bytes of the file are there, after each piece. */
  onBytes?(numBytes: number): void;
}

/**
 * Downloads a file to `blobPath`, by way of `blobPath.incomplete`, which is kept when the download is interrupted.
 * @throws HubError when the Hub or what it sends is no good; FileError when the disk is; the signal's reason when aborted
 */
export async function downloadBlob(
  client: HubClient,
  url: string,
  file: RemoteFile,
  blobPath: string,
  options: BlobOptions,
): Promise<void> {
  await attempt(blobPath, "create", () => mkdir(dirname(blobPath), { recursive: true }));
  for (let numFailures = 0; ; numFailures++) {
    try {
      return await downloadOnce(client, url, file, blobPath, options);
    } catch (error) {
      const isTransient = error instanceof HubError && error.isTransient;
      if (!isTransient || numFailures >= options.retries) throw error;
      await setTimeout(1000 * 2 ** numFailures, undefined, { signal: client.signal }).catch(() => undefined);
      client.signal?.throwIfAborted();
    }
  }
}

async function downloadOnce(
  client: HubClient,
  url: string,
  file: RemoteFile,
  blobPath: string,
  { onBytes }: BlobOptions,
): Promise<void> {
  const partial = `${blobPath}.incomplete`;
  const hash = startHash(file);
  let start = 0;
  // From here on through the handle: another process may rename the file at any time.
  const handle = await attempt(partial, "write", () => open(partial, constants.O_RDWR | constants.O_CREAT));
  try {
    start = (await handle.stat()).size;
    if (start > file.size) {
      await handle.truncate(0);
      start = 0;
    }
    if (start > 0) {
      for await (const piece of handle.createReadStream({ start: 0, end: start - 1, autoClose: false })) {
        client.signal?.throwIfAborted();
        hash.update(piece);
      }
    }
    onBytes?.(start);
    let position = start;
    for await (const piece of start < file.size ? receive(client, url, file, start) : []) {
      hash.update(piece);
      await attempt(partial, "write", () => writeAll(handle, piece, position));
      position += piece.length;
      onBytes?.(position);
    }
    await attempt(partial, "write", () => handle.sync());
  } finally {
    await handle.close();
  }
  const digest = hash.digest("hex");
  if (digest !== file.hash) {
    await rm(partial, { force: true });
    const message = `${file.path} of ${client.id} arrived with the hash ${digest}, not ${file.hash}.`;
    // What an earlier attempt left may be to blame: once more from the beginning.
    throw new HubError(`${message} It was thrown away; try again, or check HF_ENDPOINT.`, { isTransient: start > 0 });
  }
  await attempt(blobPath, "write", async () => {
    await rename(partial, blobPath).catch(async (error) => {
      if ((await sizeOfFile(blobPath)) !== file.size) throw error; // unless another process was first
    });
  });
}

/** The bytes of a file from `start` to its end, no more and no fewer. */
async function* receive(client: HubClient, url: string, file: RemoteFile, start: number): AsyncGenerator<Uint8Array> {
  const response = await hubFetch(client, url, {
    "accept-encoding": "identity",
    ...(start > 0 ? { range: `bytes=${start}-` } : {}),
  });
  try {
    checkAnswer(client, file, start, response);
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  // A server that knows no ranges sends it all: what is there already is passed over.
  let position = response.status === 206 ? start : 0;
  for await (const chunk of chunksOf(client, response)) {
    const numKnown = Math.min(Math.max(start - position, 0), chunk.length);
    position += chunk.length;
    if (position > file.size) {
      const { endpoint, id } = client;
      throw new HubError(
        `${endpoint} sends more than the ${file.size} bytes of ${file.path} of ${id}. Check HF_ENDPOINT.`,
      );
    }
    yield chunk.subarray(numKnown);
  }
  if (position < file.size) {
    throw connectionError(client.endpoint, new Error(`${file.path} ended after ${position} of ${file.size} bytes`));
  }
}

function checkAnswer(client: HubClient, file: RemoteFile, start: number, { status, headers }: Response): void {
  if (headers.get("content-type")?.startsWith("text/html")) {
    const wayOut = "A proxy or a login page may stand between: open the address in a browser.";
    throw new HubError(`${client.endpoint} sent a page of HTML in place of ${file.path} of ${client.id}. ${wayOut}`);
  }
  if (status === 206) {
    const [, first, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
    if (Number(first) !== start || (total !== "*" && Number(total) !== file.size)) {
      const range = headers.get("content-range");
      throw new HubError(
        `${client.endpoint} sent the range ${range} of ${file.path}, not bytes ${start}- of ${file.size}.`,
      );
    }
  } else if (Number(headers.get("content-length") ?? file.size) !== file.size) {
    const problem = `sent ${headers.get("content-length")} bytes for ${file.path} of ${client.id}, which has ${file.size}`;
    throw new HubError(`${client.endpoint} ${problem}. Try again, or check HF_ENDPOINT.`);
  }
}

function startHash({ hash, size }: RemoteFile): Hash {
  return hash.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}
