import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshWeights, lineBatches, lineObjective } from "../../test/line-objective.js";
import type { Tensor } from "../array/tensor.js";
import { openBackend } from "../runtime/backends-node.js";
import { ParameterError } from "../weights/check-parameters.js";
import { CheckpointError, loadLatestCheckpoint, saveCheckpoint } from "./checkpoint-node.js";
import { arraysOf, train } from "./loop.js";
import { compileGradientStep } from "./objective.js";
import { adamW } from "./optimizer.js";

const objective = lineObjective();
const backend = await openBackend("cpu");
const optimizer = adamW(backend, objective.specs, {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  isDecayed: () => true,
});
const options = { keep: 2, files: { "config.json": "{}" } };
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-checkpoint-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** Trains from the newest checkpoint to `totalSteps`, saving every step; returns the losses. */
async function trainTo(totalSteps: number): Promise<number[]> {
  const step = await compileGradientStep(backend, objective);
  const saved = await loadLatestCheckpoint(directory, objective.specs);
  const weights = saved?.weights ?? freshWeights(objective);
  const optimizerState = saved?.optimizerState ?? optimizer.createState(arraysOf(weights));
  const batches = lineBatches(4, 1, saved?.data as never);
  const startStep = saved?.step ?? 0;
  const losses: number[] = [];
  const learningRate = (at: number) => 0.1 / (at + 1);
  const run = { step, weights, optimizer, optimizerState, learningRate, batches, startStep, totalSteps };
  for await (const { step: at, loss } of train(run)) {
    losses.push(loss);
    await saveCheckpoint(
      directory,
      { step: at, weights, optimizerState, data: batches.state(), recipe: { a: 1 } },
      options,
    );
  }
  await step.dispose();
  return losses;
}

test("a run in pieces has the losses of one in a piece, to the bit, and keeps the last checkpoints", async () => {
  const pieces = [...(await trainTo(3)), ...(await trainTo(4)), ...(await trainTo(8))];
  expect(await readdir(directory)).toEqual(["step-000007", "step-000008"]);
  expect((await readdir(join(directory, "step-000008"))).sort()).toEqual([
    "config.json",
    "model.safetensors",
    "optimizer.safetensors",
    "state.json",
  ]);
  await rm(directory, { recursive: true });
  expect(await trainTo(8)).toEqual(pieces);
});

test.each(["model.safetensors", "optimizer.safetensors", "config.json", "state.json"])(
  "a damaged %s is found, and the last good checkpoint named",
  async (name) => {
    await trainTo(4);
    const path = join(directory, "step-000004", name);
    const content = await readFile(path);
    content[content.length >> 1] ^= 1;
    await writeFile(path, content);
    const loading = loadLatestCheckpoint(directory, objective.specs);
    await expect(loading).rejects.toThrow(CheckpointError);
    await expect(loading).rejects.toThrow(
      new RegExp(`step-000004 is damaged: ${name}[\\s\\S]*last good one is .*step-000003`),
    );
    await truncate(path, content.length >> 1);
    await expect(loadLatestCheckpoint(directory, objective.specs)).rejects.toThrow(/damaged/);
    await rm(path);
    await expect(loadLatestCheckpoint(directory, objective.specs)).rejects.toThrow(/damaged[\s\S]*ENOENT/);
    await rm(join(directory, "step-000004"), { recursive: true });
    expect((await loadLatestCheckpoint(directory, objective.specs))?.step).toBe(3);
  },
);

test("when all are damaged, the error says so", async () => {
  await trainTo(1);
  await truncate(join(directory, "step-000001", "model.safetensors"), 100);
  await expect(loadLatestCheckpoint(directory, objective.specs)).rejects.toThrow(/no older one that is whole/);
});

test("weights of another model are refused with the list of what differs", async () => {
  await trainTo(1);
  const specs = [...objective.specs.filter(({ name }) => name !== "b"), { name: "c", shape: [2] }];
  const loading = loadLatestCheckpoint(directory, specs);
  await expect(loading).rejects.toThrow(ParameterError);
  await expect(loading).rejects.toThrow(/1 missing:\n {4}c \[2\][\s\S]*1 unexpected:\n {4}b/);
});

test("a save that fails leaves the earlier ones and no rest", async () => {
  await trainTo(2);
  const weights = freshWeights(objective);
  const torn = new Map<string, Tensor<"float32">>([
    ...weights,
    ["bad", { dtype: "float32", shape: [9], data: new Float32Array(1) }],
  ]);
  const checkpoint = { step: 3, weights: torn, optimizerState: optimizer.createState(new Map()), data: 0, recipe: 0 };
  await expect(saveCheckpoint(directory, checkpoint, options)).rejects.toThrow(/bad/);
  expect(await readdir(directory)).toEqual(["step-000001", "step-000002"]);
  expect((await loadLatestCheckpoint(directory, objective.specs))?.step).toBe(2);
});
