import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { miniPath } from "../../test/mini.js";
import { tensor } from "../array/tensor.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import type { ImageCodec } from "../model/image-codec.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import type { TaskPieces } from "./job.js";
import { parseTaskDefaults } from "./task-defaults.js";
import { createTasks } from "./tasks.js";
import { reasoningEnd, splitReasoning } from "./thinking.js";

const json = (name: string) => JSON.parse(readFileSync(`${miniPath}/${name}`, "utf8")) as unknown;
const textTokenizer = createTextTokenizer(json("tokenizer.json"));
const vocabulary = createVocabulary(json("config.json") as VocabularyConfig, textTokenizer);
const { special } = vocabulary;
const ids = (text: string) => Int32Array.from(textTokenizer.encode(text));
const PROMPTS = { textPrompt: "Think first.", imagePrompt: "Plan it." };

/** A network that writes what it is told after the prompt, but after a reasoning's end the answer "7"; every code it draws is 5. */
function writing(text: string): MaskPredictor {
  const script = ids(text);
  return async (rows, { places, range }) => {
    const T = rows.ids.shape[1];
    const candidates = Array.from(places, (place) => {
      if (range.start === vocabulary.imageOffset) return vocabulary.imageOffset + 5;
      const row = rows.ids.data.subarray(Math.floor(place / T) * T, (Math.floor(place / T) + 1) * T);
      // The answer begins after the header of the assistant and a line break.
      const start = row.lastIndexOf(special.endHeader!) + 2;
      const [column, isAsked] = [place % T, textTokenizer.decode(row.subarray(0, start)).includes("first")];
      const closed = row.subarray(start).lastIndexOf(ids("</think>")[0]);
      if (closed >= 0 && column > start + closed) return column === start + closed + 1 ? ids("7")[0] : special.eos;
      return (isAsked || text.includes("plan") ? script : ids("8"))[column - start] ?? special.eos;
    });
    const even = Float32Array.from(places, () => -0.1);
    return { candidates: Int32Array.from(candidates), logProbs: even, margins: even, entropies: even };
  };
}

const imageCodec = {
  config: { resolution: 4, codeBits: 12 },
  downsampling: 2,
  decode: async () => tensor("float32", [1, 3, 4, 4], new Float32Array(48)),
} as unknown as ImageCodec;

const DEFAULTS = {
  text: { genLength: 16, blockLength: 8, steps: 16 },
  image: { steps: 2, guidanceScale: 0 },
  thinking: { ...PROMPTS, length: 24 },
};

function piecesThat(predict: MaskPredictor): TaskPieces {
  return {
    predict,
    vocabulary,
    textTokenizer,
    chatTemplate: createChatTemplate(),
    imageCodec,
    maxSequenceLength: 256,
    defaults: parseTaskDefaults(DEFAULTS),
  };
}

const tasksThat = (text: string) => createTasks(piecesThat(writing(text)));

const THOUGHT = "<think>14 + 18 = 32.</think>32";

describe("answers", () => {
  test("are asked for with and without reasoning, and taken apart", async () => {
    const tasks = tasksThat(THOUGHT);
    const plain = await tasks.answer("14 + 18?");
    expect(plain.text).toBe("8");
    expect(plain).not.toHaveProperty("reasoning");
    const generation = tasks.answer("14 + 18?", { thinking: true });
    // One canvas for both: as long as an answer and the reasoning's length.
    for await (const { ids: canvas } of generation) expect(canvas).toHaveLength(40);
    expect(await generation).toMatchObject({ text: "7", reasoning: "14 + 18 = 32.", finishReason: "end" });
    // As many steps as tokens, as it is for an answer alone; the text ends in the second of six blocks.
    const longer = tasks.answer("14 + 18?", { thinking: true, genLength: 48 });
    for await (const { numSteps } of longer) expect(numSteps).toBe(48);
    expect((await longer).steps).toBe(16);
  });

  test("come after reasoning that is cut where it grows too long", async () => {
    const tasks = tasksThat(`<think>${"1 + 1 = 2. ".repeat(20)}`);
    const {
      text,
      reasoning,
      ids: all,
      steps,
      nfe,
    } = await tasks.answer("?", { thinking: true, thinkingLength: 12, steps: 8 });
    expect(text).toBe("7");
    const end = reasoningEnd(textTokenizer, all);
    expect(end).toBe(12 + 1);
    expect(reasoning).toMatch(/^1 \+ 1 = 2\. 1/);
    // 12 tokens in two blocks and as many steps for each token as the answer has, which is 8 for 16, and ends in the first of two blocks.
    expect({ steps, nfe }).toEqual({ steps: 6 + 4, nfe: 10 });
  });

  test("do not hold reasoning that went on behind the cut and was ended once more", () => {
    const split = (text: string) => splitReasoning(textTokenizer, ids(text));
    expect(split("<think>17 + 25</think> = 42.</think>42")).toEqual({ reasoning: "17 + 25 = 42.", text: "42" });
    expect(split(THOUGHT)).toEqual({ reasoning: "14 + 18 = 32.", text: "32" });
    expect(split("32")).toEqual({ text: "32" });
  });

  test("whose settings will not do are refused before any reasoning, however long it would come out", async () => {
    let numCalls = 0;
    const counting: MaskPredictor = (rows, at) => {
      numCalls++;
      return writing(THOUGHT)(rows, at);
    };
    const tasks = createTasks(piecesThat(counting));
    const asked = tasks.answer("?", { thinking: true, thinkingLength: 24, genLength: 32, blockLength: 8, steps: 6 });
    await expect(asked).rejects.toThrow("6 steps cannot be shared out evenly among 4 blocks");
    expect(numCalls).toBe(0);
  });

  test("come by the model's threshold in both canvases, unless steps are asked for", async () => {
    const text = { ...DEFAULTS.text, confidenceThreshold: 0.9 }; // the network is sure of all, by 0.905
    const pieces = piecesThat(writing(`<think>${"1 + 1 = 2. ".repeat(20)}`));
    const tasks = createTasks({ ...pieces, defaults: parseTaskDefaults({ ...DEFAULTS, text }) });
    const options = { thinking: true, thinkingLength: 12 };
    // Two blocks of reasoning, and the first of the answer, which ends there.
    expect(await tasks.answer("?", options)).toMatchObject({ text: "7", steps: 2 + 1 });
    expect(await tasks.answer("?", { ...options, steps: 8 })).toMatchObject({ text: "7", steps: 6 + 4 });
  });

  test("need no second canvas when both fit into the first", async () => {
    const generation = tasksThat(THOUGHT).answer("?", { thinking: true, thinkingLength: 24 });
    let [numSteps, numDone] = [0, 0];
    for await (const step of generation) {
      numSteps++;
      if (step.isDone) numDone++;
    }
    expect(await generation).toMatchObject({ text: "7", steps: 16 });
    expect([numSteps, numDone]).toEqual([16, 1]);
  });

  test("are the same in a batch as alone", async () => {
    const tasks = tasksThat(`<think>${"2 + 2 = 4. ".repeat(20)}`);
    const requests = [
      { messages: "a?", thinking: true, thinkingLength: 12 },
      { messages: "b?" },
      { messages: "c?", thinking: true, thinkingLength: 20, genLength: 8 },
    ];
    const together = await tasks.answerAll(requests);
    for (const [i, { messages, ...options }] of requests.entries())
      expect(together[i]).toEqual(await tasks.answer(messages, options));
  });

  test("options that will not do are named", async () => {
    const tasks = tasksThat(THOUGHT);
    await expect(tasks.answer("?", { thinkingLength: 5 })).rejects.toThrow("needs thinking: true");
    await expect(tasks.answer("?", { thinking: true, thinkingLength: 0 })).rejects.toThrow(
      "a whole number from 1, got 0",
    );
    await expect(tasks.answer("?", { thinking: "yes" as unknown as boolean })).rejects.toThrow(
      'true or false, got "yes"',
    );
    const reasoningSampling = { temperature: 0.5, seed: 3, guidanceScale: 0 } as object;
    await expect(tasks.imagine("?", { thinking: true, reasoningSampling })).rejects.toThrow(
      "takes no seed and no guidanceScale",
    );
    await expect(tasks.imagine("?", { reasoningSampling: { temperature: 0.5 } })).rejects.toThrow(
      "needs thinking: true",
    );
    await expect(tasks.imagine("?", { thinkin: true } as object)).rejects.toThrow(
      "there is no option thinkin; there are prompt, thinking, thinkingLength, reasoningSampling, steps",
    );
    expect(() => parseTaskDefaults({ thinking: { lenght: 5 } })).toThrow('got {"lenght":5}');
    expect(() => parseTaskDefaults({ thinking: { endOfText: "soon" } })).toThrow('endOfText (one of "free", "last")');
  });

  test("may be kept from ending before their words are there, by the model where it thinks, by a request anywhere", async () => {
    // Sure of an end at once, and of what stands before it only when that is its turn.
    const hasty: MaskPredictor = async (rows, at) => {
      const proposed = await writing(THOUGHT)(rows, at);
      return { ...proposed, logProbs: Float32Array.from(proposed.candidates, (id) => (id === special.eos ? 0 : -2)) };
    };
    const tasks = (thinking: object) =>
      createTasks({ ...piecesThat(hasty), defaults: parseTaskDefaults({ ...DEFAULTS, thinking }) });
    const options = { thinking: true, confidenceThreshold: 0.9 };
    const firstEnd = async (generation: ReturnType<ReturnType<typeof tasksThat>["answer"]>) => {
      for await (const { ids: canvas, step } of generation) if (canvas.includes(special.eos)) return step;
      return undefined;
    };
    const numWords = ids(THOUGHT).length;
    const free = { ...PROMPTS, length: 24 };
    expect(await firstEnd(tasks(free).answer("?", options))).toBeLessThan(numWords);
    expect(await firstEnd(tasks({ ...free, endOfText: "last" }).answer("?", options))).toBeGreaterThanOrEqual(numWords);
    expect(await firstEnd(tasks(free).answer("?", { ...options, endOfText: "last" }))).toBeGreaterThanOrEqual(numWords);
    expect(
      await firstEnd(tasks({ ...free, endOfText: "last" }).answer("?", { ...options, endOfText: "free" })),
    ).toBeLessThan(numWords);
  });
});

describe("pictures", () => {
  test("are drawn after a plan, which is kept within its bounds", async () => {
    const generation = tasksThat("<think>plan: a star</think>").imagine("a star", { thinking: true });
    const seen: [string | undefined, number][] = [];
    for await (const { reasoning, codes, isDone } of generation) {
      seen.push([reasoning, codes.filter((code) => code === 5).length]);
      expect(isDone).toBe(codes.every((code) => code === 5));
    }
    const picture = await generation;
    expect(picture).toMatchObject({ reasoning: "plan: a star", gridWidth: 2, steps: 8 + 2, nfe: 10 });
    expect([...picture.codes]).toEqual([5, 5, 5, 5]);
    expect(seen.at(7)).toEqual(["plan: a star", 0]);
    expect(seen.at(-1)).toEqual(["plan: a star", 4]);

    const cut = await tasksThat(`<think>${"plan ".repeat(50)}`).imagine("a star", {
      thinking: true,
      thinkingLength: 8,
    });
    expect(cut.codes).toHaveLength(4);
    expect(cut.reasoning?.startsWith("plan plan")).toBe(true);
    expect((await tasksThat("").imagine("a star")).reasoning).toBeUndefined();
  });
});

test("marks in hostile places", () => {
  expect(splitReasoning(textTokenizer, ids("no marks"))).toEqual({ text: "no marks" });
  expect(splitReasoning(textTokenizer, ids("</think>4"))).toEqual({ text: "4", reasoning: "" });
  expect(splitReasoning(textTokenizer, ids("<think>a</think>b</think>c"))).toEqual({ reasoning: "ab", text: "c" });
  expect(splitReasoning(textTokenizer, ids("<think>6 and 8"))).toEqual({ reasoning: "6 and 8", text: "" });
  expect(splitReasoning(textTokenizer, ids(""))).toEqual({ text: "" });
});
