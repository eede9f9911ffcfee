import { beforeAll, expect, test } from "vitest";
import { openBackend } from "#backends";
import { tinyConfig } from "../../test/tiny-world.js";
import { createRandom, normal } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import type { Backend } from "../runtime/backend.js";
import { compileGradientStep } from "../training/objective.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import type { TransformerConfig } from "./config.js";
import { initializeParameters, listParameters, symbolicParameter } from "./parameters.js";
import { hiddenStates, logitsOf, transformerInputs, transformerParameters } from "./transformer.js";
import type { WeightMap } from "./weight-source.js";
import { widened } from "./widening.js";

// Two heads of four pairs that turn by 1, 1/10, 1/100 and 1/1000.
const narrow: TransformerConfig = {
  ...tinyConfig,
  width: 16,
  numHeads: 2,
  numKeyValueHeads: 1,
  ropeTheta: 10_000,
  hasBias: true,
  hasQkvBias: true,
  normParameters: "weight and bias",
  hasScaledLogits: true,
};
// Eight pairs: those, and one between any two.
const wide: TransformerConfig = { ...narrow, width: 32, mlpWidth: narrow.mlpWidth + 8, ropeTheta: 10_000 };

const LENGTH = 40;
const inputs = {
  ids: tensor(
    "int32",
    [1, LENGTH],
    Int32Array.from({ length: LENGTH }, (_, i) => (7 * i) % 25),
  ),
  segmentIds: tensor("int32", [1, LENGTH], new Int32Array(LENGTH).fill(1)),
  positions: tensor(
    "int32",
    [1, LENGTH],
    Int32Array.from({ length: LENGTH }, (_, i) => i),
  ),
};

/** Weights as after some training: nothing is 0 or 1. */
function trainedWeights(config: TransformerConfig): WeightMap {
  const specs = listParameters((make) => transformerParameters(config, make));
  const weights = initializeParameters(specs, createRandom("trained"));
  const rng = createRandom("noise");
  for (const { data } of weights.values()) for (let i = 0; i < data.length; i++) data[i] += 0.1 * normal(rng);
  return weights;
}

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend("cpu");
});

async function logitsFrom(config: TransformerConfig, weights: WeightMap): Promise<Float32Array> {
  const parameters = transformerParameters(config, symbolicParameter);
  const graph = await compileGraph(backend, {
    logits: logitsOf(config, parameters, hiddenStates(config, parameters, transformerInputs())),
  });
  const { logits } = await graph.run({ ...inputs, ...Object.fromEntries(weights) });
  await graph.dispose();
  return logits.data as Float32Array;
}

const farthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

test("a wider network computes what the narrow one does where it has all its frequencies", async () => {
  const weights = trainedWeights(narrow);
  const expected = await logitsFrom(narrow, weights);
  const wider = widened(weights, narrow, wide);
  expect(farthest(await logitsFrom(wide, wider), expected)).toBeLessThan(1e-3); // the ε of its norms
  // It has not, with another base.
  const other = { ...wide, ropeTheta: 300 };
  expect(farthest(await logitsFrom(other, widened(weights, narrow, other)), expected)).toBeGreaterThan(1e-2);
});

test("a tied head too, whose logits are divided by more than before", async () => {
  for (const hasScaledLogits of [true, false]) {
    const [from, to] = [narrow, wide].map((config) => ({ ...config, hasTiedEmbeddings: true, hasScaledLogits }));
    const weights = trainedWeights(from);
    const wider = await logitsFrom(to, widened(weights, from, to));
    expect(farthest(wider, await logitsFrom(from, weights))).toBeLessThan(5e-3);
  }
});

test("and what is new in it learns: all that writes, which starts as nothing, has gradients", async () => {
  const wider = widened(trainedWeights(narrow), narrow, wide);
  const step = await compileGradientStep(backend, pretrainingObjective(wide));
  await step.run(wider, {
    ...inputs,
    places: tensor("int32", [2], Int32Array.from([3, 4])),
    targets: tensor("int32", [2], Int32Array.from([7, 8])),
    weights: tensor("float32", [2], Float32Array.from([0.5, 0.5])),
  });
  const silent = [...wider].filter(([name]) => /(wte|k_proj|attn_out|blocks\.\d+\.ff_out)\.weight/.test(name));
  expect(silent).toHaveLength(1 + 3 * narrow.numLayers);
  for (const [name, { data }] of silent) {
    const gradient = step.gradients.get(name)!.data;
    expect(
      data.some((value, i) => value === 0 && gradient[i] !== 0),
      name,
    ).toBe(true);
  }
  await step.dispose();
});

test("what does not fit is said", () => {
  const weights = trainedWeights(narrow);
  expect(() => widened(weights, wide, narrow)).toThrow("widths 16 and");
  expect(() => widened(weights, narrow, { ...wide, numHeads: 4 })).toThrow("keeps its numHeads, 2, but 4");
  expect(() => widened(new Map(), narrow, wide)).toThrow("is missing in the model");
  const [from, to] = [narrow, wide].map((config) => ({ ...config, queryKeyNormParameters: "weight" as const }));
  expect(() => widened(weights, from, to)).toThrow("norms of queries and keys");
});
