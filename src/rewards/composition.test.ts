import { expect, test } from "vitest";
import { composeRewards, RewardError } from "./composition.js";
import type { Reward, RolloutForReward } from "./reward.js";

const rollout = (task: RolloutForReward["task"], answer: string): RolloutForReward => ({
  task,
  answer,
  messages: [],
  numTokens: answer.length,
  isFinished: true,
  metadata: {},
});
const length: Reward = { name: "length", score: ({ answer = "" }) => answer.length };
const ones: Reward = { name: "ones", score: async () => 1 };
const options = { timeoutSeconds: 0.05, maxFailureShare: 1, concurrency: 2 };

test("scores are weighted and added, each for its tasks", async () => {
  const judge = composeRewards(
    [
      { reward: length, weight: 0.5, tasks: ["lm_chat"] },
      { reward: ones, weight: 2 },
    ],
    options,
  );
  expect(await judge.score([rollout("lm_chat", "abcd"), rollout("mmu", "abcd")])).toEqual([
    { total: 4, parts: { length: 4, ones: 1 }, failed: [] },
    { total: 2, parts: { ones: 1 }, failed: [] },
  ]);
});

test("a reward that throws, gives no number or takes too long counts as 0, and is told of", async () => {
  let isAborted = false;
  const broken: Reward[] = [
    {
      name: "throws",
      score: () => {
        throw new Error("no picture");
      },
    },
    { name: "nan", score: () => Number.NaN },
    {
      name: "hangs",
      score: (_, signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            isAborted = true;
          });
        }),
    },
  ];
  const told: string[] = [];
  const judge = composeRewards(
    [...broken, ones].map((reward) => ({ reward, weight: 1 })),
    { ...options, onFailure: (name, { message }) => told.push(`${name}: ${message}`) },
  );
  const [score] = await judge.score([rollout("lm_chat", "a")]);
  expect(score).toEqual({
    total: 1,
    parts: { throws: 0, nan: 0, hangs: 0, ones: 1 },
    failed: ["throws", "nan", "hangs"],
  });
  expect(told).toEqual([
    "throws: no picture",
    "nan: its score is NaN, not a finite number",
    "hangs: no score after 0.05 seconds",
  ]);
  expect(isAborted).toBe(true);
});

test("a reward that limits its scores itself may take longer, until the caller's signal ends it", async () => {
  const patient: Reward = {
    name: "patient",
    isSelfTimed: true,
    score: () => new Promise((resolve) => setTimeout(() => resolve(1), 200)),
  };
  const judge = composeRewards([{ reward: patient, weight: 1 }], options);
  expect(await judge.score([rollout("lm_chat", "a")])).toEqual([{ total: 1, parts: { patient: 1 }, failed: [] }]);
  const controller = new AbortController();
  const scores = judge.score([rollout("lm_chat", "a")], controller.signal);
  controller.abort(new Error("stopped"));
  await expect(scores).rejects.toThrow("stopped");
});

test("more failures of an iteration than are borne are an error that names the last", async () => {
  const sometimes: Reward = {
    name: "sometimes",
    score: ({ answer }) => {
      if (answer === "bad") throw new Error("the judge has gone");
      return 1;
    },
  };
  const judge = composeRewards([{ reward: sometimes, weight: 1 }], { ...options, maxFailureShare: 0.5 });
  const [good, bad] = [rollout("lm_chat", "good"), rollout("lm_chat", "bad")];
  const scores = await judge.score([good, bad]);
  expect(scores.map(({ total }) => total)).toEqual([1, 0]);
  expect(() => judge.check(scores)).not.toThrow();
  // One call may be a small part of an iteration, so that alone it says little.
  const all = [...scores, ...(await judge.score([bad]))];
  expect(() => judge.check(all)).toThrow(RewardError);
  expect(() => judge.check(all)).toThrow(/2 of 3 scores failed.*"sometimes": the judge has gone/);
});

test("no more scores than `concurrency` are under way; the caller's signal ends them", async () => {
  let [now, most] = [0, 0];
  const slow: Reward = {
    name: "slow",
    async score() {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return 0;
    },
  };
  // One that is given up for want of time would go on beside the next.
  const judge = composeRewards([{ reward: slow, weight: 1 }], { ...options, timeoutSeconds: 30 });
  const rollouts = Array.from({ length: 6 }, () => rollout("lm_chat", ""));
  await judge.score(rollouts);
  expect(most).toBe(2);
  await expect(judge.score(rollouts, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
});

test("names must differ and weights be numbers", () => {
  const twice = [ones, ones].map((reward) => ({ reward, weight: 1 }));
  expect(() => composeRewards(twice, options)).toThrow(/two rewards are called "ones"/);
  expect(() => composeRewards([{ reward: ones, weight: Number.NaN }], options)).toThrow(/weight of the reward "ones"/);
});
