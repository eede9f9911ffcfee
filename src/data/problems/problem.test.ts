import { describe, expect, test } from "vitest";
import { createRandom } from "../../array/random.js";
import { isHeldOutPair, type Operation, step } from "./arithmetic.js";
import { generateProblem, PROBLEM_KINDS, type ProblemKind } from "./problem.js";
import { problemExamples } from "./problem-source.js";
import { solveStory } from "./story.js";
import { PEOPLE } from "./words.js";

const root = createRandom("problem tests");
const badText =
  /[{}]|undefined| {2}|\.\.|\b1 (apple|book|coin|card|pen|egg|ball|cake)s|\b1 (boxe|bag|basket|shelve|group)s|are 1 /;
const sample = (kind: ProblemKind, split: "train" | "heldOut" | "any" = "train", count = 400) =>
  Array.from({ length: count }, (_, i) => generateProblem(root.fork(i), { kind, split }));

describe("held-out pairs", () => {
  test("are about one in ten, whatever the order of summands and factors", () => {
    for (const operation of ["add", "subtract"] as const) {
      let heldOut = 0;
      for (let a = 0; a < 100; a++) for (let b = 0; b < 100; b++) heldOut += Number(isHeldOutPair(operation, a, b));
      expect(heldOut / 10_000).toBeGreaterThan(0.08);
      expect(heldOut / 10_000).toBeLessThan(0.12);
    }
    expect(isHeldOutPair("add", 17, 25)).toBe(isHeldOutPair("add", 25, 17));
  });

  test("stay the same for ever", () => {
    const heldOut = (operation: Operation) =>
      Array.from({ length: 144 }, (_, i) => [Math.floor(i / 12) + 1, (i % 12) + 1])
        .filter(([a, b]) => a <= b && isHeldOutPair(operation, a, b))
        .map((pair) => pair.join("×"));
    expect(heldOut("multiply")).toMatchInlineSnapshot(`
      [
        "2×9",
        "2×12",
        "3×3",
        "3×12",
        "4×9",
        "5×8",
        "6×7",
        "8×8",
      ]
    `);
  });
});

describe.each(PROBLEM_KINDS)("problems of kind %s", (kind) => {
  test("have steps that are right and end in the answer", () => {
    for (const { steps, answer } of sample(kind)) {
      const possible = kind === "multi-step" ? [2, 3, 4] : [1];
      expect(possible).toContain(steps.length);
      for (const s of steps) {
        expect(step(s.operation, s.left, s.right).result).toBe(s.result);
        expect(Number.isInteger(s.result) && s.result >= 0 && s.result < 200).toBe(true);
      }
      expect(steps.at(-1)?.result).toBe(answer);
    }
  });

  test("tell every number that the steps need, and no other", () => {
    for (const { text, steps } of sample(kind)) {
      const results = new Set(steps.map(({ result }) => result));
      const told = text.match(/\d+/g)?.map(Number) ?? [];
      for (const { left, right } of steps) {
        for (const operand of [left, right]) expect(told.includes(operand) || results.has(operand), text).toBe(true);
      }
      const needed = steps.flatMap(({ left, right }) => [left, right]);
      for (const number of told) expect(needed, text).toContain(number);
    }
  });

  test("are well-formed texts with an answer in the sentence and the statement", () => {
    for (const { text, sentence, statement, answer } of sample(kind)) {
      for (const words of [text, sentence, statement]) expect(words).not.toMatch(badText);
      expect(sentence).toMatch(new RegExp(`\\b${answer}\\b`));
      expect(statement).toMatch(new RegExp(`\\b${answer}\\b`));
      expect(statement).not.toContain("?");
    }
  });

  test("have capitals where sentences begin and in names alone, single spaces, and end as a question does", () => {
    const names = new Set(PEOPLE.map(({ name }) => name));
    for (const { text, sentence, statement } of sample(kind, "any", 3000)) {
      for (const words of [text, sentence, statement]) {
        expect(words).not.toMatch(/\s{2}|^\s|\s$|[^\S ]/);
        const within = [...words.matchAll(/(?<![.?:] )\b(?<!^)[A-Z]\w*/g)].map(([word]) => word);
        expect(
          within.filter((word) => !names.has(word)),
          words,
        ).toEqual([]);
        expect(words).not.toMatch(/[.?] [a-z]/);
      }
      if (/how many/i.test(text)) expect(text).toMatch(/\?$/); // sums may be told: "Divide 8 by 2."
    }
  });

  test("keep held-out pairs from training, and have one when held out", () => {
    const hasHeldOut = ({ steps }: ReturnType<typeof generateProblem>) =>
      steps.some(({ operation, left, right }) => isHeldOutPair(operation, left, right));
    expect(sample(kind, "train").some(hasHeldOut)).toBe(false);
    expect(sample(kind, "heldOut", 200).every(hasHeldOut)).toBe(true);
  });

  test("vary: hardly two alike", () => {
    const texts = sample(kind).map(({ text }) => text);
    expect(new Set(texts).size / texts.length).toBeGreaterThan(0.9);
  });
});

describe("what stories refer back to", () => {
  const stories = (["one-step", "multi-step"] as const).flatMap((kind) => sample(kind, "any", 4000));
  const toldIn = (text: string) => text.slice(0, text.search(/how many/i));

  test("is named again where it could be the containers", () => {
    const packed = stories.map(({ text }) => toldIn(text)).filter((told) => /\b(box|bag|basket|shel)/.test(told));
    expect(packed.length).toBeGreaterThan(1000);
    for (const told of packed) {
      const since = told.slice(told.search(/\b(box|bag|basket|shel)/));
      expect(since, told).not.toMatch(/\d more(?! [a-z]+s?\b(?<! and| from| then| to))/);
      expect(since, told).not.toMatch(/\bof them\b/);
    }
  });

  test("is named again where it could be what was gained or lost last", () => {
    for (const { text } of stories) {
      const clauses = toldIn(text).split(/[.,] | and (?:then )?/);
      const isEvent = /\b(finds|gets|gives|loses|sells|eats|buys)\b/;
      const second = clauses.findIndex((clause, i) => i > 0 && isEvent.test(clause));
      const since = clauses.slice(second + 1).join(". ");
      if (second > 0) expect(since, text).not.toMatch(/\bthem\b/);
    }
  });

  test("is no person whom a pronoun could take for another", () => {
    let numNamed = 0;
    for (const { text, statement } of stories) {
      const a = PEOPLE.find(({ name }) => name === text.match(/\b(?:Tom|Ann|Ben|Mia|Sam|Eva|Leo|Zoe)\b/)?.[0]);
      const rivals = PEOPLE.filter(({ name, pronoun }) => name !== a?.name && pronoun === a?.pronoun);
      for (const told of [text, statement]) {
        const sentences = told.split(/(?<=\.) | and (?=(?:he|she) )|, (?=how many)/);
        for (let i = 1; i < sentences.length; i++) {
          if (!rivals.some(({ name }) => sentences[i - 1].includes(name))) continue;
          numNamed++;
          expect(sentences[i], told).not.toMatch(/^(?:Then |Later )?(?:he|she) |\bdoes (?:he|she)\b/i);
        }
      }
    }
    expect(numNamed).toBeGreaterThan(500);
  });

  test("asks how many more somebody needs to have as many", () => {
    const needs = stories.filter(({ text }) => text.includes("need to have as many"));
    expect(needs.length).toBeGreaterThan(20);
    for (const { text } of needs) expect(text).toMatch(/how many more/i);
  });
});

test("one group is no groups", () => {
  const texts = sample("sum", "any", 6000).map(({ text }) => text);
  expect(texts.some((text) => /\b1 group of/.test(text))).toBe(true);
  for (const text of texts) expect(text).not.toMatch(/\b1 groups/);
});

test("a story's steps are in the order of its telling", () => {
  const steps = solveStory({
    opening: { count: 14 },
    events: [
      { kind: "gain", amount: { containers: 3, each: 6 } },
      { kind: "lose", amount: { count: 5 } },
    ],
    ending: { kind: "share", parts: 9 },
  });
  expect(steps).toEqual([step("multiply", 3, 6), step("add", 14, 18), step("subtract", 32, 5), step("divide", 27, 9)]);
});

describe("problemExamples", () => {
  test("gives the same example for the same index, in any order", async () => {
    const source = problemExamples({ seed: 7, kind: "multi-step" });
    const again = problemExamples({ seed: 7, kind: "multi-step" });
    const late = await source.read(5);
    await source.read(0);
    expect(await again.read(5)).toEqual(late);
    expect(await source.read(6)).not.toEqual(late);
    expect(await problemExamples({ seed: 8, kind: "multi-step" }).read(5)).not.toEqual(late);
  });

  test("gives reasoning up to the result of any of its steps; as plain text a step is an equation", async () => {
    const chats = problemExamples({ seed: 2, kind: "multi-step", reasoningShare: 1, resumedShare: 0.5 });
    const examples = await Promise.all(Array.from({ length: 200 }, (_, i) => chats.read(i)));
    const resumed = examples.filter(({ given }) => given !== undefined);
    expect(resumed.length).toBeGreaterThan(70);
    expect(resumed.length).toBeLessThan(130);
    const steps = new Set<number>();
    for (const { given = "", reasoning = "" } of resumed) {
      expect(reasoning.startsWith(given)).toBe(true);
      expect(given).toMatch(/ =$/);
      steps.add(given.split("=").length - 1);
    }
    expect(steps).toEqual(new Set([1, 2, 3, 4]));
    const texts = problemExamples({ seed: 2, kind: "multi-step", task: "lm", reasoningShare: 1, resumedShare: 1 });
    for (let i = 0; i < 20; i++) {
      const { answer, given } = await texts.read(i);
      expect(answer).toMatch(/^\d+ [-+×÷] \d+ = \d+\.$/);
      expect(given).toBe(answer?.replace(/=.*/, "="));
    }
  });

  test("lists equations that have nothing to do with each other, given up to the result of any", async () => {
    const options = { seed: 4, kind: "multi-step", task: "lm", reasoningShare: 1, maxEquations: 5 } as const;
    const lists = problemExamples({ ...options, resumedShare: 1 });
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const { answer = "", given = "" } = await lists.read(i);
      const equations = answer.split(". ");
      expect(answer).toMatch(/^(\d+ [-+×÷] \d+ = \d+\.( |$)){1,5}$/);
      expect(answer.startsWith(given) && given.endsWith(" =")).toBe(true);
      seen.add(`${given.split("=").length - 1} of ${equations.length}`);
    }
    expect(seen.size).toBe(15);
    expect((await problemExamples(options).read(0)).given).toBeUndefined();
  });

  test("answers in digits but for a share of sentences; lm is the statement", async () => {
    const digits = problemExamples({ seed: 1, kind: "one-step", sentenceShare: 0 });
    for (let i = 0; i < 20; i++) expect((await digits.read(i)).answer).toMatch(/^\d+$/);
    const sentences = problemExamples({ seed: 1, kind: "one-step", sentenceShare: 1 });
    for (let i = 0; i < 20; i++) expect((await sentences.read(i)).answer).toMatch(/\.$/);
    const text = await problemExamples({ seed: 1, kind: "sum", task: "lm" }).read(0);
    expect(text).toMatchObject({ task: "lm", messages: [] });
  });
});
