import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FileError, type Files } from "./files.js";
import * as nodeFiles from "./files-node.js";

const { openFile, listDirectory, removeFile, writeFileAtomically } = nodeFiles satisfies Files;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-files-"));
});
afterEach(() => rm(directory, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

it("reads ranges in memory of their own", async () => {
  const path = join(directory, "a");
  await writeFile(path, "0123456789");
  const file = await openFile(path);
  expect(file.size).toBe(10);
  const part = await file.read(3, 4);
  expect(new TextDecoder().decode(part)).toBe("3456");
  expect([part.byteOffset, part.buffer.byteLength]).toEqual([0, 4]);
  expect((await file.read(10, 0)).length).toBe(0);
  await expect(file.read(8, 3)).rejects.toThrow(/bytes 8 to 11 were asked for, but it has 10/);
  await expect(file.read(-1, 3)).rejects.toThrow(FileError);
  await expect(file.read(0, 2 ** 50)).rejects.toThrow(/but it has 10/);
  await file.close();
});

it("says so when a file is cut while it is open", async () => {
  const path = join(directory, "a");
  await writeFile(path, "0123456789");
  const file = await openFile(path);
  await writeFile(path, "0123");
  await expect(file.read(2, 8)).rejects.toThrow(/was cut at byte 4/);
  await file.close();
});

it("reads beyond 4 GB", async () => {
  const path = join(directory, "large");
  const handle = await open(path, "w");
  const place = 2 ** 32 + 12_345;
  await handle.write(bytes("here"), 0, 4, place); // a hole before it: takes no space
  await handle.close();
  const file = await openFile(path);
  expect(file.size).toBe(place + 4);
  expect(new TextDecoder().decode(await file.read(place - 1, 5))).toBe("\0here");
  await file.close();
});

it("says what is wrong with a path", async () => {
  await expect(openFile(join(directory, "none"))).rejects.toThrow(/none: cannot read it: there is no such file/);
  await expect(openFile(join(directory, "none"))).rejects.toMatchObject({
    code: "ENOENT",
    path: join(directory, "none"),
  });
  await expect(openFile(directory)).rejects.toThrow(/is not a file/);
  await expect(listDirectory(join(directory, "none"))).rejects.toThrow(FileError);
  await expect(writeFileAtomically(join(directory, "no", "a"), [])).rejects.toThrow(
    /cannot write it: there is no such/,
  );
});

it("lists files, not directories, and removes what may not be there", async () => {
  await writeFile(join(directory, "b"), "");
  await writeFile(join(directory, "a"), "");
  await mkdir(join(directory, "c"));
  expect(await listDirectory(directory)).toEqual(["a", "b"]);
  await removeFile(join(directory, "a"));
  await removeFile(join(directory, "a"));
  expect(await listDirectory(directory)).toEqual(["b"]);
});

it("writes chunks, replacing what was there", async () => {
  const path = join(directory, "a");
  await writeFile(path, "something long that was there before");
  await writeFileAtomically(path, [bytes("one "), bytes(""), bytes("two")]);
  expect(await readFile(path, "utf8")).toBe("one two");
  await writeFileAtomically(
    path,
    (async function* () {
      yield bytes("three");
    })(),
  );
  expect(await readFile(path, "utf8")).toBe("three");
  expect(await readdir(directory)).toEqual(["a"]);
});

it("leaves the old file and nothing else when the chunks fail", async () => {
  const path = join(directory, "a");
  await writeFile(path, "old");
  const chunks = (function* () {
    yield bytes("new");
    throw new RangeError("no more");
  })();
  await expect(writeFileAtomically(path, chunks)).rejects.toThrow(new RangeError("no more"));
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(directory)).toEqual(["a"]);
});

it("leaves the old file and nothing else when the disk is full, and says so", async () => {
  const path = join(directory, "a");
  await writeFile(path, "old");
  // Stands for the disk: the first write of a large chunk fails as the system would have it.
  const probe = await open(path);
  const prototype = Object.getPrototypeOf(probe);
  await probe.close();
  const write = prototype.write;
  prototype.write = async () => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  try {
    await expect(writeFileAtomically(path, [new Uint8Array(10)])).rejects.toThrow(
      /a: cannot write it: no space is left/,
    );
  } finally {
    prototype.write = write;
  }
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(directory)).toEqual(["a"]);
});

it("many writers at once leave one whole file", async () => {
  const path = join(directory, "a");
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(texts.map((text) => writeFileAtomically(path, [bytes(text), bytes(text)])));
  expect((await stat(path)).size).toBe(20_000);
  expect(new Set(await readFile(path, "utf8")).size).toBe(1);
  expect(await readdir(directory)).toEqual(["a"]);
});

it.skipIf(process.platform === "win32")("what is no file is not written over", async () => {
  const pipe = join(directory, "pipe");
  execFileSync("mkfifo", [pipe]);
  await expect(writeFileAtomically(pipe, [bytes("new")])).rejects.toThrow(`${pipe}: is no file`);
  expect((await stat(pipe)).isFIFO()).toBe(true);
});
