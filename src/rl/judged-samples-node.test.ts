import { expect, test } from "vitest";
import type { Example } from "../data/example.js";
import { contactSheet } from "../images/captions-node.js";
import { blankImage } from "../images/image.js";
import type { JudgedAnswer } from "./iteration-metrics.js";
import { judgedSamples } from "./judged-samples-node.js";
import type { Rollout } from "./rollout.js";

/** An example of such a task, its answer, and what that got. */
function judged(task: Example["task"], content: string, answer: Partial<Rollout>, total: number): JudgedAnswer {
  const example: Example = { task, messages: [{ role: "user", content }], answer: "4", reasoning: "2 + 2 = 4." };
  return { example, rollout: answer as Rollout, score: { total, parts: {}, failed: [] } };
}

test("the first pictures, reasoned ones too, and the first answers are shown with what they got", async () => {
  const image = blankImage(8, 8);
  const picture = { image, codes: new Int32Array(1) };
  const { pictures, answers } = await judgedSamples(
    [
      judged("lm_chat", "2 + 2?", { text: "<think>2 + 2 = 5.</think>5" }, 0),
      judged("r2i", "a tricycle's wheels", { text: "<think>three</think>", picture }, 0.25),
      judged("t2i", "a star", { picture }, 1),
      judged("mmu", "How many?", { text: "4" }, 1),
      judged("t2i", "a circle", { picture }, 1),
      judged("lm_chat", "3 + 1?", { text: "4" }, 1),
    ],
    2,
  );
  const expected = "<think>2 + 2 = 4.</think>4";
  expect(answers).toEqual([
    { question: "2 + 2?", expected, answer: "<think>2 + 2 = 5.</think>5", reward: 0 },
    { question: "How many?", expected, answer: "4", reward: 1 },
  ]);
  const cells = ["0.250 a tricycle's wheels", "1.000 a star"].map((caption) => ({ image, caption }));
  expect(pictures).toEqual({ drawn: await contactSheet(cells, { columns: 4, cellSize: 128 }) });
  expect(await judgedSamples([], 2)).toEqual({ pictures: {}, answers: [] });
});
