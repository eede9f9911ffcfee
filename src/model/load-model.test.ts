import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.js";
import { openTensorFile, saveTensorFile } from "../weights/tensor-file.js";
import { loadTransformer } from "./load-model.js";

const TIED = new URL("../../test/parity/tied-bf16/", import.meta.url);
const EMBEDDING = "model.transformer.wte.weight";
const HEAD = "model.transformer.ff_out.weight";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-load-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("tied weights may stand under both of their names, as PyTorch writes them; untied ones stand once", async () => {
  const file = await openTensorFile(fileURLToPath(new URL("model.safetensors", TIED)));
  const tensors: [string, Tensor][] = [];
  for (const name of file.names) tensors.push([name, await file.read(name)]);
  await file.close();
  const embedding = tensors.find(([name]) => name === EMBEDDING)?.[1] as Tensor;
  await saveTensorFile(join(directory, "model.safetensors"), [...tensors, [HEAD, embedding]]);
  await copyFile(new URL("config.json", TIED), join(directory, "config.json"));
  const { weights } = await loadTransformer(directory);
  expect([...weights.keys()]).not.toContain(HEAD);
  expect(weights.size).toBe(tensors.length);

  const config = JSON.parse(await readFile(new URL("config.json", TIED), "utf8"));
  await saveTensorFile(join(directory, "model.safetensors"), tensors);
  await writeFile(join(directory, "config.json"), JSON.stringify({ ...config, weight_tying: false }));
  await expect(loadTransformer(directory)).rejects.toThrow(`missing:\n    ${HEAD}`);
});
