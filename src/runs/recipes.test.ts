import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseRunRecipe } from "./recipes.js";

test.each(readdirSync("recipes").filter((name) => name.endsWith(".yaml")))("%s is a recipe", (name) => {
  expect(() => parseRunRecipe(readFileSync(`recipes/${name}`, "utf8"), name)).not.toThrow();
});

test("a recipe of reinforcement names what is wrong: noises, options of the sampler, rewards", () => {
  const broken = `
objective: unigrpo
seed: 1
steps: 2
model: { from: x }
data: [{ weight: 1, source: { type: problems, kind: sum } }]
rollouts: { groups: 1, groupSize: 1, sampling: { text: { temprature: 1 } } }
tasks: { lm_chat: { noise: { kind: random, from: 2 } }, mmu: { noise: evn } }
batch: { rows: 8, lineLength: 64 }
rewards: [{ weight: 1, reward: { type: charm } }]
optimizer: { type: adamw }
learningRate: { peak: 1.0e-6 }
checkpoints: { every: 1 }
`;
  const parse = () => parseRunRecipe(broken, "x.yaml");
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
