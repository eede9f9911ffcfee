/** What a run tells of itself, whatever it trains: here a line. */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshWeights, lineBatches, lineObjective } from "../../test/line-objective.js";
import { DataError } from "../data/example.js";
import { parseRunRecipe, type RunRecipe } from "../runs/recipes.js";
import { openBackend } from "../runtime/backends-node.js";
import type { Batch } from "./loop.js";
import { type MaskedDiffusionRecipe, recipeSchema } from "./recipe.js";
import { type RunEvent, type RunKind, runStage } from "./run-node.js";
import type { Stage, StageContext } from "./stage.js";

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), "mmada-run-"));
});
afterEach(() => rm(output, { recursive: true }));

/** Two steps, each looked at, and what else the changes say. */
const recipeWith = (changes: object = {}) =>
  parseRunRecipe(
    JSON.stringify({
      ...{ objective: "masked-diffusion", seed: 1, steps: 2, model: { from: "x" } },
      data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
      ...{ batch: { rows: 4, lineLength: 8 }, optimizer: { type: "adamw" }, learningRate: { peak: 1e-3 } },
      ...{ checkpoints: { every: 2 }, validation: { every: 1 }, ...changes },
    }),
    "test",
  );

/** A stage that trains a line; what it is to do otherwise stands in `changes`. */
function lineStage(changes: Partial<Stage> = {}): Stage {
  const objective = lineObjective();
  return {
    objective,
    isDecayed: () => false,
    startWeights: async () => freshWeights(objective),
    openBatches: async () => lineBatches(4, 1),
    files: {},
    directories: {},
    validate: async () => ({ losses: {}, pictures: {}, answers: [] }),
    dispose: async () => {},
    ...changes,
  };
}

/** Runs such a stage; its events, and what ended it. */
async function events(
  make: (context: StageContext) => Stage,
  onEvent: (event: RunEvent, stop: () => void) => void,
  recipe = recipeWith(),
) {
  const stop = new AbortController();
  const options = { backend: await openBackend("cpu"), output, recipeDirectory: output, signal: stop.signal };
  const seen: RunEvent[] = [];
  try {
    const kind: RunKind<RunRecipe> = { schema: recipeSchema, open: async (_, context) => make(context) };
    for await (const event of runStage(recipe, kind, options)) {
      seen.push(event);
      onEvent(event, () => stop.abort());
    }
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}
const kindsOf = (seen: readonly RunEvent[]) =>
  seen.map((event) => (event.kind === "warning" ? event.text : event.kind));

/** A stage with something to say at every turn. */
const talkative = ({ onWarning }: StageContext) =>
  lineStage({
    async prepareValidation() {
      onWarning?.("preparing");
    },
    async validate() {
      onWarning?.("looking");
      return { losses: {}, pictures: {}, answers: [] };
    },
    async finish(weights) {
      onWarning?.("finishing");
      return weights;
    },
  });

test("what is remarked on the way is told, of the last look and the end too", async () => {
  const { seen, error } = await events(talkative, () => {});
  expect(error).toBeUndefined();
  expect(kindsOf(seen)).toEqual([
    ...["start", "preparing", "step", "looking", "validation", "step", "checkpoint", "looking", "validation"],
    ...["finishing", "finish"],
  ]);
});

test("what is remarked is told before a stop", async () => {
  const { seen } = await events(talkative, ({ kind }, stop) => kind === "validation" && stop());
  expect(kindsOf(seen)).toEqual(["start", "preparing", "step", "looking", "validation", "checkpoint", "stop"]);
});

test("what is remarked is told before the error that ends a run, and all is given back", async () => {
  let numDisposed = 0;
  const { seen, error } = await events(
    ({ onSkip }) =>
      lineStage({
        async validate() {
          onSkip?.(new DataError("x.jsonl:3", "no words"), "x.jsonl");
          throw new Error("too many");
        },
        async dispose() {
          numDisposed++;
        },
      }),
    () => {},
  );
  expect(error).toEqual(new Error("too many"));
  expect(kindsOf(seen)).toEqual(["start", "step", "skip"]);
  expect(numDisposed).toBe(1);
  expect(await readdir(output)).not.toContain("run.lock");
});

/** The steps of the looks that the directory keeps, and how often TensorBoard is told of one. */
async function looksKept() {
  const lines = (await readFile(join(output, "validation.jsonl"), "utf8").catch(() => "")).split("\n").slice(0, -1);
  const files = (await readdir(output)).filter((name) => name.startsWith("events."));
  const logs = await Promise.all(files.map((name) => readFile(join(output, name), "latin1")));
  const numTold = logs.join("").split("validation/seen").length - 1;
  return { steps: lines.map((line) => JSON.parse(line).step), numTold };
}
/** A stage that finds a number where it is looked at, unless what is done before ends the look. */
const lookedAt = (before: (context: StageContext) => void) => (context: StageContext) =>
  lineStage({
    async validate() {
      before(context);
      return { losses: { seen: 1 }, pictures: {}, answers: [] };
    },
  });

test("a look that fails loses nothing: its step is saved before, and it is taken again, once, when the run goes on", async () => {
  const recipe = recipeWith({ steps: 4, validation: { every: 2 } });
  const looking = lookedAt(() => {});
  const failing = lookedAt(() => {
    throw new Error("out of memory");
  });
  const first = await events(failing, () => {}, recipe);
  expect(first.error).toEqual(new Error("out of memory"));
  expect(kindsOf(first.seen)).toEqual(["start", "step", "step", "checkpoint"]);

  let numLooks = 0;
  const failingLast = lookedAt(() => {
    if (++numLooks === 2) throw new Error("out of memory");
  });
  const second = await events(failingLast, () => {}, recipe);
  expect(second.seen[0]).toMatchObject({ kind: "start", step: 2 });
  expect(second.seen[1]).toMatchObject({ kind: "validation", step: 2 });
  expect(kindsOf(second.seen)).toEqual(["start", "validation", "step", "step", "checkpoint"]);
  expect(await looksKept()).toEqual({ steps: [2], numTold: 1 });

  const third = await events(looking, () => {}, recipe);
  expect(kindsOf(third.seen)).toEqual(["start", "validation", "finish"]);
  expect(await looksKept()).toEqual({ steps: [2, 4], numTold: 2 });

  // Looks that were taken are not taken again.
  const fourth = await events(failing, () => {}, recipe);
  expect(kindsOf(fourth.seen)).toEqual(["start", "finish"]);
  expect(await looksKept()).toEqual({ steps: [2, 4], numTold: 2 });
});

test("a look that a stop ends is taken when the run goes on, that of the last step too", async () => {
  /** Runs until it is stopped in the look at such a step, or to its end. */
  const runUntilLook = async (at: number) => {
    let stopWhenDue = () => {};
    const stopped = lookedAt(({ signal }) => {
      stopWhenDue();
      signal?.throwIfAborted();
    });
    const { seen, error } = await events(stopped, (event, stop) => {
      if ((event.kind === "step" ? event.report.step : 0) === at) stopWhenDue = stop;
    });
    expect(error).toBeUndefined();
    return kindsOf(seen);
  };
  expect(await runUntilLook(1)).toEqual(["start", "step", "checkpoint", "stop"]);
  expect(await runUntilLook(2)).toEqual(["start", "validation", "step", "checkpoint", "stop"]);
  expect(await runUntilLook(3)).toEqual(["start", "validation", "finish"]);
  expect(await looksKept()).toEqual({ steps: [1, 2], numTold: 2 });
});

test("a run of an earlier version, which saved no settings that came later, goes on where these are as by default", async () => {
  const earlier = recipeWith() as MaskedDiffusionRecipe;
  const { times, ...batch } = earlier.batch;
  expect(times).toBe("independent");
  const saved = { ...earlier, batch } as MaskedDiffusionRecipe;
  await events(
    () => lineStage(),
    ({ kind }, stop) => kind === "step" && stop(),
    saved,
  );
  const other = recipeWith({ batch: { ...batch, times: "stratified" } });
  const { error } = await events(
    () => lineStage(),
    () => {},
    other,
  );
  expect(error).toMatchObject({ name: "RecipeError", message: expect.stringContaining("they differ in batch.times.") });
  const { seen } = await events(
    () => lineStage(),
    () => {},
    earlier,
  );
  expect(kindsOf(seen)).toEqual(["start", "validation", "step", "checkpoint", "validation", "finish"]);
});

const withoutNumbers = (batch: Batch): Batch => ({
  ...batch,
  inputs: Object.fromEntries(
    Object.entries(batch.inputs).map(([name, tensor]) => [
      name,
      { ...tensor, data: (tensor.data as Float32Array).map(() => Number.NaN) },
    ]),
  ),
});
const diverging = () => {
  const source = lineBatches(4, 1);
  return lineStage({
    openBatches: async () => ({ ...source, next: async () => (await source.next()).map(withoutNumbers) }),
  });
};

test("the batches that a run came to grief on are kept, and where they cannot be, the grief is still told", async () => {
  const kept = await events(diverging, () => {});
  expect(kept.error).toMatchObject({ name: "DivergenceError", step: 1 });
  expect(kindsOf(kept.seen)).toEqual(["start"]);
  const path = join(output, "diverged-000001-0.safetensors");
  await rm(path);
  await mkdir(path); // a file cannot be written over it
  const { seen, error } = await events(diverging, () => {});
  expect(error).toMatchObject({ name: "DivergenceError", step: 1 });
  expect(kindsOf(seen)).toEqual(["start", expect.stringMatching(/could not be kept: .*diverged-000001-0/)]);
});
