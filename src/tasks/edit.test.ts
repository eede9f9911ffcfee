import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { miniPath } from "../../test/mini.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { OptionError, parseTaskDefaults } from "./options.js";
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
const tasks = createTasks({
  vocabulary,
  textTokenizer,
  chatTemplate: createChatTemplate(),
  predict: always,
  defaults: parseTaskDefaults({}),
  maxSequenceLength: 512,
});

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
