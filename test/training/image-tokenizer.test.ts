/** A new image tokenizer begins with a known decoder, and is trained by the one loop. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadImageTokenizer } from "../../src/model/load-model.js";
import { parseRunRecipe } from "../../src/runs/recipes.js";
import { runRecipe } from "../../src/runs/run-node.js";
import { openBackend } from "../../src/runtime/backends-node.js";
import { miniPath } from "../mini.js";

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), "mmada-tokenizer-"));
});
afterEach(() => rm(output, { recursive: true }));

const bundled = `${miniPath}/image-tokenizer`;

/** A new tokenizer of so many channels beside the bundled decoder. */
const withNewEncoder = (channels: number) => `
  decoderFrom: ${bundled}
  config:
    { patch_size: 4, local_encoder: true, ch: ${channels}, ch_mult: [1, 1], num_res_blocks_encoder: [1, 1],
      num_res_blocks_decoder: [2, 2], z_channels: 12, resolution: 64 }`;

const recipe = (model: string, optimizer = "adamw") =>
  parseRunRecipe(
    `
objective: image-tokenizer
seed: 1
steps: 6
model: ${model}
data: [{ weight: 1, source: { type: scenes, kind: t2i, numScenes: 100 } }]
batch: { rows: 4 }
loss: { codebook: 0.01 }
optimizer: { type: ${optimizer} }
learningRate: { peak: 1.0e-3 }
checkpoints: { every: 6 }
dtype: float32
`,
    "a test",
  );

it("the decoder is where the other one was, and both learn", { timeout: 120_000 }, async () => {
  const losses: Record<string, number>[] = [];
  let model = "";
  const backend = await openBackend("cpu");
  for await (const event of runRecipe(recipe(withNewEncoder(128)), {
    backend,
    output,
    recipeDirectory: resolve("recipes"),
  })) {
    if (event.kind === "step") losses.push(event.report.losses);
    if (event.kind === "finish") model = event.model;
  }
  expect(losses[5].squared).toBeLessThan(losses[0].squared);
  expect(losses[0].codebook).toBeLessThan(0); // of the entropy, in nats
  expect(losses[0].codebook).toBeGreaterThan(-Math.log(2 ** 12));
  const [before, after] = await Promise.all([loadImageTokenizer(bundled), loadImageTokenizer(model)]);
  const name = "decoder.up.0.block.0.conv1.weight";
  const [a, b] = [before.weights.get(name)!.data, after.weights.get(name)!.data];
  const distance = a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
  expect(distance).toBeGreaterThan(0);
  expect(distance).toBeLessThan(0.02); // six updates of 1e-3 at most
});

it("a decoder of other settings is refused by name", async () => {
  const start = async () => {
    for await (const _ of runRecipe(recipe(withNewEncoder(32)), {
      backend: await openBackend("cpu"),
      output,
      recipeDirectory: resolve("recipes"),
    }));
  };
  await expect(start()).rejects.toThrow(/decoder\..* has shape .*the new decoder's has shape/);
});

it("with the encoder frozen the decoder learns, and codes stay what they are", { timeout: 120_000 }, async () => {
  const frozen = recipe(`{ from: ${bundled}, isEncoderFrozen: true }`, "muon");
  let model = "";
  for await (const event of runRecipe(frozen, {
    backend: await openBackend("cpu"),
    output,
    recipeDirectory: resolve("recipes"),
  })) {
    if (event.kind === "finish") model = event.model;
  }
  const [before, after] = await Promise.all([loadImageTokenizer(bundled), loadImageTokenizer(model)]);
  expect([...after.weights.keys()].sort()).toEqual([...before.weights.keys()].sort());
  for (const [name, { data }] of before.weights) {
    const trained = after.weights.get(name)!.data;
    if (name.startsWith("encoder.")) expect(trained).toEqual(data);
  }
  const name = "decoder.up.0.block.0.conv1.weight";
  expect(after.weights.get(name)!.data).not.toEqual(before.weights.get(name)!.data);
});
