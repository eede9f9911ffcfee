import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRunRecipe } from "../runs/recipes.js";
import { checkSameRun, validationData } from "./recipe.js";

const TINY = readFileSync("recipes/tiny.yaml", "utf8");

describe("recipes", () => {
  it("name what is wrong, with its value", () => {
    const broken = TINY.replace("rows: 16", "rows: 0.5").replace("maxGradientNorm: 1", "maxGradientNrm: 1");
    expect(() => parseRunRecipe(broken, "tiny.yaml")).toThrow(
      /tiny.yaml is no recipe:[\s\S]*batch.rows: .*got 0.5[\s\S]*maxGradientNrm/,
    );
    expect(() => parseRunRecipe("a: [", "x.yaml")).toThrow(/x.yaml is no YAML/);
    expect(() => parseRunRecipe("objective: magic", "x.yaml")).toThrow(/objective: .*got "magic"/);
    const neither = TINY.replace(/ {2}config:\n( {4}.*\n)+/, "");
    expect(() => parseRunRecipe(neither, "x.yaml")).toThrow(/either "from" .* or "config"/);
  });

  it("say nothing that contradicts itself or would do nothing", () => {
    const changed = (from: string | RegExp, to: string) => {
      expect(TINY).toMatch(from);
      return () => parseRunRecipe(TINY.replace(from, to), "x.yaml");
    };
    expect(changed(/^optimizer: .*$/m, "optimizer: { type: adamw, beta2: 1 }")).toThrow(/optimizer.beta2: .*got 1/);
    expect(changed(/warmupSteps: \d+/, "warmupSteps: 6100")).toThrow(/warmupSteps is 6100, more than all 60 steps/);
    expect(changed(/^batch:/m, "lora: { rank: 2 }\nbatch:")).toThrow(/needs model.from/);
    expect(changed(/^ {2}config:\n( {4}.*\n)+/m, "  from: x\n  codeInitialization: { type: random }\n")).toThrow(
      /model.from has codes already/,
    );
    expect(changed(/^batch:/m, "tasks: { t2i: { blocks: { length: 8, share: 1 } } }\nbatch:")).toThrow(/blocks/);
    expect(changed(/^ {2}tokenizer: .*\n/m, "")).toThrow(/needs the directory of a text tokenizer: model.tokenizer/);
    expect(changed(/^ {2}config:\n( {4}.*\n)+/m, "  from: x\n")).toThrow(/model.from has a tokenizer of its own/);
    expect(changed(/weight: [1-9][\d.]*/g, "weight: 0")).toThrow(/data: no source has a weight above 0/);
    const source = (options: string) => changed(/type: scenes,[^}]*/, `type: scenes, numScenes: 9, ${options} `);
    expect(source("kind: t2i, questionKind: count")).toThrow(/questionKind: is of kind question alone/);
    expect(source("kind: question, mistakenShare: 0.5")).toThrow(/mistakenShare: .* needs reasoningShare/);
    expect(source("kind: question, reasoningShare: 0.5, mistakenShare: 0.5")).not.toThrow();
    expect(source("kind: t2i, reasoningShare: 0.5, mistakenShare: 0.5")).toThrow(
      /mistakenShare: is of questions alone/,
    );
    expect(source("kind: describe, reasoningShare: 0.5")).toThrow(/reasoningShare: is of what is reasoned: kind t2i,/);
    expect(source("kind: describe, reasoningShare: 0")).not.toThrow();
    for (const share of ["sentenceShare", "rewordedShare"]) {
      const problems = changed(/type: scenes,[^}]*/, `type: problems, kind: sum, task: lm, ${share}: 0.5 `);
      expect(problems, share).toThrow(/source.task: .*are of lm_chat alone/);
    }
  });

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

  it("may be longer when a run goes on, and nothing else", () => {
    const recipe = parseRunRecipe(TINY, "tiny.yaml");
    expect(() => checkSameRun(recipe, { ...recipe, steps: 90 }, "runs/x")).not.toThrow();
    expect(() => checkSameRun(recipe, { ...recipe, seed: 2 }, "runs/x")).toThrow(/runs\/x .* differ in seed\./);
    const longer = { ...recipe, batch: { ...(recipe as { batch: object }).batch, lineLength: 4096 } };
    expect(() => checkSameRun(recipe, longer, "runs/x")).not.toThrow();
    const reinforced = (rollouts: object) => ({ ...recipe, rollouts }) as unknown as typeof recipe;
    const saved = reinforced({ groups: 2, maxBatch: 200 });
    expect(() => checkSameRun(saved, reinforced({ groups: 2, maxBatch: 100 }), "runs/x")).not.toThrow();
    expect(() => checkSameRun(saved, reinforced({ groups: 3, maxBatch: 200 }), "runs/x")).toThrow(/rollouts.groups/);
  });
});
