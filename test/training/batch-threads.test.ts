/** Threads that make batches ahead, over the compiled worker. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/data/example.js";
import { parseRunRecipe } from "../../src/runs/recipes.js";
import { openBackend } from "../../src/runtime/backends-node.js";
import { startBatchThreads } from "../../src/training/batch-threads-node.js";
import type { Batch, BatchSource } from "../../src/training/loop.js";
import type { MaskedDiffusionRecipe, Recipe } from "../../src/training/recipe.js";
import { openStage } from "../../src/training/stages-node.js";

const worker = new URL("../../dist/training/batch-worker-node.js", import.meta.url);
const directory = resolve("recipes");
const output = "out";

async function tinyRecipe(): Promise<MaskedDiffusionRecipe> {
  return parseRunRecipe(await readFile("recipes/tiny.yaml", "utf8"), "tiny.yaml") as MaskedDiffusionRecipe;
}

async function take(source: BatchSource, numSteps: number): Promise<{ steps: (readonly Batch[])[]; state: unknown }> {
  const steps: (readonly Batch[])[] = [];
  while (steps.length < numSteps) steps.push(await source.next());
  return { steps, state: JSON.parse(JSON.stringify(source.state())) };
}

if (!existsSync(worker)) throw new Error("there is no dist/: npm run build first");

describe("threads that make batches", () => {
  const start = (recipe: Recipe, startStep: number, position: unknown, numThreads: number) =>
    startBatchThreads({ recipe, directory, output, startStep, position, numThreads, worker });

  test("make those that one thread makes, from a saved position too, however many they are", async () => {
    const recipe = await tinyRecipe();
    const stage = await openStage(recipe, { backend: await openBackend("cpu"), directory, output });
    const expected = await take(await stage.openBatches(0, undefined, new Map()), 6);
    await stage.dispose();
    const first = start(recipe, 0, undefined, 3);
    const before = await take(first, 4);
    await first.dispose();
    const second = start(recipe, 4, before.state, 2);
    const after = await take(second, 2);
    await second.dispose();
    expect([...before.steps, ...after.steps]).toEqual(expected.steps);
    expect(after.state).toEqual(expected.state);
  });

  test("tell what went wrong in them", async () => {
    const recipe = await tinyRecipe();
    const threads = start({ ...recipe, batch: { ...recipe.batch, lineLength: 40 } }, 0, undefined, 2);
    const failure = await threads.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    expect((failure as DataError).message).toMatch(
      /^[\w-]+: an example of task \w+ takes \d+ places, more than a line of 40: ".+"\. Set batch\.lineLength to \d+ or more/,
    );
    await threads.dispose();
  });
});
