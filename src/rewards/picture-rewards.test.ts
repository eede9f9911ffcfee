/** Rewards that are models of pictures and texts, as recipes name them, over small random models on disk (`test/parity`). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ParityCase, parityPath, readParityCase } from "../../test/parity-case.js";
import { blankImage, type Image } from "../images/image.js";
import type { Backend } from "../runtime/backend.js";
import { openBackend } from "../runtime/backends-node.js";
import { composeRewards } from "./composition.js";
import { scoredTogether } from "./picture-and-text.js";
import type { Reward, RolloutForReward } from "./reward.js";
import { openReward, type RewardConfig, rewardSchema } from "./rewards-node.js";

const directory = parityPath("");
const OPTIONS = { timeoutSeconds: 30, maxFailureShare: 0, concurrency: 4 };
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend("cpu");
});

const open = (config: unknown) => openReward(rewardSchema.parse(config), { directory, backend });
const drawing = (image: Image, text: string): RolloutForReward => ({
  task: "t2i",
  messages: [{ role: "user", content: text }],
  image,
  numTokens: 64,
  isFinished: true,
  metadata: {},
});

/** The pictures of a case, each as drawn for the text of its number. */
function drawings({ floats, shape, metadata }: ParityCase): RolloutForReward[] {
  return (JSON.parse(metadata.texts) as string[]).map((text, i) => {
    const [height, width] = shape(`picture.${i}`);
    return drawing({ width, height, data: Uint8Array.from(floats(`picture.${i}`)) }, text);
  });
}

const SCALE = 1 / 0.07; // of the stored logits

describe.each<{ config: RewardConfig; stored: string; numbers: string; factor: number }>([
  { config: { type: "clip", model: "clip" }, stored: "clip", numbers: "logits", factor: 100 / SCALE },
  { config: { type: "pick-score", model: "clip" }, stored: "clip", numbers: "logits", factor: 1 },
  {
    config: { type: "hps", model: "open-clip", weights: "open-clip/checkpoint.pt" },
    ...{ stored: "open-clip", numbers: "logits", factor: 100 / SCALE },
  },
  { config: { type: "image-reward", model: "image-reward" }, stored: "image-reward", numbers: "scores", factor: 1 },
])("$config.type", ({ config, stored, numbers, factor }) => {
  let reward: Reward;
  beforeAll(async () => {
    reward = await open(config);
  });
  afterAll(() => reward.dispose?.());

  test("gives the numbers of the public package to drawings and their prompts", async () => {
    const parity = await readParityCase(`${stored}/case.safetensors`);
    const rollouts = drawings(parity);
    const all = parity.floats(numbers);
    const ofOwnText = rollouts.map((_, i) => all[numbers === "logits" ? i * rollouts.length + i : i]);
    const judge = composeRewards([{ reward, weight: 1 }], OPTIONS);
    const totals = (await judge.score(rollouts)).map(({ total }) => total);
    totals.forEach((total, i) => {
      expect(total).toBeCloseTo(factor * ofOwnText[i], 2);
    });
  });

  test("is of no use without a picture", async () => {
    const { signal } = new AbortController();
    const words = { ...drawing(blankImage(4, 4), "a red circle"), image: undefined, answer: "red" };
    await expect(reward.score(words, signal)).rejects.toThrow("judges drawings");
  });
});

test("an answer about a picture is likened to it without its reasoning", async () => {
  const reward = await open({ type: "clip", model: "clip" });
  const { signal } = new AbortController();
  const image = blankImage(30, 30, [200, 30, 30]);
  const about = (answer: string): RolloutForReward => ({
    ...{ ...drawing(image, "What is it?"), image: undefined, promptImage: image },
    ...{ task: "mmu" as const, answer },
  });
  const drawn = await reward.score(drawing(image, "a red circle"), signal);
  expect(await reward.score(about("<think>a star?</think>a red circle"), signal)).toBeCloseTo(drawn, 4);
  expect(await reward.score(about("three squares"), signal)).not.toBeCloseTo(drawn, 2);
  await reward.dispose?.();
});

test("what is missing is named: a model, its directory, a backend, a setting", async () => {
  expect(() => rewardSchema.parse({ type: "clip" })).toThrow("model");
  await expect(open({ type: "clip", model: "./nowhere" })).rejects.toThrow("nowhere");
  await expect(open({ type: "image-reward", model: "clip" })).rejects.toThrow("med_config.json");
  const config = rewardSchema.parse({ type: "clip", model: "clip" });
  await expect(openReward(config, { directory })).rejects.toThrow("the reward clip computes a network");
});

test("calls that come together are computed together, and fail together", async () => {
  const sizes: number[] = [];
  const score = scoredTogether(async (pairs) => {
    sizes.push(pairs.length);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (pairs.some(({ text }) => text === "")) throw new Error("nothing to read");
    return pairs.map(({ text }) => text.length);
  });
  const image = blankImage(1, 1);
  const ask = (texts: string[]) => Promise.all(texts.map((text) => score({ image, text })));
  const first = ask(["a", "bb", "ccc"]);
  await Promise.resolve();
  await Promise.resolve();
  const second = ask(["dddd"]);
  expect([...(await first), ...(await second)]).toEqual([1, 2, 3, 4]);
  expect(sizes).toEqual([3, 1]);
  await expect(ask(["a", ""])).rejects.toThrow("nothing to read");
  expect(await ask(["ff"])).toEqual([2]);
});
