import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom, integer } from "../array/random.js";
import { FileError } from "./files.js";
import { openModelWeights } from "./model-weights.js";
import { openTorchFile } from "./torch-file.js";
import { PickleError, readStateDict } from "./torch-pickle.js";

/** Written by PyTorch itself: `make-fixture.py` beside it says what is in it. */
const FIXTURE = fileURLToPath(new URL("../../test/torch/state-dict.bin", import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-torch-"));
});
afterEach(() => rm(directory, { recursive: true }));

const open = async (bytes: Uint8Array) => {
  const path = join(directory, "x.bin");
  await writeFile(path, bytes);
  return openTorchFile(path);
};

describe("weights that PyTorch saved", () => {
  it("are read by name, as every dtype, parts of a storage among them", async () => {
    const file = await openTorchFile(FIXTURE);
    const values = async (name: string) => Array.from((await file.readAs(name, "float32")).data);
    const quarters = Array.from({ length: 24 }, (_, i) => i / 4);
    expect(file.info("float32")).toEqual({ dtype: "float32", shape: [4, 6] });
    expect(await values("float32")).toEqual(quarters);
    expect(file.info("part").shape).toEqual([2, 6]);
    expect(await values("part")).toEqual(quarters.slice(6, 18));
    expect(file.info("float16")).toEqual({ dtype: "float16", shape: [2, 3] });
    expect(await values("float16")).toEqual([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]);
    expect(await values("bfloat16")).toEqual([1, -0.5, 384]);
    expect((await file.read("float64")).data[0]).toBe(1 / 3);
    expect([...(await file.read("int64")).data]).toEqual([-(2n ** 40n), 7n]);
    expect([...(await file.read("bool")).data]).toEqual([1, 0]);
    expect(file.info("scalar").shape).toEqual([]);
    expect(await values("scalar")).toEqual([2.5]);
    expect(file.info("empty").shape).toEqual([0, 3]);
    expect(await values("empty")).toEqual([]);
    expect(await values("parameter")).toEqual([1, 1]);
    await file.close();
  });

  it("may be empty, with the strides that PyTorch of another version gives them", async () => {
    const bytes = await readFile(FIXTURE);
    const strides = bytes.indexOf(Uint8Array.of(0x4b, 0, 0x4b, 3, 0x86)) + 7; // after the shape (0, 3) and its memo
    expect([...bytes.subarray(strides, strides + 5)]).toEqual([0x4b, 3, 0x4b, 1, 0x86]);
    bytes[strides + 1] = 1;
    const file = await open(bytes);
    expect(file.info("empty").shape).toEqual([0, 3]);
    expect((await file.read("empty")).data).toHaveLength(0);
    await file.close();
  });

  it("are a model's where there is nothing else", async () => {
    await copyFile(FIXTURE, join(directory, "pytorch_model.bin"));
    const file = await openModelWeights(directory);
    expect(file.names).toContain("bfloat16");
    await file.close();
  });
});

describe("what is damaged or something else is an error that says so", () => {
  it("a file cut anywhere", async () => {
    const whole = await readFile(FIXTURE);
    for (let length = 0; length < whole.length; length += 61) {
      await expect(open(whole.subarray(0, length)), `${length} bytes`).rejects.toThrow(FileError);
    }
  });

  it("bytes that were changed: an error, or other numbers, nothing else", async () => {
    const whole = await readFile(FIXTURE);
    const rng = createRandom(7);
    for (let trial = 0; trial < 300; trial++) {
      const bytes = Uint8Array.from(whole);
      for (let i = 0; i < 3; i++) bytes[integer(rng, bytes.length)] = integer(rng, 256);
      const outcome = await open(bytes).then(
        async (file) => {
          for (const name of file.names) await file.read(name);
          await file.close();
        },
        (error: unknown) => error,
      );
      if (outcome !== undefined) expect(outcome, `trial ${trial}`).toBeInstanceOf(FileError);
    }
  });

  it("an archive whose directory ends within a size", async () => {
    // An entry "a" whose sizes are in a field of 24 bytes, of which the directory has none; then the end of the archive.
    const archive = new DataView(new ArrayBuffer(46 + 1 + 4 + 22));
    archive.setUint32(0, 0x02014b50, true);
    for (const field of [20, 24, 42]) archive.setUint32(field, 0xffffffff, true);
    for (const [field, value] of [
      [28, 1],
      [30, 4],
      [47, 1],
      [49, 24],
    ])
      archive.setUint16(field, value, true);
    archive.setUint8(46, "a".charCodeAt(0));
    archive.setUint32(51, 0x06054b50, true);
    archive.setUint16(61, 1, true);
    archive.setUint32(63, 51, true);
    await expect(open(new Uint8Array(archive.buffer))).rejects.toThrow(FileError);
  });

  it("files of another kind", async () => {
    await expect(open(new Uint8Array(0))).rejects.toThrow(/no sound ZIP archive/);
    await expect(open(new TextEncoder().encode("<!doctype html>".repeat(10)))).rejects.toThrow(/no sound ZIP archive/);
    await expect(open(Uint8Array.of(0x80, 2, 0x8a))).rejects.toThrow(/of PyTorch before 1.6/);
  });
});

describe("a description", () => {
  const pickle = (...parts: (number | string)[]) =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])));

  it("that would run something is refused", () => {
    // os.system("x"), as attacks on Python do it.
    const attack = pickle(0x80, 2, "cos\nsystem\n", "X", 1, 0, 0, 0, "x", 0x85, "R.");
    expect(() => readStateDict(attack)).toThrow(/it calls os.system: only weights are read, nothing is run/);
  });

  it("whose names are no texts is refused, whatever stands there", () => {
    // Tuples of one tuple twice, 40 deep: as a text it would have a thousand billion parts.
    const nested = Array.from({ length: 40 }, (_, i) => ["q", i, "h", i, 0x86]).flat();
    expect(() => readStateDict(pickle(")", ...nested, "N", 0x93, "."))).toThrow(/names something by what is no text/);
    const storage = ["(U", 7, "storagectorch\nFloatStorage\nU", 1, "0U", 3, "cpuK", 1, "tQ"];
    const tensor = ["ctorch._utils\n_rebuild_tensor_v2\n(", ...storage, "K", 0, "K", 1, 0x85, "K", 1, 0x85, "tR"];
    expect([...readStateDict(pickle("}U", 1, "a", ...tensor, "s.")).keys()]).toEqual(["a"]);
    expect(() => readStateDict(pickle("}K", 7, ...tensor, "s."))).toThrow(/a tensor whose name is no text/);
  });

  it("of a tensor of more axes than any has is refused", () => {
    const tensorOf = (rank: number) => {
      const ones = `(${"K\u0001".repeat(rank)}t`;
      const storage = ["(U", 7, "storagectorch\nFloatStorage\nU", 1, "0U", 3, "cpuK", 1, "tQ"];
      return pickle("}U", 1, "a", "ctorch._utils\n_rebuild_tensor_v2\n(", ...storage, "K", 0, ones, ones, "tRs.");
    };
    expect(readStateDict(tensorOf(64)).get("a")?.shape).toHaveLength(64);
    expect(() => readStateDict(tensorOf(65))).toThrow(/a tensor that is none/);
  });

  it("may have long lists", () => {
    const list = pickle("](", "N".repeat(300_000), "e.");
    expect(() => readStateDict(list)).toThrow(/no dictionary/);
  });

  it("that holds no tensors, refers to nothing, or ends early is refused", () => {
    expect(() => readStateDict(pickle(0x80, 2, "}."))).toThrow(/no tensors/);
    expect(() => readStateDict(pickle(0x80, 2, "]."))).toThrow(/no dictionary/);
    expect(() => readStateDict(pickle(0x80, 2, "h", 9, "."))).toThrow(/refers to 9/);
    expect(() => readStateDict(pickle(0x80, 2, "}"))).toThrow(/ends too early/);
    expect(() => readStateDict(pickle(0x80, 2, 0x8a))).toThrow(/ends too early/);
    expect(() => readStateDict(pickle(0x80, 2, 0x8a, 9, 1))).toThrow(/ends too early/);
    expect(() => readStateDict(pickle("R."))).toThrow(PickleError);
    expect(() => readStateDict(pickle("(u."))).toThrow(PickleError);
  });
});
