import { describe, expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { generateProblem } from "../data/problems/problem.js";
import { question } from "../data/scenes/questions.js";
import { generateScene, type Scene, type SceneObject } from "../data/scenes/scene.js";
import { problemInOtherWords, questionInOtherWords } from "./other-words.js";

const root = createRandom("other words");

function object(
  size: SceneObject["size"],
  color: SceneObject["color"],
  shape: SceneObject["shape"],
  x: number,
  y: number,
) {
  return { size, color, shape, rgb: [0, 0, 0] as const, radius: size === "small" ? 6 : 12, x, y };
}

const SCENE: Scene = {
  background: [200, 200, 200],
  objects: [
    object("small", "red", "circle", 10, 30),
    object("large", "blue", "square", 45, 32),
    object("small", "blue", "star", 44, 56),
  ],
};

const ANSWERS: readonly [RegExp, string][] = [
  [/^the color of the circle\?/i, "red"],
  [/^identify the shape that is red/i, "circle"],
  [/^what number of blue objects/i, "2"],
  [/^is a red circle among the objects/i, "yes"],
  [/^was a red square drawn/i, "no"],
  [/^is the circle situated to the left of the square/i, "yes"],
  [/^is the circle situated to the right of the square/i, "no"],
  [/^is the star situated below the square/i, "yes"],
  [/^are circles more numerous than triangles/i, "yes"],
  [/^are circles more numerous than squares/i, "no"],
  [/^the biggest one is which/i, "blue square"],
];

/** Without what it is about: numbers, names and things. */
const wordingOf = (text: string) => text.replace(/\b(\d+|[A-Z][a-z]{2}|\w+s)\b/g, "_").toLowerCase();

describe("questionInOtherWords", () => {
  it("answers what can be checked by hand", () => {
    const seen = new Set<RegExp>();
    for (let n = 0; n < 4000; n++) {
      const asked = questionInOtherWords(SCENE, root.fork(n));
      for (const [pattern, answer] of ANSWERS)
        if (asked && pattern.test(asked.question)) {
          seen.add(pattern);
          expect(asked.answer, asked.question).toBe(answer);
        }
    }
    expect(ANSWERS.filter(([pattern]) => !seen.has(pattern))).toEqual([]);
  });

  it("asks nothing that training asks", () => {
    const trained = new Set<string>();
    for (let n = 0; n < 2500; n++) {
      const rng = root.fork(n);
      trained.add(question(generateScene(rng), rng).question.toLowerCase());
    }
    for (let n = 0; n < 800; n++) {
      const rng = root.fork(n);
      const asked = questionInOtherWords(generateScene(rng), rng);
      if (asked) expect(trained).not.toContain(asked.question.toLowerCase());
    }
  });
});

describe("problemInOtherWords", () => {
  it("asks nothing that training asks, and has whole numbers for answers", () => {
    const trained = new Set<string>();
    for (let n = 0; n < 3000; n++)
      trained.add(wordingOf(generateProblem(root.fork(n), { kind: "one-step", split: "train" }).text));
    for (let n = 0; n < 500; n++) {
      const { question: text, answer } = problemInOtherWords(root.fork(n));
      expect(trained).not.toContain(wordingOf(text));
      expect(answer).toMatch(/^\d+$/);
    }
  });

  it("answers what can be checked by hand", () => {
    const texts = Array.from({ length: 400 }, (_, n) => problemInOtherWords(root.fork(n)));
    const filled = texts.find(({ question: text }) => /filled 3 bags/.test(text))!;
    expect(Number(filled.answer)).toBe(3 * Number(filled.question.match(/each with (\d+)/)![1]));
    const broken = texts.find(({ question: text }) => / broke\./.test(text))!;
    const [whole, lost] = broken.question.match(/\d+/g)!.map(Number);
    expect(Number(broken.answer)).toBe(whole - lost);
  });
});
