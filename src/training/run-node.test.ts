/** What a run tells of itself, whatever it trains: here a line. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshWeights, lineBatches, lineObjective } from "../../test/line-objective.js";
import { DataError } from "../data/example.js";
import { parseRunRecipe } from "../runs/recipes.js";
import { openBackend } from "../runtime/backends-node.js";
import type { Batch } from "./loop.js";
import { type RunEvent, runStage } from "./run-node.js";
import type { Stage, StageContext } from "./stage.js";

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), "mmada-run-"));
});
afterEach(() => rm(output, { recursive: true }));

const recipe = parseRunRecipe(
  JSON.stringify({
    ...{ objective: "masked-diffusion", seed: 1, steps: 2, model: { from: "x" } },
    data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
    ...{ batch: { rows: 4, lineLength: 8 }, optimizer: { type: "adamw" }, learningRate: { peak: 1e-3 } },
    ...{ checkpoints: { every: 2 }, validation: { every: 1 } },
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
async function events(make: (context: StageContext) => Stage, onEvent: (event: RunEvent, stop: () => void) => void) {
  const stop = new AbortController();
  const options = { backend: await openBackend("cpu"), output, recipeDirectory: output, signal: stop.signal };
  const seen: RunEvent[] = [];
  try {
    for await (const event of runStage(recipe, async (_, context) => make(context), options)) {
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
    ...["start", "preparing", "step", "looking", "validation", "step", "looking", "validation", "checkpoint"],
    ...["finishing", "finish"],
  ]);
});

test("what is remarked is told before a stop", async () => {
  const { seen } = await events(talkative, ({ kind }, stop) => kind === "step" && stop());
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
