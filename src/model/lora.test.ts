import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBackend } from "#backends";
import { tinyConfig as config } from "../../test/tiny-world.js";
import { createRandom, normal } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import type { Backend } from "../runtime/backend.js";
import { compileGradientStep } from "../training/objective.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import { loadAdapter, saveAdapter } from "./adapter-files.js";
import { ConfigError } from "./config.js";
import { type Adapter, type LoraConfig, layersOf, mergeAdapter, withAdapters } from "./lora.js";
import { initializeParameters, listParameters, symbolicParameter } from "./parameters.js";
import { hiddenStates, transformerInputs, transformerParameters } from "./transformer.js";

const LORA: LoraConfig = { rank: 2, alpha: 6, targets: ["q_proj", "ff_out"] };
const base = initializeParameters(
  listParameters((make) => transformerParameters(config, make)),
  createRandom("base"),
);
const objective = pretrainingObjective(config, { lora: LORA });
const ids = tensor("int32", [1, 5], Int32Array.from([1, 2, 3, 25, 4]));
const inputs = {
  ids,
  segmentIds: tensor("int32", [1, 5], new Int32Array(5).fill(1)),
  positions: tensor("int32", [1, 5], Int32Array.from([0, 1, 2, 3, 4])),
};
const batch = {
  ...inputs,
  places: tensor("int32", [2], Int32Array.from([3, 4])),
  targets: tensor("int32", [2], Int32Array.from([7, 8])),
  weights: tensor("float32", [2], Float32Array.from([0.5, 0.5])),
};

let backend: Backend;
let directory: string;
beforeAll(async () => {
  backend = await openBackend("cpu");
  directory = await mkdtemp(join(tmpdir(), "mmada-lora-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** An adapter as after some training: both sides random. */
function randomAdapter(): Adapter {
  const weights = initializeParameters(objective.specs, createRandom("adapter"));
  const rng = createRandom("noise");
  for (const { data } of weights.values()) for (let i = 0; i < data.length; i++) data[i] += 0.1 * normal(rng);
  return { config: LORA, weights };
}

test("only adapters are trained, under the names and shapes of PEFT", () => {
  const at = "base_model.model.model.transformer.blocks";
  const { width: D, mlpWidth: F, numLayers } = config;
  expect(objective.specs.map(({ name, shape }) => [name, ...shape])).toEqual(
    Array.from({ length: numLayers }, (_, layer) => [
      [`${at}.${layer}.ff_out.lora_A.weight`, 2, F],
      [`${at}.${layer}.ff_out.lora_B.weight`, D, 2],
      [`${at}.${layer}.q_proj.lora_A.weight`, 2, D],
      [`${at}.${layer}.q_proj.lora_B.weight`, D, 2],
    ]).flat(),
  );
  // The output head is called ff_out too, and is none of the layers.
  expect(objective.specs.some(({ name }) => name.includes("transformer.ff_out"))).toBe(false);
});

test("a fresh adapter changes nothing; a trained one the same as its merged weights", async () => {
  const plain = await compileGraph(backend, {
    hidden: hiddenStates(config, transformerParameters(config, symbolicParameter), transformerInputs()),
  });
  const make = withAdapters(symbolicParameter, LORA);
  const adapted = await compileGraph(backend, {
    hidden: hiddenStates(config, transformerParameters(config, make), transformerInputs()),
  });
  const hiddenOf = async (executable: typeof plain, ...weights: (typeof base)[]) => {
    const given = Object.assign({}, ...weights.map((map) => Object.fromEntries(map)));
    return Array.from((await executable.run({ ...inputs, ...given })).hidden.data as Float32Array);
  };
  const expected = await hiddenOf(plain, base);
  const fresh = initializeParameters(objective.specs, createRandom("fresh"));
  expect(await hiddenOf(adapted, base, fresh)).toEqual(expected);

  const adapter = randomAdapter();
  const byAdapter = await hiddenOf(adapted, base, new Map(adapter.weights));
  const merged = mergeAdapter(base, adapter);
  const byMerging = await hiddenOf(plain, new Map(merged));
  expect(Math.max(...byAdapter.map((value, i) => Math.abs(value - expected[i])))).toBeGreaterThan(0.01);
  expect(Math.max(...byAdapter.map((value, i) => Math.abs(value - byMerging[i])))).toBeLessThan(1e-5);
  expect(merged.get("model.transformer.ff_out.weight")).toBe(base.get("model.transformer.ff_out.weight"));
  await plain.dispose();
  await adapted.dispose();
});

test("gradients are those of the loss to the adapters, and descend", async () => {
  const { weights } = randomAdapter();
  const before = new Map([...base].map(([name, { data }]) => [name, data.slice()]));
  const step = await compileGradientStep(backend, objective, base);
  expect([...step.gradients.keys()]).toEqual(objective.specs.map(({ name }) => name));
  const lossOf = async () => Number((await step.run(weights, batch)).loss.data[0]);
  const first = await lossOf();
  // One entry of each side against a difference quotient.
  for (const { name } of objective.specs.slice(0, 2)) {
    await lossOf();
    const { data } = weights.get(name)!;
    const slope = step.gradients.get(name)!.data[0];
    const at = data[0];
    data[0] = at + 1e-2;
    const above = await lossOf();
    data[0] = at - 1e-2;
    const below = await lossOf();
    data[0] = at;
    expect((above - below) / 2e-2).toBeCloseTo(slope, 2);
  }
  for (let n = 0; n < 20; n++) {
    await lossOf();
    for (const [name, { data }] of weights)
      for (let i = 0; i < data.length; i++) data[i] -= 0.3 * step.gradients.get(name)!.data[i];
  }
  expect(await lossOf()).toBeLessThan(0.7 * first);
  for (const [name, data] of before) expect(base.get(name)?.data).toEqual(data);
  await step.dispose();
});

test("adapters survive the disk, and others' are refused when they cannot be used", async () => {
  const adapter = randomAdapter();
  await saveAdapter(directory, adapter, "models/base");
  const loaded = await loadAdapter(directory);
  expect(loaded.config).toEqual(LORA);
  for (const [name, { data }] of adapter.weights) expect(loaded.weights.get(name)?.data).toEqual(data);
  const path = join(directory, "adapter_config.json");
  const settings = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  expect(settings).toMatchObject({
    peft_type: "LORA",
    r: 2,
    lora_alpha: 6,
    bias: "none",
    base_model_name_or_path: "models/base",
  });
  const pattern = new RegExp(`^${settings.target_modules}$`);
  expect(layersOf(loaded).every((layer) => pattern.test(layer))).toBe(true);
  expect(pattern.test("model.transformer.ff_out")).toBe(false);

  const rewrite = (changes: object) => writeFile(path, JSON.stringify({ ...settings, ...changes }));
  await rewrite({ use_rslora: true });
  expect((await loadAdapter(directory)).config.alpha).toBeCloseTo(6 * Math.SQRT2);
  await rewrite({ peft_type: "IA3" });
  await expect(loadAdapter(directory)).rejects.toThrow('peft_type is "IA3"');
  await rewrite({ use_dora: true });
  await expect(loadAdapter(directory)).rejects.toThrow("use_dora: true is of a kind of adapter that is not known");
  await rewrite({ r: 3 });
  await expect(loadAdapter(directory)).rejects.toThrow(
    /adapter_config.json: r is 3, but base_model.*lora_A.weight is of rank 2/,
  );
  await writeFile(path, "null");
  await expect(loadAdapter(directory)).rejects.toThrow(ConfigError);
  const foreign = initializeParameters(
    objective.specs.map((spec) => ({ ...spec, shape: [2, 2] })),
    createRandom(0),
  );
  expect(() => mergeAdapter(base, { config: LORA, weights: foreign })).toThrow("do not fit a weight of");
});
