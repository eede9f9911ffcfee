import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkSameRun, parseRecipe } from "./recipe.js";

const TINY = readFileSync("recipes/tiny.yaml", "utf8");

describe("recipes", () => {
  it("name what is wrong, with its value", () => {
    const broken = TINY.replace("rows: 16", "rows: 0.5").replace("maxGradientNorm: 1", "maxGradientNrm: 1");
    expect(() => parseRecipe(broken, "tiny.yaml")).toThrow(
      /tiny.yaml is no recipe:[\s\S]*batch.rows: .*got 0.5[\s\S]*maxGradientNrm/,
    );
    expect(() => parseRecipe("a: [", "x.yaml")).toThrow(/x.yaml is no YAML/);
    expect(() => parseRecipe("objective: magic", "x.yaml")).toThrow(/objective: .*got "magic"/);
    const neither = TINY.replace(/ {2}config:\n( {4}.*\n)+/, "");
    expect(() => parseRecipe(neither, "x.yaml")).toThrow(/either "from" .* or "config"/);
  });

  it("may be longer when a run goes on, and nothing else", () => {
    const recipe = parseRecipe(TINY, "tiny.yaml");
    expect(() => checkSameRun(recipe, { ...recipe, steps: 90 }, "runs/x")).not.toThrow();
    expect(() => checkSameRun(recipe, { ...recipe, seed: 2 }, "runs/x")).toThrow(/runs\/x .* differ in seed\./);
  });
});
