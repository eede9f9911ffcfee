import { describe, expect, it } from "vitest";
import { createRandom } from "../../array/random.js";
import { NUMBER_WORDS } from "./captions.js";
import type { PromptSpec } from "./prompt-spec.js";
import { QUESTION_KINDS, question } from "./questions.js";
import { COLORS, SHAPES } from "./scene.js";
import { sceneAt, sceneExamples } from "./scene-source.js";
import { judge } from "./verifier.js";

const HELD_OUT_WORDS = /green circle|purple square|blue triangle|red star/;
const CONTENT_WORDS = new RegExp(`^(${[...COLORS, ...SHAPES].join("|")})s?$`);

/** Objects that a trace names with a place: "a (small) red circle at the top left". */
function named(text: string): string[] {
  const objects = /\ban? (?:small |large )?(\w+) (\w+) (?:at|in|on) the (?:top|bottom|left|right|middle)/g;
  return [...text.matchAll(objects)].map(([, color, shape]) => `${color} ${shape}`).sort();
}

describe("reasoning about scenes", () => {
  it("sees just the objects that are there, and ends in what the answer says", () => {
    const rng = createRandom("reasoned questions");
    for (let n = 0; n < 1500; n++) {
      const scene = sceneAt("reasoning", n);
      const kind = QUESTION_KINDS[n % QUESTION_KINDS.length];
      const asked = question(scene, rng.fork(n), { kind, sentenceShare: 0 });
      if (!asked) continue;
      const { reasoning, answer } = asked;
      expect(named(reasoning), reasoning).toEqual(scene.objects.map(({ color, shape }) => `${color} ${shape}`).sort());
      expect(reasoning).not.toMatch(HELD_OUT_WORDS);
      const [, conclusion] = /^I see [^.]*\. (.*)$/.exec(reasoning) ?? [];
      if (kind === "count") expect(/(\d+)\.$/.exec(conclusion)?.[1], reasoning).toBe(answer);
      if (kind === "existence") expect(conclusion.startsWith("One"), reasoning).toBe(answer === "yes");
      if (["colour", "shape", "size"].includes(kind))
        for (const word of answer.split(" ")) expect(conclusion).toContain(word);
    }
  });

  it("draws reading the same questions, whether reasons are asked for or not", async () => {
    const plain = sceneExamples({ seed: 1, numScenes: 50, kind: "question" });
    const reasoned = sceneExamples({ seed: 1, numScenes: 50, kind: "question", reasoningShare: 1 });
    for (let i = 0; i < 50; i++) {
      const { reasoning, ...rest } = await reasoned.read(i);
      expect(reasoning).toBeTruthy();
      expect({ ...rest, image: 0 }).toEqual({ ...(await plain.read(i)), image: 0 });
    }
  });
});

describe("reasoning about a sight with mistakes", () => {
  it("is given to the sight or beyond, which is not the scene's, and goes on as if it had been right", async () => {
    const options = { seed: 1, numScenes: 200, kind: "question", reasoningShare: 1 } as const;
    const [right, mistaken] = [0, 1].map((mistakenShare) => sceneExamples({ ...options, mistakenShare }));
    let numToTheSight = 0;
    for (let i = 0; i < 200; i++) {
      const [{ reasoning: truth, ...before }, { reasoning, given, ...after }] = [
        await right.read(i),
        await mistaken.read(i),
      ];
      expect({ ...after, image: 0 }).toEqual({ ...before, image: 0 });
      expect(given, reasoning).toMatch(/^I see [^.]+\./);
      expect(reasoning!.startsWith(given!)).toBe(true);
      if (/^[^.]+\.$/.test(given!)) numToTheSight++;
      expect(reasoning).not.toMatch(HELD_OUT_WORDS);
      expect(reasoning!.replace(/^I see [^.]+\./, "")).toBe(truth!.replace(/^I see [^.]+\./, ""));
      expect(reasoning).not.toBe(truth);
    }
    // Others are given up to a word of what follows from it.
    expect(numToTheSight).toBeGreaterThan(10);
    expect(numToTheSight).toBeLessThan(60);
  });
});

describe("indirect prompts", () => {
  it("mean the scene that is drawn, hint at something and say the fact before what is meant", async () => {
    const source = sceneExamples({ seed: 3, numScenes: 400, kind: "indirect", reasoningShare: 0.5 });
    const tasks = new Set<string>();
    let numMisjudged = 0;
    for (let i = 0; i < 400; i++) {
      const { task, messages, image, reasoning, metadata } = await source.read(i);
      tasks.add(task);
      const [{ content }] = messages;
      expect(content).not.toMatch(HELD_OUT_WORDS);
      expect(content).toMatch(/as many .* as |in the color of|shapes? (with|like)/i);
      const spec = metadata?.spec as PromptSpec;
      if (i < 60 && !judge(await image!.load(), spec).isRight) numMisjudged++;
      if (task === "t2i") expect(reasoning).toBeUndefined();
      else {
        const [, facts, meant] = /^(.*?\.) So I draw (.*)\.$/.exec(reasoning!) ?? [];
        expect(facts, reasoning).toMatch(/ has \d | is (a )?\w+\.| make /);
        // As many words of colours and shapes as the prompt means, the same ones.
        const words = meant.split(/[^a-z]+/).filter((word) => CONTENT_WORDS.test(word));
        const wanted = spec.groups.flatMap(({ color, shape, count }) => [color, count === 1 ? shape : `${shape}s`]);
        expect(words.sort(), reasoning).toEqual(wanted.sort());
        for (const { color, shape, count } of spec.groups)
          if (count > 1) expect(meant).toMatch(new RegExp(`${NUMBER_WORDS[count]} (\\w+ )?${color} ${shape}s`));
        // What is hinted at is not also said.
        const said = content.split(/[^a-z]+/).filter((word) => CONTENT_WORDS.test(word));
        expect(said.length).toBeLessThan(2 * spec.groups.length + 2);
      }
    }
    // The verifier is not always right about small shapes.
    expect(numMisjudged).toBeLessThan(3);
    expect([...tasks].sort()).toEqual(["r2i", "t2i"]);
  });

  it("asks about pictures with answers that their facts lead to", async () => {
    const source = sceneExamples({ seed: 4, numScenes: 300, kind: "indirect-question", reasoningShare: 1 });
    const answers = { yes: 0, no: 0 };
    for (let i = 0; i < 300; i++) {
      const { messages, reasoning, answer } = await source.read(i);
      answers[answer as "yes" | "no"]++;
      const [, fact, count] = /has (\d) .* That is (\d)\.$/.exec(reasoning!) ?? [];
      if (fact !== undefined) expect(fact === count, reasoning).toBe(answer === "yes");
      else expect(/ One of them is /.test(reasoning!), `${messages[0].content} ${reasoning}`).toBe(answer === "yes");
    }
    expect(answers.yes).toBeGreaterThan(110);
    expect(answers.no).toBeGreaterThan(110);
  });
});
