import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRunRecipe } from "../runs/recipes.js";
import { checkSameRun, validationData } from "./recipe.js";

const TINY = readFileSync("recipes/tiny.yaml", "utf8");

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
    expect(() => checkSameRun(recipe, { ...recipe, steps: 90 }, "runs/x")).not.toThrow();
    expect(() => checkSameRun(recipe, { ...recipe, seed: 2 }, "runs/x")).toThrow(/runs\/x .* differ in seed\./);
    const longer = { ...recipe, batch: { ...(recipe as { batch: object }).batch, lineLength: 4096 } };
    expect(() => checkSameRun(recipe, longer, "runs/x")).not.toThrow();
    const reinforced = (rollouts: object) => ({ ...recipe, rollouts }) as unknown as typeof recipe;
    const saved = reinforced({ groups: 2, maxBatch: 200 });
    expect(() => checkSameRun(saved, reinforced({ groups: 2, maxBatch: 100 }), "runs/x")).not.toThrow();
    expect(() => checkSameRun(saved, reinforced({ groups: 3, maxBatch: 200 }), "runs/x")).toThrow(/rollouts.groups/);
    const batched = (batch: object, isRecomputing: boolean) =>
      ({ ...recipe, recomputation: isRecomputing, batch, replay: { batch } }) as unknown as typeof recipe;
    const whole = batched({ rows: 8, accumulation: 1 }, false);
    expect(() => checkSameRun(whole, batched({ rows: 8, accumulation: 4 }, true), "runs/x")).not.toThrow();
    expect(() => checkSameRun(whole, batched({ rows: 4, accumulation: 1 }, false), "runs/x")).toThrow(
      /differ in batch\.rows, replay\.batch\.rows\./,
    );
  });
});
