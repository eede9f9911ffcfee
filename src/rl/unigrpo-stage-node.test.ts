/** That settings of a recipe reach what they are about: advantages, weights and the loss of an iteration of a little random model. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { miniPath } from "../../test/mini.js";
import { createRandom } from "../array/random.js";
import { parseTransformerConfig } from "../model/config.js";
import { initializeParameters, listParameters } from "../model/parameters.js";
import { transformerParameters } from "../model/transformer.js";
import { openBackend } from "../runtime/backends-node.js";
import type { StageContext } from "../training/stage.js";
import { saveModelWeights } from "../weights/model-weights.js";
import { readIteration } from "./rollout-log-node.js";
import { lossSettings, unigrpoRecipe } from "./unigrpo-recipe.js";
import { openUnigrpo } from "./unigrpo-stage-node.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-unigrpo-"));
  const model = join(directory, "model");
  await mkdir(model);
  for (const file of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
    await cp(join(miniPath, file), join(model, file));
  const settings = {
    ...JSON.parse(await readFile(join(miniPath, "config.json"), "utf8")),
    ...{ d_model: 32, n_layers: 1, n_heads: 2, mlp_hidden_size: 64 },
  };
  await writeFile(join(model, "config.json"), JSON.stringify(settings));
  const specs = listParameters((make) => transformerParameters(parseTransformerConfig(settings), make));
  await saveModelWeights(model, initializeParameters(specs, createRandom(1)), { dtype: "float32" });
  await writeFile(join(directory, "letters.mjs"), "export const score = ({ answer }) => 10 * answer.length;");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const parse = (changes: object) =>
  unigrpoRecipe.parse({
    ...{ objective: "unigrpo", seed: 5, steps: 1 },
    model: { from: "model" },
    data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
    rollouts: {
      ...{ groups: 2, groupSize: 3, maxRefills: 0 },
      sampling: { text: { genLength: 6, steps: 2, temperature: 1, thinking: false } },
    },
    batch: { rows: 6, lineLength: 128 },
    rewards: [{ weight: 1, reward: { type: "module", path: "letters.mjs" } }],
    optimizer: { type: "adamw" },
    learningRate: { peak: 1e-3 },
    checkpoints: { every: 1 },
    ...changes,
  });

/** The first batches of a run, and its log of the rollouts that they are made of. */
async function firstIteration(name: string, changes: object) {
  const output = join(directory, name);
  await mkdir(output);
  const stage = await openUnigrpo(parse(changes), { backend: await openBackend("cpu"), directory, output });
  const batches = await (await stage.openBatches(0, undefined, await stage.startWeights())).next();
  await stage.dispose();
  return { batches, rollouts: await readIteration(join(output, "rollouts"), 0) };
}

test.each([
  { scaledAdvantages: true, change: {} },
  { scaledAdvantages: false, change: { scaledAdvantages: false } },
])("advantages are divided by the group's deviation unless the recipe says no: $scaledAdvantages", async (asked) => {
  const { scaledAdvantages, change } = asked;
  const changes = { loss: { klBeta: 0, ...change }, tasks: { lm_chat: { noise: "full", coefficient: 2 } } };
  const { batches, rollouts } = await firstIteration(`${scaledAdvantages}`, changes);
  const groups = [0, 1].map((number) => rollouts.filter(({ group }) => group === number));
  const expected = groups.flatMap((members) => {
    const rewards = members.map(({ reward }) => reward);
    const mean = (rewards[0] + rewards[1] + rewards[2]) / 3;
    const deviation = Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / 3);
    // Scores differ by tens, so that this is far from 1.
    expect(Math.abs(deviation - 1)).toBeGreaterThan(0.1);
    return rewards.map((reward) => (reward - mean) / (scaledAdvantages ? deviation + 1e-4 : 1));
  });
  const told = rollouts.map(({ advantages }) => advantages.map(({ advantage }) => advantage));
  expect(told.map((one) => one.length)).toEqual([1, 1, 1, 1, 1, 1]);
  for (const [i, [advantage]] of told.entries()) expect(advantage).toBeCloseTo(expected[i], 6);
  // And they are what is learnt from.
  const learnt = batches.flatMap(({ inputs }) => Array.from(inputs.advantages.data as Float32Array));
  expect(new Set(learnt)).toEqual(new Set(told.map(([advantage]) => Math.fround(advantage))));
  const weights = batches.flatMap(({ inputs }) => Array.from(inputs.weights.data as Float32Array));
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(2, 5);
});

test("data of validation that is not there is told of before the first step", async () => {
  const source = { type: "jsonl", path: "nowhere.jsonl" };
  const validation = { every: 9, data: [{ weight: 1, source }] };
  const context = { backend: await openBackend("cpu"), directory, output: join(directory, "none") };
  const stage = await openUnigrpo(parse({ validation }), context);
  await expect(stage.prepareValidation?.()).rejects.toThrow(/nowhere.jsonl/);
  await stage.dispose();
});

test("a replayed row that is too long names the setting of its own lines", async () => {
  const data = [{ weight: 1, source: { type: "problems", kind: "sum" } }];
  const replay = { data, batch: { rows: 1, lineLength: 8 } };
  await expect(firstIteration("replay", { replay })).rejects.toThrow(
    /^\S+ an example of task lm_chat takes (\d+) places, more than a line of 8: .*Set replay\.batch\.lineLength to \1 or more/,
  );
});

/** A backend that counts graphs, and can compile no more than so many. */
async function countingBackend(most: number) {
  const backend = await openBackend("cpu");
  const graphs = { numCompiled: 0, numDisposed: 0 };
  const compile: typeof backend.compile = async (...given) => {
    if (graphs.numCompiled === most) throw new Error("out of memory");
    graphs.numCompiled++;
    const executable = await backend.compile(...given);
    return {
      ...executable,
      async dispose() {
        graphs.numDisposed++;
        await executable.dispose();
      },
    };
  };
  return { backend: { ...backend, compile }, graphs };
}

/** A stage whose answers are rewarded by these lines of a module. */
async function rewardedBy(name: string, module: string, context: Partial<StageContext> = {}) {
  await writeFile(join(directory, `${name}.mjs`), module);
  const rewards = [{ weight: 1, reward: { type: "module", path: `${name}.mjs` } }];
  const recipe = parse({ rewards, validation: { every: 1, rows: 4, samples: 3 } });
  const backend = await openBackend("cpu");
  return openUnigrpo(recipe, { backend, directory, output: join(directory, "none"), ...context });
}

test("a look shows answers as they were rewarded, and counts rewards that failed", async () => {
  const stage = await rewardedBy(
    "failing-once",
    `let numAsked = 0;
    export const score = ({ answer }) => {
      if (++numAsked === 1) throw new Error("gone");
      return 10 * answer.length;
    };`,
  );
  const { losses, answers } = await stage.validate(await stage.startWeights());
  expect(losses["rollouts/rewardFailures"]).toBe(1 / 4);
  expect(answers).toHaveLength(3);
  expect(answers[0].reward).toBe(0);
  for (const { answer, reward } of answers.slice(1)) expect(reward).toBe(10 * answer.length);
  expect(losses["reward/lm_chat"]).toBeGreaterThan(0);
  await stage.dispose();
});

test("a look ends with the signal, while answers are sampled and while rewards are waited for", async () => {
  const { backend, graphs } = await countingBackend(9);
  const stop = new AbortController();
  const reason = new Error("stopped");
  const asked = vi.fn(() => stop.abort(reason));
  vi.stubGlobal("onAsked", asked);
  const never = "export const score = () => new Promise(() => globalThis.onAsked());";
  const stage = await rewardedBy("never", never, { backend, signal: stop.signal });
  const weights = await stage.startWeights();
  await expect(stage.validate(weights)).rejects.toBe(reason);
  expect(asked).toHaveBeenCalledOnce();
  // From now on it has stopped: nothing is sampled with any weights.
  const { numCompiled } = graphs;
  await expect(stage.validate(new Map(weights))).rejects.toBe(reason);
  expect(graphs.numCompiled).toBe(numCompiled);
  vi.unstubAllGlobals();
  await stage.dispose();
});

test("a graph for the reference is compiled where there is one, and graphs are given back where the next fails", async () => {
  const open = async (most: number, loss: object) => {
    const { backend, graphs } = await countingBackend(most);
    const opening = openUnigrpo(parse({ loss, lora: { rank: 2 } }), {
      backend,
      directory,
      output: join(directory, "none"),
    });
    return { opening, graphs };
  };
  const without = await open(9, { klBeta: 0 });
  await (await without.opening).dispose();
  expect(without.graphs).toEqual({ numCompiled: 1, numDisposed: 1 });
  const beside = await open(9, { klBeta: 0.1 });
  await (await beside.opening).dispose();
  expect(beside.graphs).toEqual({ numCompiled: 2, numDisposed: 2 });
  const failing = await open(1, { klBeta: 0.1 });
  await expect(failing.opening).rejects.toThrow("out of memory");
  expect(failing.graphs).toEqual({ numCompiled: 1, numDisposed: 1 });
});

test("the loss clips as the recipe says", () => {
  expect(lossSettings(parse({})).clipEpsilon).toBe(0.2);
  expect(lossSettings(parse({})).clipEpsilonHigh).toBeUndefined();
  const loss = { clipEpsilon: 0.1, clipEpsilonHigh: 0.28 };
  expect(lossSettings(parse({ loss }))).toMatchObject(loss);
});
