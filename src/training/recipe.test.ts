import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRunRecipe, type RunRecipe } from "../runs/recipes.js";
import { checkSameRun, type ImageTokenizerRecipe, recipeSchema, validationData } from "./recipe.js";

const TINY = readFileSync("recipes/tiny.yaml", "utf8");

/** Goes on with the run of a saved recipe, as far as that is allowed. */
const goOn = (saved: unknown, given: RunRecipe) => checkSameRun(saved, given, recipeSchema, "runs/x");

describe("recipes", () => {
  it("look at other examples than they learn from, whatever seeds their sources have", () => {
    const recipe = parseRunRecipe(TINY.replace(/type: scenes,/, "type: scenes, seed: 7,"), "tiny.yaml");
    expect(recipe.data.some(({ source }) => "seed" in source && source.seed === 7)).toBe(true);
    const unnamed = { ...recipe, validation: { ...recipe.validation!, data: undefined } };
    const looked = validationData(unnamed);
    expect(looked.map(({ source }) => ({ ...source, seed: undefined }))).toEqual(
      recipe.data.map(({ source }) => ({ ...source, seed: undefined })),
    );
    expect(looked.every(({ source }) => !("seed" in source) || source.seed === undefined)).toBe(true);
    const named = { ...unnamed, validation: { ...unnamed.validation, data: recipe.data } };
    expect(validationData(named)).toBe(recipe.data);
  });

  it("tell of a setting that no network has", () => {
    const mistyped = TINY.replace("  config:", "  config:\n    rope_thetta: 48");
    expect(() => parseRunRecipe(mistyped, "tiny.yaml")).toThrow("model.config: rope_thetta: no transformer has such a");
  });

  it("may be longer, or take less memory, when a run goes on, and nothing else", () => {
    const recipe = parseRunRecipe(TINY, "tiny.yaml");
    expect(() => goOn(recipe, { ...recipe, steps: 90 })).not.toThrow();
    expect(() => goOn(recipe, { ...recipe, seed: 2 })).toThrow(/runs\/x .* differ in seed\./);
    const longer = { ...recipe, batch: { ...(recipe as { batch: object }).batch, lineLength: 4096 } } as typeof recipe;
    expect(() => goOn(recipe, longer)).not.toThrow();
    const reinforced = (rollouts: object) => ({ ...recipe, rollouts }) as unknown as typeof recipe;
    const saved = reinforced({ groups: 2, maxBatch: 200 });
    expect(() => goOn(saved, reinforced({ groups: 2, maxBatch: 100 }))).not.toThrow();
    expect(() => goOn(saved, reinforced({ groups: 3, maxBatch: 200 }))).toThrow(/rollouts.groups/);
    const batched = (batch: object, isRecomputing: boolean) =>
      ({ ...recipe, recomputation: isRecomputing, batch, replay: { batch } }) as unknown as typeof recipe;
    const whole = batched({ rows: 8, accumulation: 1 }, false);
    expect(() => goOn(whole, batched({ rows: 8, accumulation: 4 }, true))).not.toThrow();
    expect(() => goOn(whole, batched({ rows: 4, accumulation: 1 }, false))).toThrow(
      /differ in batch\.rows, replay\.batch\.rows\./,
    );
  });

  it("of an earlier version are what they were, whatever settings came later", () => {
    const recipe = parseRunRecipe(
      readFileSync("recipes/mini-image-tokenizer.yaml", "utf8"),
      "mini-image-tokenizer.yaml",
    ) as ImageTokenizerRecipe;
    const { reencoding, ...loss } = recipe.loss;
    expect(reencoding).toBe(0);
    const saved = { ...recipe, loss };
    expect(() => goOn(saved, recipe)).not.toThrow();
    const asking = { ...recipe, loss: { ...loss, reencoding: 0.1 } };
    expect(() => goOn(saved, asking)).toThrow(/differ in loss\.reencoding\./);
    // One that is no recipe any more is compared as it is.
    const gone = { ...saved, loss: { ...loss, sharpness: 1 } };
    expect(() => goOn(gone, recipe)).toThrow(/differ in loss\.sharpness, loss\.reencoding\./);
  });
});
