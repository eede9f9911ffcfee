import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { composeRewards } from "./composition.js";
import { createMathComparer, mathReward } from "./math-node.js";
import type { RolloutForReward } from "./reward.js";

// Threads load compiled files alone: `npm test` builds them first.
const worker = new URL("../../dist/rewards/math-worker-node.js", import.meta.url);

if (!existsSync(worker)) throw new Error("there is no dist/: npm run build first");

const ROLLOUT: RolloutForReward = { task: "lm_chat", messages: [], numTokens: 9, isFinished: true, metadata: {} };

describe("formulas are compared in a thread", () => {
  const comparer = createMathComparer({ worker });
  afterAll(() => comparer.dispose());

  test("boxes and reasoning are opened", async () => {
    const reward = mathReward({ worker });
    const score = (answer: string, expected: string) =>
      reward.score({ ...ROLLOUT, answer, expected }, new AbortController().signal);
    expect(await score("<think>0.6?</think>So it is \\boxed{\\frac{1}{2}}.", "0.5")).toBe(1);
    expect(await score("<think>0.5</think>0.6", "0.5")).toBe(0);
    expect(await score("<think>0.5", "0.5")).toBe(0);
    await expect(reward.score({ ...ROLLOUT, answer: "1" }, new AbortController().signal)).rejects.toThrow(
      "with an answer",
    );
    await reward.dispose?.();
    await expect(score("1", "2")).rejects.toThrow("disposed");
  }, 90_000);

  test("one thread compares many, within their time", async () => {
    const verdicts = ["x+1", "x+2", "x+3", "x+4"].map((sum) => comparer.areEqual(sum, [...sum].reverse().join("")));
    expect(await Promise.all(verdicts)).toEqual([true, true, true, true]);
  }, 90_000);

  test("an honest answer does not fail for the slow ones that it waits for", async () => {
    const reward = mathReward({ worker, timeoutSeconds: 5 });
    const judge = composeRewards([{ reward, weight: 1 }], { timeoutSeconds: 0.5, maxFailureShare: 0, concurrency: 3 });
    const rollouts = ["-".repeat(380), "1 + x"].map((answer) => ({ ...ROLLOUT, answer, expected: "x + 1" }));
    const scores = await judge.score(rollouts);
    expect(scores.map(({ total, failed }) => [total, ...failed])).toEqual([[0], [1]]);
    await judge.dispose();
  }, 180_000);

  test("what nobody waits for any more is not compared", async () => {
    const controller = new AbortController();
    const [first, given] = [comparer.areEqual("x+1", "1+x"), comparer.areEqual("x+2", "2+x", controller.signal)];
    controller.abort(new Error("stopped"));
    await expect(given).rejects.toThrow("stopped");
    expect(await first).toBe(true);
  }, 90_000);

  test("what hangs or fills the memory is not equal, and the next is compared all the same", async () => {
    const hostile = [
      "9^{9^{9^{9^{9}}}} + x^{x^{x}}",
      "\\sum_{k=1}^{10^{12}} \\frac{1}{k^k}",
      "(x+1)^{99999}(y-1)^{99999}",
      "(10^{8})!",
    ];
    const verdicts = hostile.map((text) => comparer.areEqual(text, "x + y + 1"));
    expect(await Promise.all(verdicts)).toEqual(hostile.map(() => false));
    // On a busy machine the time limit may strike the innocent too.
    await expect.poll(() => comparer.areEqual("\\frac{1}{2}", "0.5"), { timeout: 60_000 }).toBe(true);
  }, 180_000);
});

test("a thread that cannot start is an error", async () => {
  const comparer = createMathComparer({ worker: new URL("./absent.js", import.meta.url) });
  await expect(comparer.areEqual("1", "2")).rejects.toThrow("did not start");
});
