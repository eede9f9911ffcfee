import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseRunRecipe } from "./recipes.js";

test.each(readdirSync("recipes").filter((name) => name.endsWith(".yaml")))(
  "%s is a recipe, as it is saved too",
  (name) => {
    const recipe = parseRunRecipe(readFileSync(`recipes/${name}`, "utf8"), name);
    expect(parseRunRecipe(JSON.stringify(recipe), "recipe.json")).toEqual(recipe);
  },
);

const TINY = readFileSync("recipes/tiny.yaml", "utf8");

test("a recipe that will not do is told of by what is wrong, with its value", () => {
  const broken = TINY.replace("rows: 16", "rows: 0.5").replace("maxGradientNorm: 1", "maxGradientNrm: 1");
  expect(() => parseRunRecipe(broken, "tiny.yaml")).toThrow(
    /tiny.yaml is no recipe:[\s\S]*batch.rows: .*got 0.5[\s\S]*maxGradientNrm/,
  );
  expect(() => parseRunRecipe("a: [", "x.yaml")).toThrow(/x.yaml is no YAML/);
  expect(() => parseRunRecipe("objective: magic", "x.yaml")).toThrow(/objective: .*got "magic"/);
  const neither = TINY.replace(/ {2}config:\n( {4}.*\n)+/, "");
  expect(() => parseRunRecipe(neither, "x.yaml")).toThrow(/either "from" .* or "config"/);
});

test("so is one that contradicts itself, or says what would do nothing", () => {
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
  expect(source("kind: t2i, reasoningShare: 0.5, mistakenShare: 0.5")).toThrow(/mistakenShare: is of questions alone/);
  expect(source("kind: describe, reasoningShare: 0.5")).toThrow(/reasoningShare: is of what is reasoned: kind t2i,/);
  expect(source("kind: describe, reasoningShare: 0")).not.toThrow();
  for (const share of ["sentenceShare", "rewordedShare"]) {
    const problems = changed(/type: scenes,[^}]*/, `type: problems, kind: sum, task: lm, ${share}: 0.5 `);
    expect(problems, share).toThrow(/source.task: .*are of lm_chat alone/);
  }
});

const REINFORCEMENT = `
objective: unigrpo
seed: 1
steps: 2
model: { from: x }
data: [{ weight: 1, source: { type: problems, kind: sum } }]
batch: { rows: 8, lineLength: 64 }
optimizer: { type: adamw }
learningRate: { peak: 1.0e-6 }
checkpoints: { every: 1 }
`;

/** A recipe of reinforcement with these lines. */
const parseReinforcement = (lines: string) => parseRunRecipe(REINFORCEMENT + lines, "x.yaml");

test("the recipe that the page on training begins with is one", () => {
  const [, recipe] = /recipe\.yaml <<'END'\n(.*?)END\n/s.exec(readFileSync("docs/training.md", "utf8")) ?? [];
  expect(() => parseRunRecipe(recipe, "docs/training.md")).not.toThrow();
});

test("a reinforced model is a share of the way to it, but not where adapters are trained", () => {
  const rest = "rollouts: { groups: 1, groupSize: 2 }\nrewards: [{ weight: 1, reward: { type: numeric } }]\n";
  const parse = (lines: string) => parseReinforcement(rest + lines) as { readonly interpolation?: number };
  expect(parse("").interpolation).toBe(1);
  expect(parse("interpolation: 0.5").interpolation).toBe(0.5);
  expect(() => parse("interpolation: 1.5")).toThrow(/interpolation: .*got 1\.5/);
  expect(() => parse("interpolation: 0.5\nlora: { rank: 4 }")).toThrow(/interpolation: .*leave it out with lora/);
});

test("a recipe of reinforcement names what is wrong: noises, options of the sampler, rewards", () => {
  const parse = () =>
    parseReinforcement(`
rollouts: { groups: 1, groupSize: 1, sampling: { text: { temprature: 1 } } }
tasks: { lm_chat: { noise: { kind: random, from: 2 } }, mmu: { noise: evn } }
rewards: [{ weight: 1, reward: { type: charm } }]
`);
  for (const part of [
    /groupSize: .*got 1/,
    /no option temprature/,
    /lm_chat.noise.from: .*got 2/,
    /mmu.noise/,
    /rewards.0.reward.type/,
  ]) {
    expect(parse).toThrow(part);
  }
});

test("the likelihood of the sampling is learnt from only where the recipe says what sampling that is", () => {
  const parse = (image: string) =>
    parseReinforcement(`
rollouts: { groups: 1, groupSize: 2, sampling: { image: ${image} } }
loss: { likelihood: sampling }
rewards: [{ weight: 1, reward: { type: scene } }]
`);
  expect(() => parse("{ guidanceScale: 1.5, temperature: 0.5 }")).not.toThrow();
  for (const image of [
    "{}",
    "{ guidanceScale: 1.5 }",
    "{ temperature: 1 }",
    "{ guidanceScale: 1.5, temperature: 0 }",
  ]) {
    expect(() => parse(image), image).toThrow(/loss.likelihood: of sampling needs .* temperature above 0/);
  }
});

test("a recipe of reinforcement has no settings that would do nothing", () => {
  const rest = "rollouts: { groups: 1, groupSize: 2 }\nrewards: [{ weight: 1, reward: { type: numeric } }]\n";
  const parse = (lines: string) => () => parseReinforcement(rest + lines);
  expect(parse("loss: { clipEpsilon: 1 }")).toThrow(/loss.clipEpsilon: .*got 1/);
  expect(parse("loss: { clipEpsilon: 0.2, clipEpsilonHigh: 0.1 }")).toThrow(/loss.clipEpsilonHigh: .*got 0.1/);
  expect(parse("loss: { clipEpsilon: 0.2, clipEpsilonHigh: 0.2 }")).not.toThrow();
  expect(parse("tasks: { mmu: { noise: { kind: random, from: 0.95 } } }")).toThrow(/mmu.noise.from: .*got 0.95/);
  const withReference = (lines: string) => () =>
    parseRunRecipe(REINFORCEMENT.replace("from: x", "from: x, reference: y") + rest + lines, "x.yaml");
  expect(withReference("")).not.toThrow();
  expect(withReference("loss: { klBeta: 0 }")).toThrow(/model.reference: .*klBeta.*got "y"/);
});

test("a reward is of a task that the data has, where the recipe tells", () => {
  const parse = (task: string, source: string) => () =>
    parseRunRecipe(
      REINFORCEMENT.replace(/source: .*/, `source: ${source} }]`) +
        `rollouts: { groups: 1, groupSize: 2 }\nrewards: [{ weight: 1, tasks: [${task}], reward: { type: exact } }]`,
      "x.yaml",
    );
  const scenes = (options: string) => `{ type: scenes, numScenes: 9, ${options} }`;
  expect(parse("mmu", scenes("kind: question"))).not.toThrow();
  expect(parse("r2i", scenes("kind: indirect, reasoningShare: 0.5"))).not.toThrow();
  expect(parse("mmu", "{ type: emoji, kind: describe }")).not.toThrow();
  expect(parse("mmu", "{ type: jsonl, path: x }")).not.toThrow();
  expect(parse("lm_chat", "{ type: problems, kind: sum, task: lm }")).toThrow(/data: has plain text .*lm_chat, mmu/);
  expect(parse("r2i", scenes("kind: indirect"))).toThrow(/rewards.0.tasks: .* only t2i .*got \["r2i"\]/);
  expect(parse("t2i", scenes("kind: t2i, reasoningShare: 1"))).toThrow(/only r2i/);
  expect(parse("mmu", "{ type: problems, kind: sum }")).toThrow(/only lm_chat/);
});
