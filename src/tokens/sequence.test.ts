import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  batchRows,
  layoutChat,
  layoutImage,
  layoutReasonedImage,
  layoutText,
  layoutUnderstanding,
  type Row,
  unconditionalRow,
} from "./sequence.js";
import { createVocabulary, maskIds } from "./vocabulary.js";

interface Case {
  readonly task: string;
  readonly input: { text_ids: number[][]; image_ids?: number[][]; labels?: number[][]; max_seq_len?: number };
  readonly output: {
    input_ids: number[][];
    attention_mask?: number[][];
    prompt_mask?: number[][];
    labels?: number[][];
  };
}

const stored = JSON.parse(readFileSync(new URL("../../test/parity/prompting.json", import.meta.url), "utf8")) as {
  tokens: Record<string, number>;
  max_text_len: number;
  cases: Case[];
};
const IGNORED = -100;

const named: Record<string, number | undefined> = {
  ...stored.tokens,
  "<|startoftext|>": stored.tokens["<|sot|>"],
  "<|endoftext|>": stored.tokens["<|eot|>"],
};
const vocabulary = createVocabulary(
  {
    vocab_size: 134656,
    codebook_size: 8192,
    mask_token_id: 126336,
    eos_token_id: named["<|endoftext|>"]!,
    pad_token_id: named["<|endoftext|>"]!,
  },
  { tokenId: (name) => named[name] },
);
const { bos, eos, mask, t2i, soi, eoi, mmu, r2i, imagePad } = vocabulary.special;

/** A chat in tokens, cut after its last `<|end_header_id|>`; all of it is answer where there is none. */
function splitAtAnswer(text: readonly number[]): { prompt: number[]; answer: number[] } {
  const start = text.lastIndexOf(vocabulary.special.endHeader!) + 1;
  return { prompt: text.slice(0, start), answer: text.slice(start) };
}

/** The row of a stored case, and the labels that the released trainer would give it. */
function rowOf({ task, input }: Case, index: number): { row: Row; labels: (number | undefined)[] } {
  const text = input.text_ids[index]!;
  const image = input.image_ids?.[index] ?? [];
  const length = input.max_seq_len ?? stored.max_text_len;
  const split = splitAtAnswer(text);
  switch (task) {
    case "lm": {
      const row = layoutText(vocabulary, text, { length });
      return { row, labels: [...row.ids] };
    }
    case "lm_chat": {
      const row = layoutChat(vocabulary, split, { length });
      return { row, labels: [...row.ids] };
    }
    case "mmu": {
      const row = layoutUnderstanding(vocabulary, { image, ...split }, { length });
      const textStart = row.spans.image!.end + 1;
      return { row, labels: [...row.ids].map((id, place) => (place < textStart ? IGNORED : id)) };
    }
    case "r2i": {
      // Without a header the released layout has no reasoning.
      const parts = split.prompt.length > 0 ? split : { prompt: text, answer: [] };
      const row = layoutReasonedImage(vocabulary, { prompt: parts.prompt, reasoning: parts.answer, image }, { length });
      return { row, labels: [...row.ids] };
    }
    default: {
      const row = layoutImage(vocabulary, { prompt: text, image }, { length });
      const { start, end } = row.spans.image!;
      const labels = [...row.ids].map((id, place) => {
        if (row.isReal[place] === 0) return IGNORED;
        return place >= start && place < end ? input.labels?.[index]?.[place - start] : id;
      });
      return { row, labels };
    }
  }
}

describe("the released layouts", () => {
  it.each(stored.cases.map((value) => [value.task, value] as const))("%s", (_, value) => {
    value.output.input_ids.forEach((ids, index) => {
      const { row, labels } = rowOf(value, index);
      expect([...row.ids]).toEqual(ids);
      const { attention_mask, prompt_mask, labels: expectedLabels } = value.output;
      if (attention_mask) expect([...row.isReal]).toEqual(attention_mask[index]);
      if (prompt_mask) expect([...row.isMaskable].map((bit) => 1 - bit)).toEqual(prompt_mask[index]);
      if (expectedLabels) expect(labels).toEqual(expectedLabels[index]);
    });
  });
});

describe("natural length", () => {
  const image = [126464, 126465, 126466, 126467];

  it("ends an answer with exactly one end-of-text and names the spans", () => {
    const row = layoutChat(vocabulary, { prompt: [5, 6], answer: [7, 8, 9] });
    expect([...row.ids]).toEqual([bos, 5, 6, 7, 8, 9, eos]);
    expect(row.spans).toEqual({ prompt: { start: 0, end: 3 }, answer: { start: 3, end: 7 } });
    expect([...layoutText(vocabulary, []).ids]).toEqual([bos, eos]);
    const about = layoutUnderstanding(vocabulary, { image, prompt: [bos, 5], answer: [7] });
    expect([...about.ids]).toEqual([mmu, soi, ...image, eoi, bos, 5, 7, eos]);
    expect(about.spans).toEqual({
      image: { start: 2, end: 6 },
      prompt: { start: 7, end: 9 },
      answer: { start: 9, end: 11 },
    });
  });

  it("has no padding before a picture's text", () => {
    const row = layoutImage(vocabulary, { prompt: [5], image });
    expect([...row.ids]).toEqual([t2i, bos, 5, eos, soi, ...image, eoi]);
    expect(row.spans).toEqual({ prompt: { start: 1, end: 4 }, image: { start: 5, end: 9 } });
    expect([...row.isMaskable]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 0]);
  });

  it("keeps bos in the prompt where reasoning follows an empty one", () => {
    const row = layoutReasonedImage(vocabulary, { prompt: [], reasoning: [5], image });
    expect([...row.ids]).toEqual([r2i, bos, 5, eos, soi, ...image, eoi]);
    expect(row.spans.reasoning).toEqual({ start: 2, end: 4 });
  });

  it("leaves no answer when the prompt alone is too long", () => {
    const row = layoutUnderstanding(vocabulary, { image, prompt: [1, 2, 3, 4], answer: [5] }, { length: 4 });
    expect([...row.ids.subarray(7)]).toEqual([bos, 1, 2, eos]);
    expect(row.spans.answer).toBeUndefined();
    expect(row.isMaskable.includes(1)).toBe(false);
  });
});

describe("generation", () => {
  it("has answers of masks without an end", () => {
    const row = layoutChat(vocabulary, { prompt: [bos, 5], answer: maskIds(vocabulary, 3) }, { isOpen: true });
    expect([...row.ids]).toEqual([bos, 5, mask, mask, mask]);
    expect(row.spans.answer).toEqual({ start: 2, end: 5 });
    const drawn = layoutReasonedImage(
      vocabulary,
      { prompt: [5], reasoning: maskIds(vocabulary, 2), image: maskIds(vocabulary, 4) },
      { isOpen: true },
    );
    expect([...drawn.ids]).toEqual([r2i, bos, 5, mask, mask, soi, mask, mask, mask, mask, eoi]);
  });

  it("compares with the empty prompt for pictures and with a masked one for text", () => {
    const canvas = layoutImage(vocabulary, { prompt: [5, 6], image: [126464, mask] });
    expect([...unconditionalRow(vocabulary, canvas).ids]).toEqual([t2i, bos, eos, soi, 126464, mask, eoi]);
    const chat = layoutChat(vocabulary, { prompt: [5, 6], answer: [7, mask] }, { isOpen: true });
    expect([...unconditionalRow(vocabulary, chat).ids]).toEqual([mask, mask, mask, 7, mask]);
  });
});

describe("batchRows", () => {
  const short = layoutChat(vocabulary, { prompt: [5], answer: [6] });
  const padded = layoutImage(vocabulary, { prompt: [5], image: [126464] }, { length: 5 });

  it("pads behind the row to whole vectors and counts from the first real place", () => {
    const batch = batchRows(vocabulary, [short, padded]);
    const rows = ({ shape, data }: { shape: readonly number[]; data: Int32Array }) =>
      [0, 1].map((b) => [...data.subarray(b * shape[1], (b + 1) * shape[1])]);
    const filled = (ids: number[], value: number) => [...ids, ...Array(16 - ids.length).fill(value)];
    expect(batch.ids.shape).toEqual([2, 16]);
    expect(rows(batch.ids)).toEqual([
      filled([bos, 5, 6, eos], eos),
      filled([imagePad, imagePad, t2i, bos, 5, eos, soi, 126464, eoi], eos),
    ]);
    expect(rows(batch.segmentIds)).toEqual([filled([1, 1, 1, 1], 0), filled([0, 0, 1, 1, 1, 1, 1, 1, 1], 0)]);
    expect(rows(batch.positions)).toEqual([filled([0, 1, 2, 3], 0), filled([0, 0, 0, 1, 2, 3, 4, 5, 6], 0)]);
  });

  it("takes a length, and says when a row does not fit", () => {
    expect(batchRows(vocabulary, [short], 6).ids.shape).toEqual([1, 6]);
    expect(() => batchRows(vocabulary, [padded], 8)).toThrow(/9 places.*only 8/);
  });
});
