import { describe, expect, it } from "vitest";
import { createRandom } from "../../array/random.js";
import { QUESTION_KINDS, question } from "./questions.js";
import { generateScene, type Scene, type SceneObject } from "./scene.js";
import { sceneExamples } from "./scene-source.js";

const root = createRandom("question tests");
const HELD_OUT_WORDS = /green circle|purple square|blue triangle|red star/;

function object(words: string, x: number, y: number): SceneObject {
  const [size, color, shape] = words.split(" ") as [SceneObject["size"], SceneObject["color"], SceneObject["shape"]];
  return { size, color, shape, rgb: [0, 0, 0], radius: size === "small" ? 6 : 12, x, y };
}

const SCENE: Scene = {
  background: [200, 200, 200],
  objects: [object("small red circle", 10, 30), object("large blue square", 45, 32), object("small blue star", 44, 56)],
};

/** Every question that some fixed wordings ask about `SCENE`, with its answer. */
const ANSWERS: readonly [RegExp, string][] = [
  [/^(what|which) colou?r is the circle\?$/i, "red"],
  [/^what shape is the red object\?$/i, "circle"],
  [/^how many (objects|things|shapes) (are there|do you see|can you see)/i, "3"],
  [/^how many blue (objects|things|shapes)/i, "2"],
  [/^how many triangles/i, "0"],
  [/^is there a red circle\?$/i, "yes"],
  [/^is there a red square\?$/i, "no"],
  [/^is the circle (to the )?left of the square\?$/i, "yes"],
  [/^is the square (to the )?left of the circle\?$/i, "no"],
  [/^is the star (below|under|beneath) the square\?$/i, "yes"],
  [/^are there more blue objects than red objects\?$/i, "yes"],
  [/^(which|what) .* largest( object| thing)?\?$/i, "blue square|blue|square"],
  [/^is the circle (larger|bigger) than the square\?$/i, "no"],
];

describe("question", () => {
  it("answers what can be checked by hand", () => {
    const seen = new Set<RegExp>();
    for (let n = 0; n < 4000; n++) {
      // Relations have the most wordings: half of the questions are of them.
      const options = { sentenceShare: 0, ...(n % 2 === 0 && { kind: "relation" as const }) };
      const { question: text, answer } = question(SCENE, root.fork(n), options)!;
      for (const [pattern, expected] of ANSWERS)
        if (pattern.test(text)) {
          seen.add(pattern);
          expect(expected.split("|"), text).toContain(answer);
        }
    }
    expect(ANSWERS.filter(([pattern]) => !seen.has(pattern))).toEqual([]);
  });

  it("never says nor asks about held-out pairs in training, but does in held-out scenes", () => {
    let numHeldOut = 0;
    for (let n = 0; n < 500; n++) {
      const rng = root.fork(n);
      const training = question(generateScene(rng), rng);
      expect(`${training.question} ${training.answer}`).not.toMatch(HELD_OUT_WORDS);
      const scene = generateScene(rng, { combinations: "held-out" });
      if (HELD_OUT_WORDS.test(question(scene, rng, { combinations: "held-out" }).question)) numHeldOut++;
    }
    expect(numHeldOut).toBeGreaterThan(50);
  });

  it("asks all kinds, yes and no about evenly, and spreads counts", () => {
    const answers: Record<string, number> = {};
    for (let n = 0; n < 900; n++) {
      const rng = root.fork(n);
      const { kind, shortAnswer } = question(generateScene(rng), rng);
      for (const key of [kind, `${kind} ${shortAnswer}`]) answers[key] = (answers[key] ?? 0) + 1;
    }
    for (const kind of QUESTION_KINDS) expect(answers[kind], kind).toBeGreaterThan(60);
    for (const kind of ["existence", "relation", "comparison"]) {
      const share = answers[`${kind} yes`] / (answers[`${kind} yes`] + answers[`${kind} no`]);
      expect(Math.abs(share - 0.5), kind).toBeLessThan(0.15);
    }
    for (const count of [0, 1, 2, 3, 4]) expect(answers[`count ${count}`] / answers.count).toBeGreaterThan(0.05);
  });

  it("answers in a sentence where it asks for one", () => {
    for (let n = 0; n < 200; n++) {
      const asked = question(SCENE, root.fork(n), { sentenceShare: 1 });
      expect(asked.question).toMatch(/sentence\.$/);
      expect(asked.answer).toMatch(/^[A-Z].* .*\.$/);
      if (asked.kind !== "relation") expect(asked.answer.toLowerCase()).toContain(asked.shortAnswer);
    }
  });
});

describe("sceneExamples", () => {
  const source = sceneExamples({ seed: 5, numScenes: 10, kind: "question" });

  it("gives the same example for the same index, the same picture for the same scene, and new words each time", async () => {
    expect({ ...(await source.read(3)), image: 0 }).toEqual({ ...(await source.read(3)), image: 0 });
    const rounds = await Promise.all(Array.from({ length: 6 }, (_, round) => source.read(3 + 10 * round)));
    expect(new Set(rounds.map(({ image }) => image?.key))).toEqual(new Set(["scene:5:3"]));
    expect(new Set(rounds.map(({ messages }) => messages[0].content)).size).toBeGreaterThan(2);
    expect(await rounds[0].image!.load()).toEqual(await rounds[5].image!.load());
  });

  it.each(["t2i", "caption", "describe", "question"] as const)("reads %s", async (kind) => {
    const { task, messages, answer } = await sceneExamples({ seed: 5, numScenes: 10, kind }).read(1);
    expect(task).toBe(kind === "t2i" ? "t2i" : "mmu");
    expect(messages).toHaveLength(1);
    expect(answer === undefined).toBe(kind === "t2i");
  });

  it("asks several times in a row about one scene, in all ways", async () => {
    const about = sceneExamples({ seed: 5, numScenes: 10, kind: "about", perScene: 4 });
    const examples = await Promise.all(Array.from({ length: 40 }, (_, i) => about.read(i)));
    examples.forEach(({ task, image }, i) => {
      expect(task).toBe("mmu");
      expect(image?.key).toBe(`scene:5:${Math.floor(i / 4) % 10}`);
    });
    const isLong = ({ answer = "" }: (typeof examples)[number]) => answer.split(" ").length > 6;
    expect(examples.filter(isLong).length).toBeGreaterThan(3);
    expect(examples.filter((example) => !isLong(example)).length).toBeGreaterThan(12);
  });

  it("keys held-out scenes apart, and refuses a bad number of scenes", async () => {
    const heldOut = await sceneExamples({ seed: 5, numScenes: 10, kind: "t2i", combinations: "held-out" }).read(3);
    expect(heldOut.image?.key).toBe("scene:held-out:5:3");
    expect(() => sceneExamples({ seed: 5, numScenes: 0, kind: "t2i" })).toThrow("not 0");
  });
});
