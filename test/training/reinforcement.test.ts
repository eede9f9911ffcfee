/** Reinforcement by a recipe, of the whole model and of adapters beside a frozen one, and the commands that look at such runs. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createRandom } from "../../src/array/random.js";
import { rlCommand } from "../../src/cli/commands/rl.js";
import { decodeImage } from "../../src/images/codec-node.js";
import { loadAdapter } from "../../src/model/adapter-files.js";
import { parseTransformerConfig } from "../../src/model/config.js";
import { loadTransformer } from "../../src/model/load-model.js";
import { ADAPTER_TARGETS, mergeAdapter } from "../../src/model/lora.js";
import { initializeParameters, listParameters } from "../../src/model/parameters.js";
import { transformerParameters } from "../../src/model/transformer.js";
import type { RolloutRecord } from "../../src/rl/rollout-log-node.js";
import { parseRunRecipe } from "../../src/runs/recipes.js";
import { runRecipe } from "../../src/runs/run-node.js";
import { openBackend } from "../../src/runtime/backends-node.js";
import { saveModelWeights } from "../../src/weights/model-weights.js";

const MINI = "models/mini";
const Q_PROJ = "model.transformer.blocks.0.q_proj.weight";

const farthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-reinforcement-"));
  for (const name of ["start", "other"]) await saveRandomModel(name);
  // What a random model makes is right nowhere, but always of another length or redness.
  await writeFile(
    join(directory, "differing.mjs"),
    `export const score = ({ image, answer }) =>
      image ? image.data.reduce((sum, value, i) => sum + (i % 3 ? 0 : value), 0) / 1e5 : answer.length;`,
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A little model with the words of the bundled one, as no training made it. */
async function saveRandomModel(name: string): Promise<void> {
  const model = join(directory, name);
  await mkdir(model);
  for (const file of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
    await cp(join(MINI, file), join(model, file));
  const settings = {
    ...JSON.parse(await readFile(join(MINI, "config.json"), "utf8")),
    ...{ d_model: 32, n_layers: 1, n_heads: 2, mlp_hidden_size: 64, weight_tying: true },
  };
  await writeFile(join(model, "config.json"), JSON.stringify(settings));
  const specs = listParameters((make) => transformerParameters(parseTransformerConfig(settings), make));
  await saveModelWeights(model, initializeParameters(specs, createRandom(name)), { dtype: "float32" });
}

const RECIPE = {
  ...{ objective: "unigrpo", seed: 5, steps: 3, dtype: "float32" },
  model: { from: "start", imageTokenizer: resolve(MINI, "image-tokenizer") },
  data: [
    { weight: 1, source: { type: "scenes", kind: "t2i", numScenes: 50 } },
    { weight: 1, source: { type: "problems", kind: "sum" } },
  ],
  rollouts: {
    ...{ groups: 2, groupSize: 3, maxRefills: 0 },
    sampling: {
      image: { steps: 2, guidanceScale: 0, temperature: 1 },
      text: { genLength: 8, steps: 2, temperature: 1, thinking: false },
    },
  },
  loss: { numIterations: 2, klBeta: 0.01 },
  batch: { rows: 6, lineLength: 192 },
  rewards: [{ weight: 1, reward: { type: "module", path: "differing.mjs", name: "differing" } }],
  optimizer: { type: "adamw" },
  learningRate: { peak: 0.03, warmupSteps: 1, floor: 0.5 },
  checkpoints: { every: 3 },
};
const LORA = { rank: 2 };
const OTHER = { ...RECIPE.model, reference: "other" };

/** Runs the recipe with these changes. */
async function reinforce(name: string, changes: object): Promise<string> {
  const output = join(directory, name);
  const recipe = parseRunRecipe(JSON.stringify({ ...RECIPE, ...changes }), name);
  const options = { backend: await openBackend("cpu"), output, recipeDirectory: directory };
  for await (const event of runRecipe(recipe, options)) expect(event).not.toHaveProperty("text"); // of warnings
  return output;
}

/** Runs that several tests look at; whichever comes first waits for one. */
const runs: Record<string, Promise<string>> = {};
const CHANGES = { adapters: { lora: LORA }, "adapters-8-bit": { lora: { ...LORA, base: "int8" } } };
function runOf(name: keyof typeof CHANGES): Promise<string> {
  runs[name] ??= reinforce(name, CHANGES[name]);
  return runs[name];
}

const linesOf = async <T>(path: string) =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const metricsOf = (run: string) =>
  linesOf<{ readonly losses: Readonly<Record<string, number>>; readonly learningRate: number }>(
    join(run, "metrics.jsonl"),
  );
const divergencesOf = async (run: string) => (await metricsOf(run)).map(({ losses }) => losses["policy/kl"]);

describe("adapters that are reinforced", { timeout: 240_000 }, () => {
  it.each(["adapters", "adapters-8-bit"] as const)(
    "%s: begin as the reference, leave it, and are saved",
    async (name) => {
      const output = await runOf(name);
      const [first, ...others] = await divergencesOf(output);
      // Adapters that do nothing yet, and the same weights without: bit for bit the same.
      expect(first).toBe(0);
      expect(others).toHaveLength(2);
      expect((await metricsOf(output)).map(({ learningRate }) => learningRate)).toEqual([0.03, 0.03, 0.0225]);
      for (const divergence of others) expect(divergence).toBeGreaterThan(1e-3);

      const adapter = await loadAdapter(join(output, "adapter"));
      expect(adapter.config).toEqual({ rank: 2, alpha: 4, targets: ADAPTER_TARGETS });
      const [start, finished] = [
        await loadTransformer(join(directory, "start")),
        await loadTransformer(join(output, "model")),
      ];
      const merged = mergeAdapter(start.weights, adapter);
      // What half a step of 8 bits takes from the frozen weights.
      const lost = name === "adapters" ? 0 : 0.01;
      for (const [layer, { data }] of merged)
        expect(farthest(finished.weights.get(layer)!.data, data), layer).toBeLessThanOrEqual(lost);
      const moved = farthest(merged.get(Q_PROJ)!.data, start.weights.get(Q_PROJ)!.data);
      expect(moved).toBeGreaterThan(0.02);
    },
  );

  it("are kept near another reference from the first step, as the whole model is", async () => {
    const whole = await divergencesOf(await reinforce("other", { model: OTHER }));
    const adapters = await divergencesOf(await reinforce("adapters-other", { model: OTHER, lora: LORA }));
    const ofFewBits = { model: OTHER, lora: { ...LORA, base: "int8" } };
    const fewBits = await divergencesOf(await reinforce("adapters-8-bit-other", ofFewBits));
    expect(whole[0]).toBeGreaterThan(0.5);
    expect(adapters[0]).toBeCloseTo(whole[0], 5);
    expect(fewBits[0]).toBeGreaterThan(0.5);
  });
});

describe("mmada rl", { timeout: 240_000 }, () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** What `mmada rl ARGUMENTS` prints. */
  async function printed(...args: string[]): Promise<string> {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    log.mockClear();
    await rlCommand().parseAsync(args, { from: "user" });
    return log.mock.calls.map(([line]) => `${line}\n`).join("");
  }
  const rolloutsOf = (run: string, iteration: number) =>
    linesOf<RolloutRecord>(join(run, `rollouts/iteration-00000${iteration}.jsonl`));
  const pictureIn = async (path: string) => decodeImage(await readFile(path));

  it("show lists what the log holds of an iteration, the last one first", async () => {
    const run = await runOf("adapters");
    const records = await rolloutsOf(run, 1);
    expect(new Set(records.map(({ task }) => task))).toEqual(new Set(["t2i", "lm_chat"]));
    const mean = records.reduce((sum, { reward }) => sum + reward, 0) / records.length;
    const lines = (await printed("show", run)).split("\n");
    expect(lines[0]).toBe(`iteration 1: 2 groups, 2 learnt from, mean reward ${mean.toFixed(3)}`);
    for (const { group, member, task, source, messages, expected, reward, advantages, codes, answer } of records) {
      const head = lines.findIndex((line) => line.startsWith(`${group} [${task}, ${source}] ${messages[0].content}`));
      expect(lines[head].endsWith(expected === undefined ? messages[0].content : ` → ${expected}`)).toBe(true);
      const line = lines[head + 1 + member];
      const [{ advantage }] = advantages;
      const sign = advantage < 0 ? "−" : "+";
      expect(line).toContain(`  ${member}  ${reward.toFixed(3)}  ${sign}${Math.abs(advantage).toFixed(2)}  `);
      expect(line).toContain(codes ? "a picture of 64 codes" : (answer as string).replace(/\s+/g, " "));
    }
    expect(await printed("show", run, "--iteration", "0")).toMatch(/^iteration 0: /);
  });

  it("show gives one group in full, lines as they are, and its pictures", async () => {
    const run = await runOf("adapters");
    const records = await rolloutsOf(run, 1);
    const drawn = records.filter(({ task }) => task === "t2i");
    const whole = await printed("show", run, "--group", `${drawn[0].group}`);
    for (const { seed, steps, nfe, rewards, noise } of drawn) {
      expect(whole).toContain(`  drawn with  seed ${seed}, ${steps} steps, ${nfe} evaluations\n`);
      expect(whole).toContain(`  rewards     differing ${rewards.differing.toFixed(3)}\n`);
      expect(noise).toHaveLength(2);
    }
    const strips = [...whole.matchAll(/^ {2}update (\d) {4}([■▒·]+)$/gm)];
    expect(
      strips.map(([, update, strip]) => [Number(update), [...strip].filter((place) => place === "■").length]),
    ).toEqual(drawn.flatMap(({ noise }) => noise.map(([{ scored }], update) => [update, scored.length])));

    const sheet = join(directory, "drawn.png");
    const asJson = await printed("show", run, "--task", "t2i", "--pictures", sheet, "--json");
    expect(
      asJson
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(drawn);
    const { width, data } = await pictureIn(sheet);
    expect(width).toBe(3 * 128 + 4 * 12);
    expect(new Set(data).size).toBeGreaterThan(50);
  });

  it("show refuses what is not there", async () => {
    const run = await runOf("adapters");
    await expect(printed("show", run, "--iteration", "7")).rejects.toThrow("there is no iteration 7; there are 0 to 1");
    await expect(printed("show", run, "--group", "2")).rejects.toThrow(/has no group 2: there are groups 0 to 1, of /);
    await expect(printed("show", run, "--task", "none")).rejects.toThrow(/has no task none: there are groups 0 to 1/);
    await expect(
      printed("show", run, "--task", "t2i", "--pictures", "a.png", "--image-tokenizer", "none"),
    ).rejects.toThrow(
      "there is no image tokenizer in none: where a run has not ended, or is elsewhere, --image-tokenizer names one",
    );
    await expect(printed("show", directory)).rejects.toThrow("holds no rollouts");
    const written = printed("show", run, "--task", "lm_chat", "--pictures", join(directory, "none.png"));
    await expect(written).rejects.toThrow("these rollouts drew nothing");
  });

  it("report and compare draw the curves of runs", async () => {
    const both = [await runOf("adapters"), await runOf("adapters-8-bit")];
    expect(await printed("report", both[0])).toBe(`${join(both[0], "report.png")}\n`);
    const report = await pictureIn(join(both[0], "report.png"));
    expect(report.width).toBeGreaterThan(1500);

    const compared = async (name: string, ...args: string[]) => {
      const output = join(directory, name);
      expect(await printed("compare", ...args, "--output", output)).toBe(`${output}\n`);
      return pictureIn(output);
    };
    const rewards = await compared("rewards.png", ...both);
    const divergences = await compared("divergences.png", ...both, "--curve", "policy/kl");
    expect(rewards.width).toBeGreaterThan(640);
    expect(Buffer.from(divergences.data).equals(rewards.data)).toBe(false);
    await expect(compared("none.png", ...both, "--curve", "reward/mmu")).rejects.toThrow("has no curve reward/mmu");
  });
});
