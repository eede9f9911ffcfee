import { describe, expect, it } from "vitest";
import { createRandom } from "../../array/random.js";
import { problemInOtherWords, questionInOtherWords } from "../../evaluation/other-words.js";
import type { Example, ExampleSource } from "../example.js";
import { generateProblem } from "../problems/problem.js";
import { problemExamples } from "../problems/problem-source.js";
import { PEOPLE, THINGS } from "../problems/words.js";
import { COLORS, SHAPES } from "../scenes/scene.js";
import { sceneAt, sceneExamples } from "../scenes/scene-source.js";
import { reworded } from "./rewording.js";

const NUM_EXAMPLES = 400;
const FACTS = new RegExp(
  `\\d+|\\b(?:${[...COLORS, ...SHAPES, ...SHAPES.map((shape) => `${shape}s`)].join("|")})\\b`,
  "g",
);

const SOURCES: Readonly<Record<string, (rewordedShare: number) => ExampleSource>> = {
  questions: (rewordedShare) => sceneExamples({ seed: 1, numScenes: 1000, kind: "question", rewordedShare }),
  prompts: (rewordedShare) => sceneExamples({ seed: 2, numScenes: 1000, kind: "t2i", rewordedShare }),
  sums: (rewordedShare) => problemExamples({ seed: 3, kind: "sum", rewordedShare }),
  problems: (rewordedShare) => problemExamples({ seed: 4, kind: "multi-step", rewordedShare }),
  tales: (rewordedShare) => problemExamples({ seed: 7, kind: "tale", rewordedShare }),
  "open questions": (rewordedShare) =>
    sceneExamples({ seed: 8, numScenes: 1000, kind: "open-question", rewordedShare }),
  "problems of one step": (rewordedShare) => problemExamples({ seed: 5, kind: "one-step", rewordedShare }),
};

/** What becomes of a text in many draws. */
const manyOf = (text: string) => Array.from({ length: 1500 }, (_, i) => reworded(text, createRandom(`many ${i}`)));
const asked = ({ messages }: Example) => messages[0].content;
const factsOf = (text: string) => (text.toLowerCase().match(FACTS) ?? []).sort();

describe("rewording", () => {
  it.each(Object.keys(SOURCES))("says many %s otherwise, with the same facts and the same answer", async (name) => {
    const [plain, other] = [0, 1].map((share) => SOURCES[name](share));
    let numReworded = 0;
    for (let i = 0; i < NUM_EXAMPLES; i++) {
      const [before, after] = [await plain.read(i), await other.read(i)];
      expect({ ...after, messages: 0, image: 0 }).toEqual({ ...before, messages: 0, image: 0 });
      if (asked(before) === asked(after)) continue;
      numReworded++;
      expect(factsOf(asked(after)), asked(after)).toEqual(factsOf(asked(before)));
    }
    expect(numReworded).toBeGreaterThan(0.25 * NUM_EXAMPLES);
  });

  it("asks for yes or no only where that is the answer", async () => {
    const source = sceneExamples({
      ...{ seed: 6, numScenes: 2000, kind: "question", questionKind: "relation", rewordedShare: 1 },
    });
    const ofYesAndNo =
      /is it true|can it be|I think|, right\?$|they say|true or not|tell me whether|would you say|did they draw/i;
    for (let i = 0; i < 2000; i++) {
      const example = await source.read(i);
      if (ofYesAndNo.test(asked(example))) expect(example.answer, asked(example)).toMatch(/^(yes|no)\b/i);
    }
  });

  it("takes none of the words that models are judged by", async () => {
    const rng = createRandom("judged");
    const people = PEOPLE.map(({ name }) => name).join("|");
    const things = THINGS.flatMap(({ one, many }) => [one, many]).join("|");
    const skeleton = (text: string) =>
      text
        .toLowerCase()
        .replace(new RegExp(`\\b(?:an?|the|small|large|tiny|big|${COLORS.join("|")}) `, "g"), "")
        .replace(new RegExp(`\\b(?:${SHAPES.join("|")}|object|shape|thing|item|figure)(?:s?)\\b`, "g"), "#")
        .replace(new RegExp(`\\b(?:${people}|${things})\\b`, "gi"), "@")
        .replace(/\d+/g, "0");
    const judged = new Set<string>();
    for (let i = 0; i < 3000; i++) {
      const question = questionInOtherWords(sceneAt("judged", i), rng.fork(i));
      if (question) judged.add(skeleton(question.question));
      judged.add(skeleton(problemInOtherWords(rng.fork(-1 - i)).question));
    }
    const texts = ["largest", "smallest"].flatMap((size) => manyOf(`Which object is the ${size}?`));
    for (const open of Object.values(SOURCES)) {
      const source = open(1);
      for (let i = 0; i < NUM_EXAMPLES; i++) texts.push(asked(await source.read(i)));
    }
    for (const text of texts) expect(judged.has(skeleton(text)), text).toBe(false);
  });

  it("asks for sizes, which are of the circles around, and for no areas", () => {
    const ofArea = /\b(area|room|space|covers?|occup\w+|fills?)\b/;
    for (const size of ["largest", "smallest"]) {
      const texts = manyOf(`Which object is the ${size}?`);
      expect(new Set(texts).size).toBeGreaterThan(25);
      for (const text of texts) expect(text).not.toMatch(ofArea);
    }
    for (let i = 0; i < 2000; i++) {
      const judged = questionInOtherWords(sceneAt("sizes", i), createRandom(i));
      if (judged) expect(judged.question).not.toMatch(ofArea);
    }
  });

  it("says before a prompt nothing that is said before a question", () => {
    const texts = manyOf("can you draw a red circle?").filter((text) => text.endsWith("?"));
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts)
      expect(text).toMatch(/^(can|could|would) (you draw|I have a picture of) a red circle( for me)?\?$/i);
    expect(manyOf("how many stars are there?").some((text) => /^in this picture, /.test(text))).toBe(true);
  });

  it("asks about the object, not the landmark beside it", () => {
    const ofOne = "What shape is the red one?";
    expect(manyOf(ofOne)).toContain("What is the red one's shape?");
    for (const place of ["right of the small circle", "above the star", "on the far left", "nearest to the top"]) {
      const texts = manyOf(`What shape is the object ${place}?`);
      expect(texts).toContain(`What is the shape of the object ${place}?`);
      for (const text of texts) expect(text).not.toContain("'s shape");
    }
  });

  it("speaks of one group, and of people to share among", () => {
    const texts = manyOf("What is 1 times 12?");
    expect(texts).toContain("How much does 1 group of 12 make?");
    for (const text of texts) expect(text).not.toContain("groups");
    const shared = manyOf("Leo has 45 pens. He shares the pens equally among 9 friends. How many does each get?");
    for (const text of shared) expect(text).not.toContain("of them");
  });

  it("tells what happened in one tense", () => {
    const past =
      /\b(had|were|was|bought|found|got|gave|lost|sold|ate|shared|kept|paid|started|began|received|went|handed|passed)\b/;
    const verbs =
      "buy find get give lose sell eat put share start begin receive purchase order pay discover come happen collect obtain hand bring donate part misplace drop trade manage swallow keep";
    const present = new RegExp(`\\b(has|is|are|can|goes|passes|finishes|(?:${verbs.replaceAll(" ", "|")})s)\\b`);
    let numPast = 0;
    for (let i = 0; i < 8000; i++) {
      const rng = createRandom(`tense ${i}`);
      const text = reworded(generateProblem(rng, { kind: i % 2 === 0 ? "one-step" : "multi-step" }).text, rng);
      // What "If" tells stays as it is.
      const told = (text.match(/[^.?]+\.(?= |$)/g) ?? []).join(" ").replace(/has (collected|got)/g, "keeps");
      if (!past.test(told)) continue;
      numPast++;
      expect(told).not.toMatch(present);
    }
    expect(numPast).toBeGreaterThan(1000);
  });
});
