import { afterAll, expect, test } from "vitest";
import { tensor } from "../../src/array/tensor.js";
import { compileGraph } from "../../src/graph/compile.js";
import { loadTransformer } from "../../src/model/load-model.js";
import { groupAdvantages } from "../../src/rl/advantage.js";
import { unigrpoObjective } from "../../src/rl/unigrpo-loss.js";
import { createOrtBackend } from "../../src/runtime/ort-node.js";
import { compileGradientStep } from "../../src/training/objective.js";
import { maxDifference, parityPath, readParityCase, relativeError } from "../parity-case.js";

const backend = createOrtBackend("cpu");
const { config, weights } = await loadTransformer(parityPath("mha"));
const reference = (await loadTransformer(parityPath("mha-reference"))).weights;
const stored = await readParityCase("mha/unigrpo.safetensors");
const settings = { clipEpsilon: Number(stored.metadata.clip_epsilon), klBeta: Number(stored.metadata.beta) };
const objective = unigrpoObjective(config, settings);
const step = await compileGradientStep(backend, objective);
afterAll(() => step.dispose());

const ids = stored.integers("input_ids");
const cleanIds = stored.integers("clean_ids").data;
const [B, T] = ids.shape;
const places = Array.from(stored.integers("loss_mask").data.keys()).filter(
  (place) => stored.integers("loss_mask").data[place] === 1,
);
const M = [places.length];
const rowOf = (place: number) => Math.floor(place / T);
const at = (name: string) => Float32Array.from(places, (place) => stored.floats(name)[place]);
const floats = (values: ArrayLike<number>) => tensor("float32", M, Float32Array.from(values));
const rows = {
  ids,
  segmentIds: tensor("int32", [B, T], new Int32Array(B * T).fill(1)),
  positions: tensor(
    "int32",
    [B, T],
    Int32Array.from({ length: B * T }, (_, i) => i % T),
  ),
  places: tensor("int32", M, Int32Array.from(places)),
  targets: tensor(
    "int32",
    M,
    Int32Array.from(places, (place) => cleanIds[place]),
  ),
};

test("advantages agree", () => {
  expect(maxDifference(groupAdvantages([...stored.floats("rewards")]), stored.floats("advantages"))).toBeLessThan(1e-6);
});

test("reference log-probabilities agree, from the objective's own graph", async () => {
  const graph = await compileGraph(backend, { logProbs: objective.reports.logProbs });
  const { logProbs } = await graph.run({ ...rows, ...Object.fromEntries(reference) });
  expect(relativeError(logProbs.data as Float32Array, at("ref_logprobs"))).toBeLessThan(1e-4);
  await graph.dispose();
});

test("losses and all gradients agree", async () => {
  const numMasked = Array.from({ length: B }, (_, b) => places.filter((place) => rowOf(place) === b).length);
  const outputs = await step.run(weights, {
    ...rows,
    oldLogProbs: floats(at("old_logprobs")),
    refLogProbs: floats(at("ref_logprobs")),
    advantages: floats(places.map((place) => stored.floats("advantages")[rowOf(place)])),
    weights: floats(places.map((place) => 1 / (B * numMasked[rowOf(place)]))),
    klWeights: floats(places.map(() => 1 / places.length)),
  });
  const data = (name: string) => outputs[name].data as Float32Array;
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(relativeError(data("logProbs"), at("new_logprobs"))).toBeLessThan(1e-4);
  expect(Math.abs(mean(data("divergences")) / stored.floats("kl")[0] - 1)).toBeLessThan(1e-4);
  expect(Math.abs(data("loss")[0] / stored.floats("loss")[0] - 1)).toBeLessThan(1e-4);
  const policy = data("loss")[0] - settings.klBeta * mean(data("divergences"));
  expect(Math.abs(policy / stored.floats("policy_loss")[0] - 1)).toBeLessThan(1e-4);
  // The case reaches both sides of the clipping.
  expect(mean(data("isClipped"))).toBeGreaterThan(0);
  expect(mean(data("isClipped"))).toBeLessThan(1);
  for (const [parameter, gradient] of step.gradients) {
    expect(relativeError(gradient.data, stored.floats(`grad.${parameter}`)), parameter).toBeLessThan(1e-3);
  }
});
