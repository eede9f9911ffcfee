/** A Hub on this machine: directories served as models, over the part of the Hub's protocol that downloads use. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative, sep } from "node:path";
import { onTestFinished } from "vitest";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

export interface HubServer {
  readonly endpoint: string;
  /** Files that were asked for, as `owner/name/file`, with the byte they were asked from. */
  readonly downloads: { readonly file: string; readonly start: number }[];
  /** Breaks the connection within a file, once. */
  cut?: Place;
  /** Keeps a file waiting; what comes after is never sent. */
  stall?: Place;
}

/** A file, as `owner/name/file`, and how many bytes of it are sent. */
export interface Place {
  readonly file: string;
  readonly numBytes: number;
}

/** Files of a directory that are not to be served. */
export type Exclude = (path: string) => boolean;

/** @param models directories by id, or a directory and what to leave out of it */
export async function serveHub(
  models: Readonly<Record<string, string | { directory: string; exclude: Exclude }>>,
): Promise<HubServer> {
  const repositories = new Map<string, Map<string, Buffer>>();
  for (const [id, model] of Object.entries(models)) {
    const { directory, exclude } = typeof model === "string" ? { directory: model, exclude: () => false } : model;
    repositories.set(id, await readAll(directory, exclude));
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://hub").pathname);
    const [, id = "", what = ""] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
    const files = repositories.get(id);
    if (!files) response.writeHead(404, { "x-error-code": "RepoNotFound" }).end("Repository not found");
    else if (what.startsWith("revision/"))
      sendJson(response, { _id: "1", id, sha: COMMIT, lastModified: "2026-01-01T00:00:00.000Z" });
    else if (what === `tree/${COMMIT}`) sendJson(response, [...files].map(listing));
    else {
      const file = what.slice(`resolve/${COMMIT}/`.length);
      const bytes = files.get(file);
      if (bytes) sendFile(hub, response, `${id}/${file}`, bytes, request.headers.range);
      else response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const hub: HubServer = { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, downloads: [] };
  return hub;
}

async function readAll(directory: string, exclude: Exclude): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path).split(sep).join("/");
    if (!exclude(name)) files.set(name, await readFile(path));
  }
  return files;
}

function listing([path, bytes]: [string, Buffer]): object {
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const isLarge = path.endsWith(".safetensors");
  const lfs = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, pointerSize: 130 };
  return { type: "file", path, size: bytes.length, oid, ...(isLarge ? { lfs } : {}) };
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json; charset=utf-8").end(JSON.stringify(value));
}

function sendFile(hub: HubServer, response: ServerResponse, file: string, bytes: Buffer, range = ""): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
  hub.downloads.push({ file, start });
  if (start > 0) response.setHeader("content-range", `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(start > 0 ? 206 : 200, { "content-length": bytes.length - start });
  const { cut, stall } = hub;
  if (cut?.file === file) {
    hub.cut = undefined;
    response.write(bytes.subarray(start, cut.numBytes), () => setTimeout(() => response.destroy(), 20));
  } else if (stall?.file === file) {
    response.write(bytes.subarray(start, stall.numBytes));
  } else {
    response.end(bytes.subarray(start));
  }
}
