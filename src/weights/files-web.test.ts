import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FileError, type Files } from "./files.js";
import * as web from "./files-web.js";

const data = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);
const index = { weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" } };
const files: Record<string, Uint8Array> = {
  "/data.bin": data,
  "/empty.bin": new Uint8Array(0),
  "/single/model.safetensors": data,
  "/single/config.json": new TextEncoder().encode("{}"),
  "/store/model.safetensors": data,
  "/sharded/model.safetensors.index.json": new TextEncoder().encode(JSON.stringify(index)),
  "/sharded/model-00001-of-00002.safetensors": data,
  "/blobs/index": new TextEncoder().encode(
    JSON.stringify({
      weight_map: { a: "a.safetensors", b: "http://[", c: "http://127.0.0.1:1/c.safetensors", d: "../d" },
    }),
  ),
  "/redirected/a.safetensors": data,
};

/** `/store/…` refuses what is absent, `/whole/…` knows no ranges, `/hidden/…` tells no Content-Range, `/app/…` answers everything with a page, `/short/…` sends too little, `/redirected/…` has its index elsewhere, as the Hub. */
let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const [, mode] = request.url?.match(/^\/(whole|hidden|short)\//) ?? [];
    const url = mode ? (request.url as string).slice(mode.length + 1) : (request.url as string);
    if (url.startsWith("/app/"))
      return response.setHeader("Content-Type", "text/html; charset=utf-8").end("<!doctype html>");
    if (url === "/redirected/model.safetensors.index.json")
      return response.writeHead(307, { Location: "/blobs/index" }).end();
    if (url === "/refused") return response.writeHead(403).end();
    const content = files[url];
    if (!content) return response.writeHead(url.startsWith("/store/") ? 403 : 404).end();
    const range = request.headers.range?.match(/bytes=(\d+)-(\d+)/);
    if (!range || mode === "whole") return response.setHeader("Content-Length", content.length).end(content);
    if (content.length === 0) return response.writeHead(416, { "Content-Range": "bytes */0" }).end();
    const [start, end] = [Number(range[1]), Number(range[2])];
    response.statusCode = 206;
    if (mode !== "hidden") response.setHeader("Content-Range", `bytes ${start}-${end}/${content.length}`);
    return response.end(content.subarray(start, mode === "short" && end > 0 ? end : end + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test("is what Files asks for", () => {
  const all: Files = web;
  expect(Object.keys(all).sort()).toEqual(
    ["createDirectory", "joinPath", "listDirectory", "openFile", "removeFile", "writeFileAtomically"].sort(),
  );
});

test.each(["", "/whole", "/hidden"])("ranges of a file (%j)", async (mode) => {
  const file = await web.openFile(`${base}${mode}/data.bin`);
  expect(file.size).toBe(1000);
  expect(await file.read(100, 50)).toEqual(data.slice(100, 150));
  expect(await file.read(999, 1)).toEqual(data.slice(999));
  expect(await file.read(1000, 0)).toEqual(new Uint8Array(0));
  await expect(file.read(990, 20)).rejects.toThrow("it has 1000");
  await file.close();
});

test("an empty file", async () => {
  for (const mode of ["", "/whole"]) expect((await web.openFile(`${base}${mode}/empty.bin`)).size).toBe(0);
});

test("too few bytes are an error", async () => {
  const file = await web.openFile(`${base}/short/data.bin`);
  await expect(file.read(10, 20)).rejects.toThrow("19 bytes came where 20");
});

test("what is not there, refused, a page in its place, or no server", async () => {
  for (const [path, words] of [
    [`${base}/nothing`, "no such file"],
    [`${base}/refused`, "403"],
    [`${base}/app/model.safetensors`, "HTML page"],
    ["http://127.0.0.1:1/data.bin", "cannot be fetched"],
  ]) {
    const failure = web.openFile(path);
    await expect(failure).rejects.toThrow(FileError);
    await expect(failure).rejects.toThrow(words);
  }
});

test("a model's files are found by their usual names, shards by the index", async () => {
  expect(await web.listDirectory(`${base}/single`)).toEqual(["config.json", "model.safetensors"]);
  expect(await web.listDirectory(`${base}/sharded/`)).toEqual([
    "model-00001-of-00002.safetensors",
    "model.safetensors.index.json",
  ]);
  // Where shards are opened, wherever the index is sent from; what is no name of a shard is not asked for.
  expect(await web.listDirectory(`${base}/redirected`)).toEqual(["a.safetensors", "model.safetensors.index.json"]);
  expect(await web.listDirectory(`${base}/app`)).toEqual([]);
  expect(await web.listDirectory(`${base}/store`)).toEqual(["model.safetensors"]);
  await expect(web.listDirectory("http://127.0.0.1:1/x")).rejects.toThrow(FileError);
});

test("nothing can be written", async () => {
  const calls = [web.createDirectory(base), web.removeFile(base), web.writeFileAtomically(base, [])];
  for (const call of calls) await expect(call).rejects.toThrow("only be read");
});
