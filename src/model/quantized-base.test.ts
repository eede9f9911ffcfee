import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import { createRandom } from "../array/random.js";
import { type Tensor, tensor } from "../array/tensor.js";
import { createMaskPredictor } from "../diffusion/mask-predictor.js";
import type { Backend } from "../runtime/backend.js";
import { compileGradientStep } from "../training/objective.js";
import { adamW } from "../training/optimizer.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import { saveModelWeights } from "../weights/model-weights.js";
import { parseTransformerConfig } from "./config.js";
import { loadTransformer } from "./load-model.js";
import { type LoraConfig, mergeAdapter } from "./lora.js";
import { initializeParameters, listParameters } from "./parameters.js";
import { BASE_BITS, type BaseDType, loadQuantizedTransformer, mergeIntoQuantized } from "./quantized-base.js";
import { transformerParameters } from "./transformer.js";
import type { AnyWeights, WeightMap } from "./weight-source.js";

const SETTINGS = {
  ...{ d_model: 64, n_layers: 2, n_heads: 2, mlp_hidden_size: 128, vocab_size: 96 },
  ...{ mask_token_id: 95, eos_token_id: 0, pad_token_id: 0 },
};
const config = parseTransformerConfig(SETTINGS);
const specs = listParameters((make) => transformerParameters(config, make));
const base = initializeParameters(specs, createRandom("base"));
const rows = {
  ids: tensor("int32", [1, 8], Int32Array.from([1, 2, 95, 4, 95, 6, 95, 8])),
  segmentIds: tensor("int32", [1, 8], new Int32Array(8).fill(1)),
  positions: tensor("int32", [1, 8], Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7])),
};
const batch = {
  ...rows,
  places: tensor("int32", [3], Int32Array.from([2, 4, 6])),
  targets: tensor("int32", [3], Int32Array.from([3, 5, 7])),
  weights: tensor("float32", [3], new Float32Array(3).fill(1 / 3)),
};

/**
 * How far a logit may move when the weights of this network are rounded, in deviations of the logits: twice what was seen (0.08 and 0.8). Half a
 * scale is 1/254 or 1/14 of a block's largest number.
 */
const ROUNDING = { int8: 0.16, int4: 1.6 } as const;

let backend: Backend;
let directory: string;
beforeAll(async () => {
  backend = await openBackend("cpu");
  directory = await mkdtemp(join(tmpdir(), "mmada-base-"));
  await writeFile(join(directory, "config.json"), JSON.stringify(SETTINGS));
  await saveModelWeights(directory, base);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function logitsOf(weights: AnyWeights, lora?: LoraConfig): Promise<Float32Array> {
  const predictor = createMaskPredictor(backend, config, { weights, areTrained: true, lora });
  const { data } = await predictor.logits(rows);
  await predictor.dispose();
  return data;
}

const largestDifference = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));
const deviation = (x: Float32Array) => Math.hypot(...x) / Math.sqrt(x.length);

describe.each(Object.keys(BASE_BITS) as BaseDType[])("adapters beside a base of %s", (dtype) => {
  const lora: LoraConfig = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "ff_out"], base: dtype };

  test("training lowers the loss and leaves the base alone; merged, the model says the same", async () => {
    const frozen = await loadQuantizedTransformer(directory, dtype);
    const before = new Map([...frozen].map(([name, { data }]) => [name, data.slice()]));
    const objective = pretrainingObjective(config, { lora });
    const weights = initializeParameters(objective.specs, createRandom("adapters"));
    const arrays = (tensors: WeightMap) => new Map([...tensors].map(([name, { data }]) => [name, data]));
    const optimizer = adamW(backend, objective.specs, {
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0,
      isDecayed: () => false,
    });
    const state = optimizer.createState(arrays(weights));
    const step = await compileGradientStep(backend, objective, frozen, { isRecomputing: true });
    const losses: number[] = [];
    for (let i = 0; i < 12; i++) {
      losses.push(Number((await step.run(weights, batch)).loss.data[0]));
      await optimizer.update(arrays(weights), arrays(step.gradients), state, 1e-2, 1);
    }
    await step.dispose();
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]);
    for (const [name, data] of before) expect(frozen.get(name)?.data).toEqual(data);

    const adapter = { config: lora, weights };
    const beside = await logitsOf(new Map<string, Tensor>([...frozen, ...weights]), lora);
    // The same weights, in other operations.
    const merged = mergeIntoQuantized(frozen, adapter, specs);
    expect([...merged.keys()].sort()).toEqual(specs.map(({ name }) => name).sort());
    expect(largestDifference(await logitsOf(merged), beside)).toBeLessThan(1e-4);
    // Worked into the weights as they were before they were rounded.
    const elsewhere = await logitsOf(mergeAdapter(base, adapter));
    const moved = largestDifference(elsewhere, beside) / deviation(beside);
    expect(moved).toBeLessThan(ROUNDING[dtype]);
    expect(moved).toBeGreaterThan(1e-4);

    // Saved and loaded, float16 rounds once more.
    const saved = join(directory, dtype);
    await saveModelWeights(saved, merged, { dtype: "float16" });
    await writeFile(join(saved, "config.json"), JSON.stringify(SETTINGS));
    expect(largestDifference(await logitsOf((await loadTransformer(saved)).weights), beside)).toBeLessThan(2e-2);
  });

  test("gradients are the same whether activations are kept or computed again", async () => {
    const frozen = await loadQuantizedTransformer(directory, dtype);
    const objective = pretrainingObjective(config, { lora });
    const weights = initializeParameters(objective.specs, createRandom("adapters"));
    const gradients: Float32Array[] = [];
    for (const isRecomputing of [false, true]) {
      const step = await compileGradientStep(backend, objective, frozen, { isRecomputing });
      await step.run(weights, batch);
      gradients.push(Float32Array.from([...step.gradients.values()].flatMap(({ data }) => [...data])));
      await step.dispose();
    }
    expect(deviation(gradients[0])).toBeGreaterThan(1e-3);
    expect(largestDifference(gradients[0], gradients[1])).toBeLessThan(1e-6);
  });

  test("takes few bits", async () => {
    const frozen = await loadQuantizedTransformer(directory, dtype);
    const bytes = [...frozen.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    const numParameters = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    // A scale of four bytes for 64 numbers, and the norms.
    expect(bytes / numParameters).toBeCloseTo(BASE_BITS[dtype] / 8 + 4 / 64, 1);
  });
});
