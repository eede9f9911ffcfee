import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesOf, type Tensor, tensor } from "../array/tensor.js";
import { castFloats } from "./float-cast.js";
import { openModelWeights, saveModelWeights } from "./model-weights.js";
import { SafetensorsError } from "./safetensors.js";
import { openTensorFile, type TensorFile } from "./tensor-file.js";

const parity = (path: string) => fileURLToPath(new URL(`../../test/parity/${path}`, import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-weights-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function readAll(file: TensorFile): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const name of file.names) tensors.set(name, await file.read(name));
  await file.close();
  return tensors;
}

const floats = (...values: number[]) => tensor("float32", [values.length], Float32Array.of(...values));
const SMALL: [string, Tensor][] = [
  ["a", floats(1, 2, 3, 4)],
  ["b", floats(5, 6)],
  ["c", floats(7, 8, 9)],
  ["n", tensor("int64", [1], BigInt64Array.of(3n))],
];

describe.each(["mha", "magvit", "tied-bf16"])("the model %s", (model) => {
  it("is the same after it was saved in one file and in shards", async () => {
    const original = await readAll(await openModelWeights(parity(model)));
    for (const maxShardBytes of [undefined, 100_000]) {
      await saveModelWeights(directory, original, { maxShardBytes });
      const weights = await openModelWeights(directory);
      const again = await readAll(weights);
      expect(new Set(again.keys())).toEqual(new Set(original.keys()));
      for (const [name, value] of original) {
        expect(again.get(name)?.shape).toEqual(value.shape);
        expect(Buffer.compare(bytesOf(again.get(name) as Tensor), bytesOf(value))).toBe(0);
      }
    }
    expect((await readdir(directory)).length).toBeGreaterThan(2);
    expect(await readdir(directory)).not.toContain("model.safetensors");
  });
});

describe("saveModelWeights", () => {
  it("writes shards no larger than asked, an index and PyTorch's metadata", async () => {
    await saveModelWeights(directory, SMALL, { maxShardBytes: 24 });
    expect((await readdir(directory)).sort()).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "model.safetensors.index.json",
    ]);
    const index = JSON.parse(await readFile(join(directory, "model.safetensors.index.json"), "utf8"));
    expect(index).toEqual({
      metadata: { total_size: 44 },
      weight_map: {
        a: "model-00001-of-00002.safetensors",
        b: "model-00001-of-00002.safetensors",
        c: "model-00002-of-00002.safetensors",
        n: "model-00002-of-00002.safetensors",
      },
    });
    const shard = await openTensorFile(join(directory, "model-00002-of-00002.safetensors"));
    expect([shard.metadata, shard.names]).toEqual([{ format: "pt" }, ["n", "c"]]);
    await shard.close();
  });

  it("gives a tensor larger than a shard a file of its own", async () => {
    await saveModelWeights(directory, SMALL, { maxShardBytes: 1 });
    expect((await readdir(directory)).filter((name) => name.endsWith(".safetensors"))).toHaveLength(4);
    expect((await readAll(await openModelWeights(directory))).get("b")).toEqual(floats(5, 6));
  });

  it("leaves no weights of an earlier save behind, and nothing else away", async () => {
    await writeFile(join(directory, "config.json"), "{}");
    await saveModelWeights(directory, SMALL, { maxShardBytes: 1 });
    await saveModelWeights(directory, SMALL, { maxShardBytes: 24 });
    expect(await readdir(directory)).toHaveLength(4);
    await saveModelWeights(directory, [["z", floats(1)]]);
    expect((await readdir(directory)).sort()).toEqual(["config.json", "model.safetensors"]);
    expect([...(await readAll(await openModelWeights(directory))).keys()]).toEqual(["z"]);
  });

  it("refuses a name that comes twice, in whatever shards, before it writes", async () => {
    const twice = [...SMALL, ["a", floats(9)]] as [string, Tensor][];
    const failure = saveModelWeights(directory, twice, { maxShardBytes: 16 });
    await expect(failure).rejects.toThrow(/two tensors are named a. Rename one/);
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([undefined, "bfloat16"] as const)("refuses data that do not fill their shape (%s)", async (dtype) => {
    for (const data of [
      [1, 2, 3],
      [1, 2, 3, 4, 5],
    ]) {
      const misfit = { dtype: "float32", shape: [4], data: Float32Array.from(data) } as const;
      const failure = saveModelWeights(directory, [["w", misfit]], { dtype });
      await expect(failure).rejects.toThrow(`"w" of shape [4] has ${data.length} elements, not 4`);
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it("refuses what float16 would make infinite, and keeps what was infinite before", async () => {
    const save = (value: number, dtype: "float16" | "bfloat16") =>
      saveModelWeights(directory, [["w", tensor("float32", [2], Float32Array.of(1, value))]], { dtype });
    await expect(save(1e6, "float16")).rejects.toThrow(
      /w holds 1000000, beyond what float16 can hold. Save it as bfloat16/,
    );
    await save(1e6, "bfloat16");
    await save(Number.POSITIVE_INFINITY, "float16");
  });

  it("converts floats and nothing else", async () => {
    await saveModelWeights(directory, SMALL, { dtype: "bfloat16" });
    const weights = await openModelWeights(directory);
    expect(weights.names.map((name) => weights.info(name).dtype)).toEqual([
      "int64",
      "bfloat16",
      "bfloat16",
      "bfloat16",
    ]);
    expect(await weights.readAs("a", "float32")).toEqual(floats(1, 2, 3, 4));
    expect(await weights.read("c")).toEqual(castFloats(floats(7, 8, 9), "bfloat16"));
    await weights.close();
  });
});

describe("openModelWeights", () => {
  const INDEX = "model.safetensors.index.json";
  const rewriteIndex = (change: (map: Record<string, unknown>) => unknown) => async () => {
    const index = JSON.parse(await readFile(join(directory, INDEX), "utf8"));
    await writeFile(join(directory, INDEX), JSON.stringify({ weight_map: change(index.weight_map) }));
  };

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "a shard is missing",
      () => rm(join(directory, "model-00002-of-00003.safetensors")),
      /1 of 3 shards are missing: model-00002-of-00003.safetensors/,
    ],
    [
      "a shard lacks a tensor",
      rewriteIndex((map) => ({ ...map, ghost: map.a })),
      /1 tensors are not in the shards that it names: ghost \(model-00001/,
    ],
    [
      "a shard is cut short",
      async () => {
        const path = join(directory, "model-00001-of-00003.safetensors");
        await writeFile(path, (await readFile(path)).subarray(0, -1));
      },
      /model-00001-of-00003.safetensors: .*the file has only/,
    ],
    [
      "a path goes up",
      rewriteIndex((map) => ({ ...map, a: "../other/model.safetensors" })),
      /a is said to be in "..\/other/,
    ],
    ["a path is absolute", rewriteIndex((map) => ({ ...map, a: "/etc/x.safetensors" })), /a is said to be in "\/etc/],
    [
      "a path is of Windows",
      rewriteIndex((map) => ({ ...map, a: "C:\\x.safetensors" })),
      /Shards must be safetensors files beside/,
    ],
    ["a path is a number", rewriteIndex((map) => ({ ...map, a: 3 })), /a is said to be in 3/],
    [
      "a file is of another kind",
      rewriteIndex((map) => ({ ...map, a: "config.json" })),
      /a is said to be in "config.json"/,
    ],
    ["the map is a list", rewriteIndex(() => []), /has no weight_map/],
    ["the map is empty", rewriteIndex(() => ({})), /has no weight_map/],
    ["the index is null", () => writeFile(join(directory, INDEX), "null"), /has no weight_map/],
    ["the index is no JSON", () => writeFile(join(directory, INDEX), "<html>"), /is not valid JSON/],
    ["the index is no UTF-8", () => writeFile(join(directory, INDEX), Uint8Array.of(0x7b, 0xff)), /is not valid JSON/],
  ])("says so when %s", async (_, damage, message) => {
    await saveModelWeights(directory, SMALL, { maxShardBytes: 20 });
    await damage();
    await expect(openModelWeights(directory)).rejects.toThrow(SafetensorsError);
    await expect(openModelWeights(directory)).rejects.toThrow(message);
  });

  it("says what lies there when there are no weights, and when it cannot choose", async () => {
    await expect(openModelWeights(directory)).rejects.toThrow(/no weights in the safetensors format/);
    await writeFile(join(directory, "consolidated.pth"), "");
    await expect(openModelWeights(directory)).rejects.toThrow(/Convert consolidated.pth/);
    await writeFile(join(directory, "a.safetensors"), "");
    await writeFile(join(directory, "b.safetensors"), "");
    await expect(openModelWeights(directory)).rejects.toThrow(
      /several files of weights \(a.safetensors, b.safetensors\)/,
    );
    await expect(openModelWeights(join(directory, "none"))).rejects.toThrow(/no such file or directory/);
  });

  it("takes the only safetensors file, as diffusers name it", async () => {
    await copyFile(parity("magvit/model.safetensors"), join(directory, "diffusion_pytorch_model.safetensors"));
    const weights = await openModelWeights(directory);
    expect(weights.info("encoder.conv_in.weight")).toEqual({ dtype: "float32", shape: [32, 3, 3, 3] });
    await weights.close();
  });

  it("keeps names of tensors that the index does not list to itself, and tells unknown names", async () => {
    await saveModelWeights(directory, SMALL, { maxShardBytes: 16 });
    await rewriteIndex(({ a, c }) => ({ a, c }))();
    const weights = await openModelWeights(directory);
    expect(weights.names).toEqual(["a", "c"]);
    expect(() => weights.info("b")).toThrow(/has no tensor b. It lists a, c/);
    await weights.close();
  });
});
