import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseImageTokenizerConfig, parseTransformerConfig } from "../model/config.js";
import { parseTaskDefaults, RELEASED_DEFAULTS } from "../tasks/task-defaults.js";
import { parseRunRecipe } from "./recipes.js";
import { RELEASED_8B } from "./released-config.js";
import { alternativesWithin } from "./run-alternatives.js";
import { costOf, type ModelSurroundings, type TransformerRecipe } from "./run-cost.js";

const released = parseTransformerConfig(RELEASED_8B);
/** Shapes of the released checkpoint, as its files list them. */
const { "mmada-8b": shapes, magvitv2: tokenizerShapes } = JSON.parse(
  readFileSync("test/parity/released-parameter-shapes.json", "utf8"),
) as Record<string, Record<string, number[]>>;
const NUM_PARAMETERS = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

const recipeOf = (changes: Record<string, unknown> = {}) =>
  parseRunRecipe(
    JSON.stringify({
      objective: "masked-diffusion",
      seed: 1,
      steps: 100,
      model: { from: "x" },
      data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
      batch: { rows: 8, accumulation: 4, lineLength: 1024 },
      optimizer: { type: "adamw" },
      learningRate: { peak: 1e-4 },
      checkpoints: { every: 1 },
      ...changes,
    }),
    "test",
  ) as TransformerRecipe;

const tiny = parseTransformerConfig({
  ...{ d_model: 64, n_layers: 2, n_heads: 2, mlp_hidden_size: 192, vocab_size: 128, embedding_size: 128 },
  ...{ mask_token_id: 127, eos_token_id: 0, pad_token_id: 0 },
});

test("training all of the released 8B takes four numbers a parameter, and a fifth to add up parts of a step", () => {
  const { numTrained, numFrozen, memory, tokensPerStep, tokens, operationsPerStep, rowsAtOnce } = costOf(
    recipeOf(),
    released,
  );
  expect(numTrained).toBe(NUM_PARAMETERS);
  expect(numFrozen).toBe(0);
  expect(memory.weights).toBe(4 * NUM_PARAMETERS);
  expect(memory.gradients).toBe(8 * NUM_PARAMETERS);
  expect(memory.optimizer).toBe(8 * NUM_PARAMETERS);
  expect([memory.frozen, memory.reference]).toEqual([0, 0]);
  const { total, ...parts } = memory;
  expect(total).toBe(Object.values(parts).reduce((a, b) => a + b));
  expect([rowsAtOnce, tokensPerStep, tokens]).toEqual([2, 8192, 819_200]);
  // Forward and two gradients: 6 operations a parameter and token; the head for half of the places, the embedding for none.
  const inBlocks = NUM_PARAMETERS - 2 * 134_656 * 4096;
  const head = 134_656 * 4096;
  const attention = 6 * 2 * 32 * 4096 * 1024;
  const expected = 8192 * (6 * inBlocks + 3 * head + attention);
  expect(operationsPerStep / expected).toBeCloseTo(1, 2);
});

test("adapters leave the gradients of the model away; a base of few bits is a quarter, or an eighth and its scales", () => {
  const full = costOf(recipeOf(), released);
  const [floats, int8, int4] = [undefined, "int8", "int4"].map((base) =>
    costOf(recipeOf({ lora: { rank: 16, ...(base ? { base } : {}) }, recomputation: true }), released),
  );
  expect(floats.numFrozen).toBe(NUM_PARAMETERS);
  expect(floats.numTrained / NUM_PARAMETERS).toBeLessThan(0.01);
  expect(floats.memory.frozen).toBe(full.memory.weights);
  expect(int8.memory.frozen / floats.memory.frozen).toBeCloseTo((1 + 4 / 64) / 4, 3);
  expect(int4.memory.frozen / floats.memory.frozen).toBeCloseTo((0.5 + 4 / 64) / 4, 3);
  // No gradients to the weights, but a second forward pass.
  const ratio = floats.operationsPerStep / full.operationsPerStep;
  expect(ratio).toBeGreaterThan(0.9);
  expect(ratio).toBeLessThan(1);
});

test("recomputation and fewer rows at once take less for activations", () => {
  const activations = (changes: Record<string, unknown>) => costOf(recipeOf(changes), released).memory.activations;
  const kept = activations({});
  expect(activations({ recomputation: true })).toBeLessThan(kept / 3);
  const one = activations({ batch: { rows: 8, accumulation: 8, lineLength: 1024 } });
  expect(one / kept).toBeCloseTo(0.5, 1);
});

test("optimizers remember two numbers a parameter, and one more for an average", () => {
  const memoryOf = (type: string, more = {}) => costOf(recipeOf({ optimizer: { type }, ...more }), tiny).memory;
  for (const type of ["adamw", "muon"]) {
    const { optimizer, weights } = memoryOf(type);
    expect(optimizer).toBe(2 * weights);
    expect(memoryOf(type, { averageDecay: 0.99 }).optimizer).toBe(3 * weights);
  }
});

test("reinforcement counts rollouts, scoring and the reference", () => {
  const unigrpo = (changes: Record<string, unknown> = {}, surroundings: ModelSurroundings = {}) =>
    costOf(
      recipeOf({
        objective: "unigrpo",
        rollouts: { groups: 2, groupSize: 4, sampling: { text: { steps: 16 }, image: { steps: 8 } } },
        batch: { rows: 4, lineLength: 64 },
        rewards: [{ weight: 1, reward: { type: "numeric" } }],
        loss: { numIterations: 2, klBeta: 0.01 },
        ...changes,
      }),
      tiny,
      surroundings,
    );
  const cost = unigrpo();
  expect(cost.rowsPerStep).toBe(8);
  expect(cost.memory.reference).toBe(cost.memory.weights);
  expect(cost.rolloutOperationsPerStep).toBeGreaterThan(0.5 * cost.operationsPerStep);
  expect(unigrpo({ loss: { klBeta: 0 } }).memory.reference).toBe(0);
  // The frozen model is the reference.
  expect(unigrpo({ lora: { rank: 2 } }).memory.reference).toBe(0);
  expect(unigrpo({ tasks: { lm_chat: { noise: { kind: "random", copies: 3 } } } }).rowsPerStep).toBe(24);
  // Noises of what never comes up cost nothing, and of pictures the trace has the steps that pictures are drawn in.
  const drawn = { data: [{ weight: 1, source: { type: "scenes", kind: "t2i", numScenes: 9 } }] };
  expect(unigrpo({ ...drawn, tasks: { lm_chat: { noise: { kind: "random", copies: 3 } } } }).rowsPerStep).toBe(8);
  expect(unigrpo({ ...drawn, tasks: { t2i: { noise: "trace" } } }).rowsPerStep).toBe(8 * 8);
  expect(unigrpo({ tasks: { lm_chat: { noise: "trace" } } }).rowsPerStep).toBe(8 * 16);
  // The model's own settings are the sampler's where the recipe has none.
  const sampledBy = (text: object) =>
    unigrpo(
      { rollouts: { groups: 2, groupSize: 4, sampling: { image: { steps: 1 } } } },
      { defaults: parseTaskDefaults({ text }) },
    ).rolloutOperationsPerStep;
  expect(sampledBy({}) / sampledBy({ steps: 32 })).toBe(RELEASED_DEFAULTS.text.steps / 32);
  // Beside each row stands the one that guidance compares it with.
  const rollouts = { groups: 2, groupSize: 4, sampling: { image: { steps: 8, guidanceScale: 1, temperature: 1 } } };
  const guided = (likelihood: string) => unigrpo({ rollouts, loss: { likelihood } });
  expect(guided("sampling").rowsPerStep).toBe(2 * guided("network").rowsPerStep);
});

test("guided rollouts take rows to compare with, of memory and of operations, where pictures are drawn", () => {
  const costWith = (guidanceScale: number | undefined, source: object, defaults?: ModelSurroundings) =>
    costOf(
      recipeOf({
        objective: "unigrpo",
        data: [{ weight: 1, source }],
        rollouts: { groups: 8, groupSize: 8, sampling: { image: { steps: 200, guidanceScale } } },
        batch: { rows: 1, lineLength: 64 },
        rewards: [{ weight: 1, reward: { type: "format" } }],
      }),
      tiny,
      defaults,
    );
  const scenes = { type: "scenes", kind: "t2i", numScenes: 9 };
  const [guided, unguided, byDefault] = [2, 0, undefined].map((scale) => costWith(scale, scenes));
  // 64 canvases at once are what most is alive in.
  const ratio = guided.memory.activations / unguided.memory.activations;
  expect(ratio).toBeGreaterThan(1.8);
  expect(ratio).toBeLessThanOrEqual(2);
  expect(guided.rolloutOperationsPerStep).toBe(2 * unguided.rolloutOperationsPerStep);
  expect(RELEASED_DEFAULTS.image.guidanceScale).toBeGreaterThan(0);
  expect(byDefault.memory.activations).toBe(guided.memory.activations);
  // What answers alone need hangs on the text's sampler.
  const problems = { type: "problems", kind: "sum" };
  expect(costWith(2, problems)).toEqual(costWith(0, problems));
  // Data that may be anything is taken for both.
  expect(costWith(2, { type: "jsonl", path: "x" }).memory.activations).toBe(guided.memory.activations);
});

test("replayed rows are counted beside the rollouts, and the image tokenizer with the pictures that it encodes at once", () => {
  const recipe = (changes: Record<string, unknown> = {}) =>
    recipeOf({
      objective: "unigrpo",
      rollouts: { groups: 2, groupSize: 4, sampling: { image: { steps: 8 } } },
      batch: { rows: 8, lineLength: 64 },
      rewards: [{ weight: 1, reward: { type: "scene" } }],
      ...changes,
    });
  const replay = {
    data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
    batch: { rows: 32, accumulation: 2, lineLength: 128 },
  };
  const [without, beside] = [costOf(recipe(), tiny), costOf(recipe({ replay }), tiny)];
  expect(beside.tokensPerStep - without.tokensPerStep).toBe(32 * 128);
  // 16 lines of 128 places at once rather than 8 of 64, and gradients of parts that are added up.
  expect(beside.memory.activations / without.memory.activations).toBeGreaterThan(3.5);
  expect(beside.memory.gradients).toBe(2 * without.memory.gradients);
  expect(beside.operationsPerStep).toBeGreaterThan(without.operationsPerStep);

  const config = parseImageTokenizerConfig({});
  const bytes = (resolution: number) =>
    costOf(recipe(), tiny, { pictures: { config, resolution } }).memory.imageTokenizer;
  const numWeights = Object.values(tokenizerShapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  // Two pictures of 512 pixels, of 128 channels at full size, several such results at once.
  expect(bytes(512) - 4 * numWeights).toBeGreaterThan(2 * 4 * 2 * 128 * 512 ** 2);
  expect(bytes(512) / (bytes(1024) / 2 + 2 * numWeights)).toBeCloseTo(1, 3);
});

test("what would fit is said in the words of the recipe, the least change of each kind", () => {
  const twoBlocks = { ...released, numLayers: 2 };
  const within = (recipe: TransformerRecipe, gigabytes: number) =>
    alternativesWithin(recipe, twoBlocks, gigabytes * 1e9).map(({ changes }) => changes.join(", "));
  expect(within(recipeOf(), 1000)[0]).toBe("recomputation: true");
  expect(within(recipeOf(), 5)).toEqual([
    "lora: { rank: 16, base: int8 }, recomputation: true",
    "lora: { rank: 16, base: int4 }, recomputation: true",
  ]);
  expect(within(recipeOf(), 1)).toEqual([]);
  const already = recipeOf({ lora: { rank: 4, base: "int8" }, recomputation: true });
  expect(within(already, 2.5)).toEqual(["lora: { base: int4 }, batch.accumulation: 8"]);
});

test("no change is proposed that the recipe would be refused with: adapters go all the way from a model that is there", () => {
  const half = {
    ...{ objective: "unigrpo", recomputation: true, interpolation: 0.5, batch: { rows: 1, lineLength: 1024 } },
    rollouts: { groups: 2, groupSize: 2, maxBatch: 1 },
    rewards: [{ weight: 1, reward: { type: "numeric" } }],
  };
  for (const recipe of [half, { model: { config: {}, tokenizer: "x" }, recomputation: true }].map(recipeOf)) {
    for (const { changes } of alternativesWithin(recipe, released, 60e9)) expect(changes.join()).not.toContain("lora");
    expect(alternativesWithin(recipe, released, 20e9)).toEqual([]);
  }
  expect(alternativesWithin(recipeOf({ ...half, interpolation: 1 }), released, 60e9)).not.toEqual([]);
});
