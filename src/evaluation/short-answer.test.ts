import { describe, expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { generateProblem, PROBLEM_KINDS } from "../data/problems/problem.js";
import { QUESTION_KINDS, question } from "../data/scenes/questions.js";
import { generateScene } from "../data/scenes/scene.js";
import { isShortAnswer } from "./short-answer.js";

const root = createRandom("short answers");

/** [text, wanted, whether it is right] */
const CASES: readonly [string, string, boolean][] = [
  ["42", "42", true],
  [" 42. ", "42", true],
  ["42.0", "42", true],
  ["forty-two", "42", true],
  ["Twenty one pens", "21", true],
  ["eleven", "11", true],
  ["one hundred and five", "105", true],
  ["one hundred and five", "5", false],
  ["a hundred", "100", true],
  ["There are a hundred pens.", "100", true],
  ["One hundred forty-two", "142", true],
  ["one hundred forty-two", "42", false],
  ["one hundred and ninety nine books", "199", true],
  ["the one hundred and seventeen pens", "117", true],
  ["hundred and twelve", "112", true],
  ["two hundred", "2", false],
  ["two hundred", "100", false],
  ["not a hundred", "100", false],
  ["a hundred or five", "5", false],
  ["42", "43", false],
  ["142", "42", false],
  ["4 2", "42", false],
  ["-42", "42", false],
  ["17 + 25 = 42", "42", true],
  ["17 + 25 = 42", "25", false],
  ["17 + 25", "25", false],
  ["17 - 25", "25", false],
  ["17 plus 25 is 42.", "42", true],
  ["50-8=42", "42", true],
  ["8-50=-42", "42", false],
  ["She has 42 pens, not 41.", "42", true],
  ["She has 42 pens, not 41.", "41", false],
  ["She has 42 pens. She has not 41.", "42", false], // the last mention counts, and it is denied
  ["42, not 41.5", "42", true],
  ["41 or 42", "42", false],
  ["40, 41, 42", "42", false],
  ["1,000", "1000", true],
  ["There are no circles.", "0", true],
  ["none", "0", true],
  ["There is one red circle.", "1", true],
  ["one", "1", true],
  ["the red one", "1", false],
  ["this one, the big one", "1", false],
  ["There are two, no red one.", "2", true],
  ["no red one", "0", true],
  ["100%", "1", false],
  ["100%", "100", true],
  ["There are no circles.", "1", false],
  ["<think>14 + 18 = 32, 32 - 5 = 27</think> 27", "27", true],
  ["<think>the answer is 27</think> 26", "27", false],
  ["<think>the answer is 27", "27", false], // reasoning that never ends is no answer
  ["It is not 42.", "42", false],
  ["red", "red", true],
  ["RED!", "red", true],
  ["It's a red one.", "red", true],
  ["The star above the blue square is red.", "red", true],
  ["The star above the blue square is red.", "blue", false],
  ["red or blue", "blue", false],
  ["red and blue", "blue", false],
  ["red blue", "blue", false],
  ["not red", "red", false],
  ["It's red, not blue.", "red", true],
  ["It's red, not blue.", "blue", false],
  ["It's not red, it's blue", "blue", true],
  ["not red or blue", "blue", false],
  ["It's red. No, it's not red.", "red", false],
  ["the star, not the circle, is red", "star", true],
  ["The star above the blue square is not red.", "blue", false],
  ["no, not red", "red", false],
  ["redish", "red", false],
  ["", "red", false],
  ["circles", "circle", true],
  ["a circle", "circle", true],
  ["a square, I think a circle", "circle", true],
  ["yes", "yes", true],
  ["Yes, there is a red circle.", "yes", true],
  ["yes, no", "yes", false],
  ["no, yes", "yes", false],
  ["There is one, yes", "yes", false],
  ["no", "yes", false],
  ["No, the star is not above the square.", "no", true],
  ["to the left", "left", true],
  ["The star is underneath the square", "below", true],
  ["The star is on top of the square", "above", true],
  ["left or right", "right", false],
  ["big", "large", true],
  ["red circle", "red circle", true],
  ["the largest object is the red circle", "red circle", true],
  ["red", "red circle", false],
  ["the blue circle is red", "red circle", false],
  ["red square, blue circle", "red circle", false],
];

describe("isShortAnswer", () => {
  it.each(CASES)("%j for %j: %j", (text, wanted, isRight) => {
    expect(isShortAnswer(text, wanted)).toBe(isRight);
  });

  it("says what answers it can tell apart", () => {
    expect(() => isShortAnswer("a cat", "cat")).toThrow(/"cat" is no short answer/);
  });

  it("takes every sentence that the problems give for an answer, and none with another number", () => {
    for (let n = 0; n < 600; n++) {
      const { answer, sentence, text } = generateProblem(root.fork(n), { kind: PROBLEM_KINDS[n % 3] });
      expect(isShortAnswer(sentence, String(answer)), sentence).toBe(true);
      expect(isShortAnswer(sentence, String(answer + 1)), sentence).toBe(false);
      expect(isShortAnswer(`${text} ${sentence}`, String(answer)), text).toBe(true);
    }
  });

  it.each(QUESTION_KINDS)("takes every sentence that questions of %s give for an answer", (kind) => {
    let numAsked = 0;
    for (let n = 0; n < 300; n++) {
      const rng = root.fork(`${kind} ${n}`);
      const asked = question(generateScene(rng), rng, { kind, sentenceShare: 1 });
      if (!asked) continue;
      numAsked++;
      expect(isShortAnswer(asked.answer, asked.shortAnswer), `${asked.answer} (${asked.shortAnswer})`).toBe(true);
      expect(isShortAnswer(asked.shortAnswer, asked.shortAnswer)).toBe(true);
    }
    expect(numAsked).toBeGreaterThan(100);
  });

  it("tells the answers of all questions apart", () => {
    const answers = ["0", "1", "2", "3", "4", "red", "orange", "circle", "star", "small", "large", "yes", "no", "left"];
    for (const given of answers) {
      for (const wanted of answers) expect(isShortAnswer(given, wanted)).toBe(given === wanted);
    }
  });
});
