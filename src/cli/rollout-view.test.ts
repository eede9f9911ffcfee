import { expect, test } from "vitest";
import type { RolloutRecord } from "../rl/rollout-log-node.js";
import { describeGroup, describeIteration } from "./rollout-view.js";

const RECORD: RolloutRecord = {
  ...{ iteration: 4, group: 0, member: 0, task: "lm_chat", source: "problems-sum", expected: "5" },
  messages: [{ role: "user", content: "What is 2 plus 3?" }],
  ...{ seed: 7, answer: "It is\n5", numTokens: 3, isFinished: true, steps: 2, nfe: 2 },
  ...{ rewards: { numeric: 1, length: 0 }, reward: 1.5, failed: ["length"], partialRewards: [0.25, 1] },
  advantages: [
    { steps: 1, advantage: -0.5 },
    { steps: 2, advantage: 0.707 },
  ],
  ...{ hasSignal: true, isKept: true },
  // Two places were given; what fills the canvas up behind the answer is masked along with it, never scored.
  ...{ ids: [1, 2, 3, 4, 5, 6], revealSteps: [-1, -1, 0, 0, 1, 1] },
  noise: [[{ masked: [2, 4, 5], scored: [2, 4] }], [{ masked: [1, 3], scored: [3] }]],
};

test("an iteration is a line a group and a line an answer, with what became of it", () => {
  const dropped: RolloutRecord = {
    ...{ ...RECORD, group: 1, isKept: false, hasSignal: false, reward: 0, advantages: [], noise: [] },
    ...{ answer: "x".repeat(101), numTokens: 8, isFinished: false },
  };
  // One of a group that was learnt from may be left out.
  const leftOut: RolloutRecord = { ...RECORD, isKept: false, reward: 0.5, advantages: [], noise: [] };
  const drawn: RolloutRecord = { ...RECORD, group: 2, task: "t2i", hasSignal: false, codes: [1, 2, 3, 4], reward: 0 };
  const { answer: _, expected: __, ...picture } = drawn;
  expect(describeIteration([leftOut, { ...RECORD, member: 1 }, dropped, picture]).split("\n")).toEqual([
    "iteration 4: 3 groups, 2 learnt from, mean reward 0.500",
    "",
    "0 [lm_chat, problems-sum] What is 2 plus 3? → 5",
    "  0  0.500  +0.00  It is 5 (3 tokens)",
    "  1  1.500  +0.71  It is 5 (3 tokens)",
    "",
    "1 [lm_chat, problems-sum, dropped] What is 2 plus 3? → 5",
    `  0  0.000  +0.00  ${"x".repeat(100)}… (8 tokens, cut)`,
    "",
    "2 [t2i, problems-sum, without signal] What is 2 plus 3?",
    "  0  0.000  +0.71  a picture of 4 codes",
    "",
  ]);
});

test("a group in full has every reward, the advantages by step and the noise by update", () => {
  expect(describeGroup([RECORD]).split("\n")).toEqual([
    "0 [lm_chat, problems-sum] What is 2 plus 3? → 5",
    "0  1.500  +0.71  It is 5 (3 tokens)",
    "  rewards     numeric 1.000, length 0.000 (failed)",
    "  on the way  0.250, 1.000",
    "  advantage   -0.500 up to step 1, 0.707 up to step 2",
    "  drawn with  seed 7, 2 steps, 2 evaluations",
    "  update 0    ■·■▒",
    "  update 1    ·■··",
  ]);
});
