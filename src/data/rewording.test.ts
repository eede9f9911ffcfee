import { describe, expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { problemInOtherWords, questionInOtherWords } from "../evaluation/other-words.js";
import type { Example, ExampleSource } from "./example.js";
import { problemExamples } from "./problems/problem-source.js";
import { PEOPLE, THINGS } from "./problems/words.js";
import { COLORS, SHAPES } from "./scenes/scene.js";
import { sceneAt, sceneExamples } from "./scenes/scene-source.js";

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
  "problems of one step": (rewordedShare) => problemExamples({ seed: 5, kind: "one-step", rewordedShare }),
};

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
    expect(numReworded).toBeGreaterThan(0.3 * NUM_EXAMPLES);
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
    for (const open of Object.values(SOURCES)) {
      const source = open(1);
      for (let i = 0; i < NUM_EXAMPLES; i++) {
        const text = asked(await source.read(i));
        expect(judged.has(skeleton(text)), text).toBe(false);
      }
    }
  });
});
