import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { miniPath } from "../../test/mini.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { OptionError } from "./options.js";
import { parseTaskDefaults } from "./task-defaults.js";
import { createTasks } from "./tasks.js";

const json = (name: string) => JSON.parse(readFileSync(`${miniPath}/${name}`, "utf8")) as unknown;
const textTokenizer = createTextTokenizer(json("tokenizer.json"));
const vocabulary = createVocabulary(json("config.json") as VocabularyConfig, textTokenizer);

/** A network that is equally sure of "a" everywhere. */
const always: MaskPredictor = async (_, { places }) => {
  const even = Float32Array.from(places, () => -0.1);
  const candidates = new Int32Array(places.length).fill(textTokenizer.encode("a")[0]);
  return { candidates, logProbs: even, margins: even, entropies: even };
};
const tasksOver = (predict: MaskPredictor, defaults: object = {}) =>
  createTasks({
    vocabulary,
    textTokenizer,
    chatTemplate: createChatTemplate(),
    predict,
    defaults: parseTaskDefaults(defaults),
    maxSequenceLength: 512,
  });
const tasks = tasksOver(always);

describe("a text with gaps", () => {
  test("is filled in blocks with as many steps as they need, and steps that they cannot share are named", async () => {
    const text = "[[3]] plus 25 is [[2]].";
    const filled = await tasks.edit({ text, prompt: "What is 17 plus 25?", blockLength: 2 });
    expect(filled.gaps).toEqual(["aaa", "aa"]);
    expect(filled.steps).toBeGreaterThanOrEqual(5);
    await expect(tasks.edit({ text, blockLength: 2, steps: 5 })).rejects.toThrow(OptionError);
    await expect(tasks.edit({ text, blockLength: 2, steps: 5 })).rejects.toThrow(/a multiple of \d/);
  });

  test("is filled place by place, however unevenly its gaps stand in the blocks", async () => {
    const filling = tasks.edit({ text: "[[7]] and so on and so on and so on [[1]]", blockLength: 8 });
    for await (const { revealed } of filling) expect(revealed.length).toBeLessThanOrEqual(1);
    expect((await filling).gaps).toEqual(["aaaaaaa", "a"]);
  });

  test("has the gaps that were asked for, whatever its words are", async () => {
    const text = "a red <|mdm_mask|> beside the blue star and [[1]] more";
    expect((await tasks.edit({ text })).gaps).toEqual(["a"]);
  });
});

describe("the order in which places are revealed", () => {
  /** A network with another order for each measure of how sure it is of four places; what comes after them is all alike. */
  const measuring: MaskPredictor = async (rows, at) => {
    const first = rows.ids.data.indexOf(vocabulary.special.bos) + 1;
    const of = (values: readonly number[]) => Float32Array.from(at.places, (place) => values[place - first] ?? -1);
    return {
      ...(await always(rows, at)),
      logProbs: of([-0.1, -0.2, -0.3, -0.4]),
      margins: of([0.1, 0.3, 0.4, 0.2]),
      entropies: of([0.6, 0.2, 0.8, 0.1]),
    };
  };
  const orderOf = async (asked: AsyncIterable<{ readonly revealed: readonly number[] }>) => {
    const order: number[] = [];
    for await (const { revealed } of asked) order.push(...revealed);
    return order;
  };

  test("is that of the option, of the model's where a request says nothing, or by confidence", async () => {
    const text = "[[4]]";
    const plain = tasksOver(measuring);
    expect(await orderOf(plain.edit({ text }))).toEqual([0, 1, 2, 3]);
    expect(await orderOf(plain.edit({ text, remasking: "margin" }))).toEqual([2, 1, 3, 0]);
    expect(await orderOf(plain.edit({ text, remasking: "entropy" }))).toEqual([3, 1, 0, 2]);
    // 1/2, 1/4, 3/4 of the line with what begins and ends the text.
    expect(await orderOf(plain.edit({ text, remasking: "halton" }))).toEqual([2, 0, 3, 1]);
    const byMargin = tasksOver(measuring, { text: { remasking: "margin" } });
    expect(await orderOf(byMargin.edit({ text }))).toEqual([2, 1, 3, 0]);
    expect(await orderOf(byMargin.edit({ text, remasking: "low-confidence" }))).toEqual([0, 1, 2, 3]);
  });

  test("hangs on the seed where it is random or noise is asked for, which falls as the option says", async () => {
    const orders = (options: object) =>
      Promise.all([1, 2, 3].map((seed) => orderOf(tasksOver(measuring).edit({ text: "[[16]]", seed, ...options }))));
    const isOneOrder = (all: readonly number[][]) => new Set(all.map((order) => order.join())).size === 1;
    expect(isOneOrder(await orders({}))).toBe(true);
    expect(isOneOrder(await orders({ remasking: "random" }))).toBe(false);
    const [compound, linear] = await Promise.all(
      ["compound", "linear"].map((choiceAnnealing) => orders({ choiceTemperature: 1, choiceAnnealing })),
    );
    expect(isOneOrder(linear)).toBe(false);
    // At the first step it is the same noise.
    expect(linear.map(([first]) => first)).toEqual(compound.map(([first]) => first));
    expect(linear).not.toEqual(compound);
  });
});
