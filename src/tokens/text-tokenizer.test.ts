import { describe, expect, it } from "vitest";
import { trainTokenizer } from "./bpe-trainer.js";
import { createTextTokenizer } from "./text-tokenizer.js";

const { tokenizerJson, tokenizerConfig, size } = trainTokenizer(["a red circle and a red star", "a red square"], {
  vocabularySize: 300,
});

describe("createTextTokenizer", () => {
  const tokenizer = createTextTokenizer(tokenizerJson, tokenizerConfig);

  it("gives back any text, byte for byte", () => {
    for (const text of ["a red circle ?", "3 + 4 = 7 , n't", "Füße — 星 🌟\n\n\ttabs  and spaces ", "<b>&amp;</b>"]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    expect(tokenizer.encode("")).toEqual([]);
    expect(tokenizer.decode([])).toBe("");
  });

  it("finds special tokens in text, and leaves them out on request", () => {
    const bos = tokenizer.tokenId("<|startoftext|>")!;
    const ids = tokenizer.encode("<|startoftext|>red<|endoftext|>");
    expect(ids[0]).toBe(bos);
    expect(ids.at(-1)).toBe(tokenizer.tokenId("<|endoftext|>"));
    expect(tokenizer.decode(Int32Array.from(ids))).toBe("red");
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe("<|startoftext|>red<|endoftext|>");
    expect(tokenizer.tokenId("<|nonsense|>")).toBeUndefined();
  });

  it("leaves out ids that are no text", () => {
    expect(tokenizer.decode([...tokenizer.encode("red"), size, size + 99])).toBe("red");
    expect(tokenizer.decode([size])).toBe("");
  });

  it("adds what the tokenizer puts around a text only when asked to", () => {
    const bos = "<|startoftext|>";
    const processor = {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [],
      special_tokens: { [bos]: { id: bos, ids: [tokenizer.tokenId(bos)], tokens: [bos] } },
    };
    const framed = createTextTokenizer({ ...tokenizerJson, post_processor: processor }, tokenizerConfig);
    expect(framed.encode("red")).toEqual(tokenizer.encode("red"));
    expect(framed.encode("red", { addSpecialTokens: true })).toEqual([
      tokenizer.tokenId(bos),
      ...tokenizer.encode("red"),
    ]);
  });

  it("says what is wrong with malformed files", () => {
    const model = tokenizerJson.model as Record<string, unknown>;
    const cases: [unknown, RegExp][] = [
      [undefined, /dir\/tokenizer\.json is malformed/],
      ["<html>", /malformed/],
      [{}, /model/],
      [{ ...tokenizerJson, model: { ...model, vocab: { a: -1 } } }, /model\.vocab/],
      [{ ...tokenizerJson, model: { ...model, vocab: { a: 1e12 } } }, /model\.vocab/],
      [{ ...tokenizerJson, model: { ...model, merges: ["abc"] } }, /model\.merges\.0/],
      [{ ...tokenizerJson, model: { ...model, merges: undefined } }, /needs merges/],
      [{ ...tokenizerJson, model: { ...model, type: "Nonsense" } }, /model\.type/],
      [{ ...tokenizerJson, added_tokens: [{ content: "x" }] }, /added_tokens\.0\.id/],
      [{ ...tokenizerJson, decoder: { type: "Nonsense" } }, /Nonsense/],
      [{ ...tokenizerJson, added_tokens: [], model: { ...model, vocab: {}, merges: [] } }, /empty/],
    ];
    for (const [json, message] of cases) {
      expect(() => createTextTokenizer(json, {}, "dir/tokenizer.json"), String(message)).toThrow(message);
    }
    expect(() => createTextTokenizer(tokenizerJson, { chat_template: 3 }, "dir/tokenizer.json")).toThrow(
      /dir\/tokenizer_config\.json.*\n.*chat_template/,
    );
  });
});
