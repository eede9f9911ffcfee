import { expect, test } from "vitest";
import { createRandom } from "../../array/random.js";
import { problemInOtherWords } from "../../evaluation/other-words.js";
import { isHeldOutPair, step } from "./arithmetic.js";
import { problemExamples } from "./problem-source.js";
import { generateTale } from "./tales.js";
import { PEOPLE, THINGS } from "./words.js";

const root = createRandom("tale tests");
const tales = Array.from({ length: 1500 }, (_, i) => generateTale(root.fork(i), "train"));
const numbersOf = (text: string) => (text.match(/\d+/g) ?? []).map(Number);

test("tell just the numbers from which their steps begin, and are answered by the last of these", () => {
  for (const { text, steps, answer } of tales) {
    const results = steps.map(({ result }) => result);
    for (const { operation, left, right, result } of steps) expect(step(operation, left, right).result).toBe(result);
    const told = numbersOf(text);
    const used = steps.flatMap(({ left, right }) => [left, right]);
    for (const number of told) expect(used, text).toContain(number);
    for (const number of used) expect([...told, ...results], text).toContain(number);
    expect(results.at(-1)).toBe(answer);
    expect(results.every((result) => Number.isInteger(result) && result > 1 && result < 200)).toBe(true);
  }
});

test("are worded to the end, and many", () => {
  for (const { text } of tales) expect(text).not.toMatch(/[{}]|undefined| {2}|\b[01] |^[a-z]|[.?] [a-z]/);
  const plots = new Set(tales.map(({ text }) => text.replace(/\d+/g, "0").replace(/[A-Z][a-z]+/g, "N")));
  expect(plots.size).toBeGreaterThan(400);
});

test("keep pairs from training, and are judged by none of their words", () => {
  for (const { steps } of tales)
    for (const { operation, left, right } of steps) expect(isHeldOutPair(operation, left, right)).toBe(false);
  const heldOut = generateTale(root.fork("held out"), "heldOut").steps;
  expect(heldOut.some(({ operation, left, right }) => isHeldOutPair(operation, left, right))).toBe(true);
  // Sentence by sentence, since those that are judged have one step and so never a whole tale.
  const things = THINGS.map(({ many }) => many).join("|");
  const sentencesOf = (text: string) =>
    (text.match(/[^.?]+[.?]/g) ?? []).map((sentence) =>
      sentence
        .trim()
        .replace(/\d+/g, "0")
        .replace(new RegExp(`\\b(?:${PEOPLE.map(({ name }) => name).join("|")})\\b`, "g"), "N")
        .replace(new RegExp(`\\b(?:${things})\\b`, "g"), "things"),
    );
  const told = new Set(tales.flatMap(({ text }) => sentencesOf(text)));
  for (let i = 0; i < 500; i++)
    for (const sentence of sentencesOf(problemInOtherWords(root.fork(-1 - i)).question))
      expect(told.has(sentence), sentence).toBe(false);
});

test("are examples whose reasoning is their steps", async () => {
  const source = problemExamples({ seed: 1, kind: "tale", reasoningShare: 1, sentenceShare: 0 });
  for (let i = 0; i < 50; i++) {
    const { reasoning, answer } = await source.read(i);
    expect(reasoning?.endsWith(`= ${answer}.`), reasoning).toBe(true);
  }
});
