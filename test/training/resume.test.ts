/** A run that is killed, of whatever kind, goes on as if it had not been: its losses are bit for bit those of a run that was left alone. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, watch } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float16ToFloat32, float32ToFloat16 } from "../../src/array/float16.js";
import { listCheckpoints } from "../../src/training/checkpoint-node.js";
import { openTensorFile } from "../../src/weights/tensor-file.js";

const MAIN = resolve("dist/cli/main.js");
const MINI = resolve("models/mini");
const STEPS = 9;

const RECIPE = {
  objective: "masked-diffusion",
  seed: 3,
  steps: STEPS,
  model: {
    tokenizer: MINI,
    imageTokenizer: join(MINI, "image-tokenizer"),
    config: {
      ...JSON.parse(readFileSync(join(MINI, "config.json"), "utf8")),
      d_model: 32,
      n_layers: 1,
      n_heads: 2,
      mlp_hidden_size: 64,
      weight_tying: true,
    },
  },
  data: [
    { weight: 1, source: { type: "scenes", kind: "t2i", numScenes: 50 } },
    { weight: 1, source: { type: "scenes", kind: "question", numScenes: 50 } },
    { weight: 1, source: { type: "problems", kind: "sum" } },
  ],
  batch: { rows: 6, accumulation: 2, lineLength: 192, times: "stratified" },
  optimizer: { type: "adamw" },
  learningRate: { peak: 3e-3, warmupSteps: 3 },
  maxGradientNorm: 1,
  checkpoints: { every: 2, keep: 2 },
  validation: { every: 6, rows: 6, samples: 1 },
};

/** Reinforcement of what the recipe above has made. */
const REINFORCEMENT = {
  objective: "unigrpo",
  seed: 5,
  steps: STEPS,
  model: { from: "alone/model" },
  data: [{ weight: 1, source: { type: "scenes", kind: "t2i", numScenes: 50 } }],
  rollouts: {
    ...{ groups: 2, groupSize: 4, maxRefills: 1, partialPictures: 1 },
    sampling: { image: { steps: 3, guidanceScale: 1, temperature: 1 } },
  },
  loss: { numIterations: 3, klBeta: 0.01, likelihood: "sampling" },
  tasks: { t2i: { noise: { kind: "random", copies: 2 } } },
  batch: { rows: 6, lineLength: 192 },
  replay: {
    weight: 0.5,
    data: [
      { weight: 1, source: { type: "scenes", kind: "question", numScenes: 50 } },
      { weight: 1, source: { type: "problems", kind: "sum" } },
    ],
    batch: { rows: 4, lineLength: 192 },
  },
  rewards: [{ weight: 1, reward: { type: "scene" } }],
  optimizer: { type: "adamw" },
  learningRate: { peak: 1e-3 },
  averageDecay: 0.8,
  maxGradientNorm: 1,
  checkpoints: { every: 1, keep: 2 },
  validation: { every: 6, atStart: true, rows: 4, samples: 1 },
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-resume-"));
  await writeFile(join(directory, "recipe.yaml"), JSON.stringify(RECIPE));
  await writeFile(join(directory, "reinforcement.yaml"), JSON.stringify(REINFORCEMENT));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const readLines = (output: string): Record<string, unknown>[] => {
  const path = join(output, "metrics.jsonl");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
};
/** As finished models are saved. */
const asFloat16 = (values: Float32Array) => float16ToFloat32(float32ToFloat16(values));
const rolloutsOf = (iteration: number) => `rollouts/iteration-00000${iteration}.jsonl`;

/** What does not hang on the clock. */
const withoutTimes = (output: string) => readLines(output).map(({ seconds: _, ...line }) => line);

/** Trains in `output`; sends `signal` when the log has a line of step `at`, at once or a little later. */
async function train(
  output: string,
  stop?: { signal: NodeJS.Signals; at: number; delay: number },
  recipe = "recipe.yaml",
) {
  await mkdir(output, { recursive: true });
  const child = spawn(process.execPath, [MAIN, "train", join(directory, recipe), "--output", output], {
    stdio: "pipe",
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const watcher = watch(output, () => {
    if (!stop || Number(readLines(output).at(-1)?.step ?? 0) < stop.at) return;
    watcher.close();
    setTimeout(() => child.kill(stop.signal), stop.delay);
  });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  watcher.close();
  return { code, text };
}

/** A run that is left alone, where it is; several tests look at one, and whichever comes first waits for it. */
const leftAlone: Record<string, Promise<string>> = {};
function runAlone(name: "alone" | "reinforced-alone"): Promise<string> {
  leftAlone[name] ??= (async () => {
    const isReinforced = name === "reinforced-alone";
    if (isReinforced) await runAlone("alone"); // its model is what is reinforced
    const output = join(directory, name);
    const recipe = isReinforced ? "reinforcement.yaml" : "recipe.yaml";
    expect(await train(output, undefined, recipe)).toMatchObject({ code: 0 });
    return output;
  })();
  return leftAlone[name];
}

describe("a run that is stopped", { timeout: 240_000 }, () => {
  it("goes on bit for bit after SIGKILL and Ctrl-C", async () => {
    const alone = await runAlone("alone");
    expect(withoutTimes(alone).map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));

    const killed = join(directory, "killed");
    expect((await train(killed, { signal: "SIGKILL", at: 1, delay: 0 })).code).toBeNull();
    expect((await train(killed, { signal: "SIGKILL", at: 3, delay: 15 })).code).toBeNull();
    const stopped = await train(killed, { signal: "SIGINT", at: 5, delay: 0 });
    expect(stopped.code).toBe(130);
    expect(stopped.text).toMatch(/stopped after step \d; the same command goes on from there/);
    expect(await train(killed)).toMatchObject({ code: 0 });
    expect(withoutTimes(killed)).toEqual(withoutTimes(alone));

    const weights = (output: string) => readFileSync(join(output, "model/model.safetensors"));
    expect(weights(killed).equals(weights(alone))).toBe(true);
  });

  it("goes on bit for bit in the middle of rollouts and of inner updates", async () => {
    const alone = await runAlone("reinforced-alone");
    const killed = join(directory, "reinforced-killed");
    const run = (at?: number, delay = 0) =>
      train(killed, at === undefined ? undefined : { signal: "SIGKILL", at, delay }, "reinforcement.yaml");
    expect((await run(1, 20)).code).toBeNull();
    expect((await run(3, 80)).code).toBeNull();
    expect((await run(5)).code).toBeNull();
    expect(await run()).toMatchObject({ code: 0 });
    expect(withoutTimes(killed)).toEqual(withoutTimes(alone));
    const content = (output: string, path: string) => readFileSync(join(output, path));
    for (const path of ["model/model.safetensors", "validation.jsonl", ...[0, 1, 2].map(rolloutsOf)]) {
      expect(content(killed, path).equals(content(alone, path)), path).toBe(true);
    }
  });

  it("gives a model between start and end, chosen when it is done", async () => {
    const output = join(directory, "between");
    await cp(await runAlone("reinforced-alone"), output, { recursive: true });
    const weightsOf = async (model: string) => {
      const file = await openTensorFile(join(directory, model, "model.safetensors"));
      const name = file.names.find((one) => one.endsWith("ff_out.weight")) as string;
      const { data } = await file.readAs(name, "float32");
      await file.close();
      return data;
    };
    const [start, end] = [await weightsOf("alone/model"), await weightsOf("between/model")];
    await writeFile(join(directory, "between.yaml"), JSON.stringify({ ...REINFORCEMENT, interpolation: 0.25 }));
    expect(await train(output, undefined, "between.yaml")).toMatchObject({ code: 0 });
    const between = await weightsOf("between/model");
    const differs = start.filter((value, i) => value !== end[i]).length;
    expect(differs).toBeGreaterThan(start.length / 2);
    between.forEach((value, i) => {
      const wanted = start[i] + 0.25 * (end[i] - start[i]);
      expect(Math.abs(value - wanted)).toBeLessThan(2e-3 * Math.abs(wanted) + 1e-5); // float16
    });
  });

  it("ends in the average of its weights, which the last checkpoint holds beside them", async () => {
    const output = await runAlone("reinforced-alone");
    const last = (await listCheckpoints(join(output, "checkpoints"))).at(-1);
    expect(last?.step).toBe(STEPS);
    const [model, plain, optimizer] = await Promise.all(
      [join(output, "model/model"), join(last!.path, "model"), join(last!.path, "optimizer")].map((path) =>
        openTensorFile(`${path}.safetensors`),
      ),
    );
    let [numWeights, numOthers] = [0, 0];
    for (const name of plain.names) {
      const { data: finished } = await model.readAs(name, "float32");
      const ended = asFloat16((await plain.readAs(name, "float32")).data);
      const average = asFloat16((await optimizer.readAs(`average.${name}`, "float32")).data);
      expect(
        finished.findIndex((value, i) => value !== average[i]),
        name,
      ).toBe(-1);
      numWeights += finished.length;
      numOthers += finished.filter((value, i) => value !== ended[i]).length;
    }
    expect(numOthers).toBeGreaterThan(numWeights / 3);
    await Promise.all([model, plain, optimizer].map((file) => file.close()));
  });

  it("keeps the batch that a ratio exploded on, and the checkpoint before it", async () => {
    await runAlone("alone");
    const output = join(directory, "exploded");
    const loss = { ...REINFORCEMENT.loss, maxRatio: 1.0001 };
    await writeFile(join(directory, "exploding.yaml"), JSON.stringify({ ...REINFORCEMENT, loss }));
    const { code, text } = await train(output, undefined, "exploding.yaml");
    expect(code).toBe(1);
    expect(text).toMatch(/step 2: the ratio of new to old probability is 1\.\d+/);
    const batch = await openTensorFile(join(output, "diverged-000002-0.safetensors"));
    expect(batch.names).toEqual(expect.arrayContaining(["ids", "targets", "advantages", "oldLogProbs", "refLogProbs"]));
    expect(batch.metadata.fault).toContain("ratio");
    await batch.close();
    expect((await listCheckpoints(join(output, "checkpoints"))).map(({ step }) => step)).toEqual([1]);
  });

  it("is not mixed up with another", async () => {
    const output = await runAlone("alone");
    const refusalOf = async (other: object, into = output) => {
      await writeFile(join(directory, "other.yaml"), JSON.stringify(other));
      const child = spawn(process.execPath, [MAIN, "train", join(directory, "other.yaml"), "--output", into]);
      let text = "";
      child.stderr.on("data", (chunk) => (text += chunk));
      expect(await new Promise((done) => child.on("close", done))).toBe(1);
      return text;
    };
    expect(await refusalOf({ ...RECIPE, learningRate: { peak: 1e-3 } })).toContain(
      "they differ in learningRate.peak, learningRate.warmupSteps",
    );
    const config = { ...RECIPE.model.config, d_model: 64 };
    expect(await refusalOf({ ...RECIPE, model: { ...RECIPE.model, config } })).toContain(
      "they differ in model.config.d_model.",
    );
    expect(await refusalOf({ ...RECIPE, steps: STEPS - 1 })).toContain(
      `is at step ${STEPS}, the recipe ends at ${STEPS - 1}`,
    );
    // What validation looks at is opened before the first step.
    const data = [{ weight: 1, source: { type: "jsonl", path: "none.jsonl" } }];
    const fresh = join(directory, "no-validation");
    expect(await refusalOf({ ...RECIPE, validation: { ...RECIPE.validation, data } }, fresh)).toContain("none.jsonl");
    expect(existsSync(join(fresh, "metrics.jsonl"))).toBe(false);
  });
});
