import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { createMathComparer, mathReward } from "./math-node.js";
import type { RolloutForReward } from "./reward.js";

// Threads load compiled files alone: `npm test` builds them first.
const worker = new URL("../../dist/rewards/math-worker-node.js", import.meta.url);

if (!existsSync(worker)) throw new Error("there is no dist/: npm run build first");

describe("formulas are compared in a thread", () => {
  const comparer = createMathComparer({ worker });
  afterAll(() => comparer.dispose());

  test("boxes and reasoning are opened", async () => {
    const reward = mathReward({ worker });
    const rollout = { task: "lm_chat", messages: [], numTokens: 9, isFinished: true, metadata: {} } as const;
    const score = (answer: string, expected: string) =>
      reward.score({ ...rollout, answer, expected } satisfies RolloutForReward, new AbortController().signal);
    expect(await score("<think>0.6?</think>So it is \\boxed{\\frac{1}{2}}.", "0.5")).toBe(1);
    expect(await score("<think>0.5</think>0.6", "0.5")).toBe(0);
    expect(await score("<think>0.5", "0.5")).toBe(0);
    await expect(reward.score({ ...rollout, answer: "1" }, new AbortController().signal)).rejects.toThrow(
      "with an answer",
    );
    await reward.dispose?.();
    await expect(score("1", "2")).rejects.toThrow("disposed");
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
