import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { miniPath } from "../../test/mini.js";
import { createRandom } from "../array/random.js";
import type { Example } from "../data/example.js";
import { encodeChat } from "../tasks/text.js";
import { createChatTemplate, RELEASED_THINKING_PROMPTS } from "../tokens/chat-template.js";
import type { Row } from "../tokens/sequence.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { type Encoders, layoutExample } from "./layout-example.js";

const json = (name: string) => JSON.parse(readFileSync(`${miniPath}/${name}`, "utf8")) as unknown;
const textTokenizer = createTextTokenizer(json("tokenizer.json"));
const vocabulary = createVocabulary(json("config.json") as VocabularyConfig, textTokenizer);
const pieces = { textTokenizer, chatTemplate: createChatTemplate() };
const encoders: Encoders = {
  vocabulary,
  encodeText: (text) => textTokenizer.encode(text),
  encodeChat: (messages, thinkingFor) =>
    encodeChat(pieces, messages, thinkingFor && RELEASED_THINKING_PROMPTS[thinkingFor]),
  encodeImage: async () => [1, 2, 3, 4],
};
const image = { key: "k", load: async () => Promise.reject(new Error("codes are known")) };
const user = (content: string) => [{ role: "user" as const, content }];
const layOut = (example: Example, conditionDropout = 0) =>
  layoutExample(example, encoders, { conditionDropout, canvasUnit: 8, extraUnits: [0] }, createRandom(1));
const text = (row: Row, name: "prompt" | "answer" | "reasoning") =>
  textTokenizer.decode(row.ids.subarray(row.spans[name]?.start, row.spans[name]?.end), { skipSpecialTokens: false });

test("reasoning is learnt with the answer, and asked for in the prompt just where there is some", async () => {
  const example: Example = { task: "lm_chat", messages: user("1 + 1?"), answer: "2" };
  const plain = await layOut(example);
  expect(text(plain, "prompt")).not.toContain("think");
  const reasoned = await layOut({ ...example, reasoning: "One more than 1." });
  expect(text(reasoned, "prompt")).toContain(`${RELEASED_THINKING_PROMPTS.text}\n1 + 1?`);
  expect(text(reasoned, "answer")).toMatch(/^<think>One more than 1\.<\/think>2<\|endoftext\|>/);
  const { start, end } = reasoned.spans.answer!;
  expect(Array.from(reasoned.isMaskable.keys()).filter((i) => reasoned.isMaskable[i])).toEqual(
    Array.from({ length: end - start }, (_, i) => start + i),
  );
  // The prompt is that of a request with `thinking`.
  const asked = encodeChat(pieces, "1 + 1?", RELEASED_THINKING_PROMPTS.text);
  expect(Array.from(reasoned.ids.subarray(0, asked.length))).toEqual(asked);
});

test("a drawing's reasoning comes between prompt and picture; now and then both are dropped for guidance", async () => {
  const example: Example = { task: "r2i", messages: user("a star"), reasoning: "I draw a red star.", image };
  const row = await layOut(example);
  expect(text(row, "prompt")).toContain(`${RELEASED_THINKING_PROMPTS.image}\na star`);
  expect(text(row, "reasoning")).toMatch(/^<think>I draw a red star\.<\/think>(<\|endoftext\|>)+$/);
  expect(row.isMaskable.subarray(row.spans.image!.start, row.spans.image!.end)).toEqual(new Uint8Array(4).fill(1));
  const dropped = await layOut(example, 1);
  expect(dropped.spans.reasoning).toBeUndefined();
  expect(dropped.ids[0]).toBe(vocabulary.special.r2i);
  expect(dropped.ids.length).toBeLessThan(10);
});

test("what is given of an answer stands, and what follows is learnt", async () => {
  const learnt = (row: Row) => textTokenizer.decode(row.ids.filter((_, place) => row.isMaskable[place]));
  const given = (row: Row) =>
    textTokenizer.decode(row.ids.subarray(row.spans.given?.start, row.spans.given?.end), { skipSpecialTokens: false });
  const reasoned: Example = { task: "lm_chat", messages: user("1 + 1?"), reasoning: "1 + 1 = 2.", answer: "2" };
  const chat = await layOut({ ...reasoned, given: "1 + 1 =" });
  expect(given(chat)).toBe("<think>1 + 1 =");
  expect(learnt(chat).trim()).toMatch(/^2\./);
  const equation = await layOut({ task: "lm", messages: [], answer: "45 - 15 = 30.", given: "45 - 15 =" });
  expect(given(equation)).toMatch(/45 - 15 =$/);
  expect(learnt(equation).trim()).toBe("30.");
  const drawing = await layOut({
    task: "r2i",
    messages: user("a star"),
    reasoning: "I draw a star.",
    given: "I",
    image,
  });
  expect(drawing.isMaskable.subarray(drawing.spans.image!.start, drawing.spans.image!.end)).toEqual(
    new Uint8Array(4).fill(1),
  );
  expect(given(drawing)).toBe("<think>I");
});

test("plain text that is longer than a line is cut, an answer never", async () => {
  const long = "1 + 1 = 2. ".repeat(30);
  const settings = { conditionDropout: 0, canvasUnit: 8, extraUnits: [0], lineLength: 64 };
  const lay = (example: Example) => layoutExample(example, encoders, settings, createRandom(1));
  const cut = await lay({ task: "lm", messages: [], answer: long });
  expect(cut.ids).toHaveLength(64);
  expect(cut.ids.includes(vocabulary.special.eos)).toBe(false);
  expect((await lay({ task: "lm", messages: [], answer: "2" })).ids.length).toBeLessThan(8);
  expect((await lay({ task: "lm_chat", messages: user("1?"), answer: long })).ids.length).toBeGreaterThan(64);
});

test("plain text is made tokens once", async () => {
  const encoded: string[] = [];
  const encodeText = (text: string) => {
    encoded.push(text);
    return encoders.encodeText(text);
  };
  const settings = { conditionDropout: 0, canvasUnit: 8, extraUnits: [0] };
  const example: Example = { task: "lm", messages: [], answer: "1 + 1 = 2." };
  await layoutExample(example, { ...encoders, encodeText }, settings, createRandom(1));
  expect(encoded).toEqual(["1 + 1 = 2."]);
});

test("an answer has its end where the chat template writes no beginning", async () => {
  const { bos, eos } = vocabulary.special;
  const bare = { ...encoders, encodeChat: () => [5, 6], encodeText: () => [10, 11, 12, 13, 14, 15, 16] };
  for (const task of ["lm_chat", "mmu"] as const) {
    const settings = { conditionDropout: 0, canvasUnit: 8, extraUnits: [0] };
    const row = await layoutExample({ task, messages: user("?"), answer: "a", image }, bare, settings, createRandom(1));
    expect(Array.from(row.ids.subarray(row.spans.prompt!.start, row.spans.prompt!.end))).toEqual([bos, 5, 6]);
    expect(Array.from(row.ids.subarray(row.spans.answer!.start))).toEqual([10, 11, 12, 13, 14, 15, 16, eos]);
  }
});

test("a canvas has as many units more as the line has room for, and never fewer than its answer needs", async () => {
  const lengthWith = async (lineLength?: number) => {
    const settings = { conditionDropout: 0, canvasUnit: 8, extraUnits: [5], ...(lineLength ? { lineLength } : {}) };
    const examples: Example[] = [
      { task: "lm_chat", messages: user("1 + 1?"), answer: "2" },
      { task: "mmu", messages: user("what?"), answer: "a star", image },
      { task: "r2i", messages: user("a star"), reasoning: "I draw a red star.", image },
    ];
    const rows = await Promise.all(examples.map((one) => layoutExample(one, encoders, settings, createRandom(1))));
    return rows.map((row) => row.ids.length);
  };
  const free = await lengthWith();
  const shortest = free.map((length) => length - 40);
  expect(await lengthWith(Math.max(...free))).toEqual(free);
  const line = Math.max(...shortest) + 9;
  const fitted = await lengthWith(line);
  for (const [i, length] of fitted.entries()) {
    expect(length).toBeLessThanOrEqual(line);
    expect(length + 8).toBeGreaterThan(Math.min(line, free[i]));
    expect((free[i] - length) % 8).toBe(0);
  }
  expect(await lengthWith(10)).toEqual(shortest);
});
