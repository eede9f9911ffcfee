import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openBackend } from "#backends";
import { RecipeError } from "../training/recipe.js";
import { type DryRunOptions, dryRun } from "./dry-run-node.js";
import { parseRunRecipe, type RunRecipe } from "./recipes.js";

const recipeOf = (name: string) => parseRunRecipe(readFileSync(`recipes/${name}`, "utf8"), name);
const dryRunOf = async (name: string, options: Partial<DryRunOptions> = {}, recipe = recipeOf(name)) =>
  dryRun(recipe, { ...{ backend: await openBackend("cpu"), recipeDirectory: "recipes" }, ...options });

test("a run that fits is measured, and takes as long as all of its steps", async () => {
  const { fits, configFrom, cost, alternatives, speed, secondsPerStep, seconds } = await dryRunOf("tiny-lora.yaml");
  expect({ fits, configFrom, alternatives }).toEqual({
    ...{ fits: true, configFrom: "../models/mini/config.json", alternatives: [] },
  });
  expect(speed?.operationsPerSecond).toBeGreaterThan(0);
  expect(seconds).toBeCloseTo(cost.steps * (secondsPerStep as number));
});

test("one that does not fit is not measured: what would fit is said, with adapters where there may be some", async () => {
  const large = await dryRunOf("8b-pretraining.yaml", { availableMemory: 24e9 });
  expect(large).toMatchObject({ fits: false, availableMemory: 24e9, mayHaveAdapters: true });
  expect(large.alternatives.map(({ changes }) => changes.join())).toContain("lora: { rank: 16, base: int8 }");
  expect(large.speed).toBeUndefined();
  expect(await dryRunOf("tiny.yaml", { availableMemory: 1 })).toMatchObject({
    ...{ fits: false, mayHaveAdapters: false, alternatives: [] },
  });
});

test("recipes whose network it does not know are refused, and settings that are nowhere", async () => {
  const clip = dryRunOf("mini-clip.yaml");
  await expect(clip).rejects.toBeInstanceOf(RecipeError);
  await expect(clip).rejects.toThrow(/recipes of the transformer \(.*\), not clip/);
  const elsewhere = dryRunOf("tiny-lora.yaml", { recipeDirectory: "docs/api" });
  await expect(elsewhere).rejects.toThrow(/model.from: there is no .*config\.json/);
});

test("the image tokenizer is the one that the run would open", async () => {
  const withTokenizer = async (imageTokenizer?: string) => {
    const recipe = recipeOf("8b-pretraining.yaml");
    const own = { ...recipe, model: { ...recipe.model, imageTokenizer } } as RunRecipe;
    return (await dryRunOf("8b-pretraining.yaml", { availableMemory: 24e9 }, own)).cost.memory.imageTokenizer;
  };
  expect(await withTokenizer()).toBe(await withTokenizer("showlab/magvitv2"));
  expect(await withTokenizer("../models/mini/image-tokenizer")).toBeLessThan(await withTokenizer());
  await expect(withTokenizer("../no-tokenizer")).rejects.toThrow(/model.imageTokenizer: there is no .*no-tokenizer/);
});
