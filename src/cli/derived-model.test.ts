import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tensor } from "../array/tensor.js";
import { checkIsNew, saveDerivedModel } from "./derived-model.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-derived-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A directory as the Hub's cache has it: links to blobs that stand elsewhere. */
async function snapshotOf(name: string, files: readonly string[]): Promise<string> {
  const snapshot = join(directory, name, "snapshots/1");
  for (const file of files) {
    const blob = join(directory, name, "blobs", file.replaceAll("/", "-"));
    const link = join(snapshot, file);
    await mkdir(dirname(blob), { recursive: true });
    await mkdir(dirname(link), { recursive: true });
    await writeFile(blob, file);
    await symlink(blob, link);
  }
  return snapshot;
}

const weights = new Map([["a", tensor("float32", [1], Float32Array.of(1))]]);

/** Files below a directory, with their kind. */
async function filesIn(place: string): Promise<string[]> {
  const names = (await readdir(place, { recursive: true })).sort();
  const stats = await Promise.all(names.map((name) => lstat(join(place, name))));
  expect(stats.some((each) => each.isSymbolicLink())).toBe(false);
  return names.filter((_, i) => stats[i].isFile());
}

test("a model made of one in the Hub's cache has files of its own, and no weights but its own", async () => {
  const names = [
    "config.json",
    "chat_template.jinja",
    "image-tokenizer/config.json",
    "image-tokenizer/model.safetensors",
  ];
  const foreign = ["model-00001-of-00002.safetensors", "model.safetensors.index.json", "pytorch_model.bin"];
  foreign.push("pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json");
  const from = await snapshotOf("model", [...names, ...foreign]);
  const output = join(directory, "derived");
  await saveDerivedModel(output, weights, {
    directory: from,
    imageTokenizer: join(from, "image-tokenizer"),
    dtype: "float16",
  });
  expect(await filesIn(output)).toEqual([...names, "model.safetensors"].sort());
  expect(await readFile(join(output, "config.json"), "utf8")).toBe("config.json");
});

test("its image tokenizer is the one that was chosen, or none", async () => {
  const from = await snapshotOf("several", ["config.json", "image-tokenizer/config.json", "other/config.json"]);
  const save = async (name: string, imageTokenizer?: string) => {
    const output = join(directory, name);
    await saveDerivedModel(output, weights, { directory: from, imageTokenizer, dtype: "float16" });
    return output;
  };
  expect(await filesIn(await save("text-alone"))).toEqual(["config.json", "model.safetensors", "other/config.json"]);
  const other = await save("with-other", join(from, "other"));
  expect(await readFile(join(other, "image-tokenizer/config.json"), "utf8")).toBe("other/config.json");
});

test("it is not written into what it is copied from, links or not", async () => {
  const model = join(directory, "home");
  await mkdir(model);
  await symlink(model, join(directory, "link"));
  const check = (output: string, imageTokenizer?: string) =>
    checkIsNew(join(directory, output), { model, imageTokenizer });
  for (const output of ["home/new", "home/deep/new", "link/new"])
    await expect(check(output)).rejects.toThrow(/is inside of .*home, which is copied there/);
  await expect(check("tokenizer/new", join(directory, "tokenizer"))).rejects.toThrow(/is inside of .*tokenizer,/);
  await expect(check("home")).rejects.toThrow(/is there already/);
  await check("home-2");
  await check("beside", "some/tokenizer");
});

test("so has its image tokenizer from elsewhere", async () => {
  const from = await snapshotOf("text", ["config.json"]);
  const imageTokenizer = await snapshotOf("tokenizer", ["config.json", "pytorch_model.bin"]);
  const output = join(directory, "both");
  await saveDerivedModel(output, weights, { directory: from, imageTokenizer, dtype: "float16" });
  expect(await filesIn(join(output, "image-tokenizer"))).toEqual(["config.json", "pytorch_model.bin"]);
});

test("it appears when all of it is there; what fails, or is stopped, leaves nothing", async () => {
  const from = await snapshotOf("whole", ["config.json"]);
  const output = join(directory, "late");
  const save = (more: Partial<Parameters<typeof saveDerivedModel>[2]>) =>
    saveDerivedModel(output, weights, { directory: from, dtype: "float16", ...more });
  const left = async () => (await readdir(directory)).filter((name) => name.startsWith("late"));
  await expect(save({ imageTokenizer: join(directory, "absent") })).rejects.toThrow("ENOENT");
  expect(await left()).toEqual([]);
  const controller = new AbortController();
  const stopped = save({ signal: controller.signal });
  controller.abort(new Error("stopped"));
  await expect(stopped).rejects.toThrow("stopped");
  await expect(save({ signal: controller.signal })).rejects.toThrow("stopped");
  expect(await left()).toEqual([]);
  await mkdir(`${output}.tmp`); // of somebody else
  await save({});
  expect(await left()).toEqual(["late", "late.tmp"]);
  expect(await filesIn(output)).toEqual(["config.json", "model.safetensors"]);
});
