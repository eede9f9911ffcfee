import { describe, expect, it } from "vitest";
import { trainTokenizer } from "./bpe-trainer.js";
import { createTextTokenizer, type TextTokenizer } from "./text-tokenizer.js";
import { createVocabulary, SPECIAL_TOKEN_NAMES } from "./vocabulary.js";

const WORDS =
  "red orange yellow green blue circle square triangle star left right above below of the a and picture".split(" ");

/** Sentences in which low-numbered words are frequent, from a fixed linear congruence. */
function sentences(count: number): string[] {
  let state = 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor(((state >>> 8) / 2 ** 23) ** 2 * below);
  };
  return Array.from({ length: count }, () => {
    const words = Array.from({ length: 4 + next(9) }, () => WORDS[next(WORDS.length)]);
    return `${words.join(" ")} ${next(100)} + ${next(100)} = ?`;
  });
}

/** What merging the most frequent pair gives when all pairs are counted anew at every step. */
function plainMerges(texts: readonly string[], count: number): string[] {
  const pattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const words = texts.flatMap((text) => text.match(pattern) ?? []).map((word) => [...word.replaceAll(" ", "Ġ")]);
  const ids = new Map<string, number>();
  for (let byte = 0; byte < 128; byte++) ids.set(byte === 32 ? "Ġ" : String.fromCharCode(byte), byte);
  return Array.from({ length: count }, (_, step) => {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const order = (pair: string) => pair.split(" ").map((symbol) => ids.get(symbol)!);
    const [best] = [...counts].sort(([a, m], [b, n]) => {
      const [[a0, a1], [b0, b1]] = [order(a), order(b)];
      return n - m || a0! - b0! || a1! - b1!;
    })[0]!;
    const [left, right] = best.split(" ") as [string, string];
    ids.set(left + right, 256 + step);
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        if (word[i - 1] === left && word[i] === right) word.splice(i - 1, 2, left + right);
      }
    }
    return best;
  });
}

function tokenizerOf(trained: ReturnType<typeof trainTokenizer>): TextTokenizer {
  return createTextTokenizer(trained.tokenizerJson, trained.tokenizerConfig);
}

describe("trainTokenizer", () => {
  const texts = sentences(100);
  const trained = trainTokenizer(texts, { vocabularySize: 340, addedTokens: ["<think>", "</think>"] });
  const tokenizer = tokenizerOf(trained);

  it("merges the most frequent pair at every step", () => {
    const { merges } = trained.tokenizerJson.model as { merges: string[] };
    expect(merges).toEqual(plainMerges(texts, merges.length));
    const repeated = trainTokenizer(["aaaaaaa aaaaaaa", "aaaa"], { vocabularySize: 300 });
    const learnt = (repeated.tokenizerJson.model as { merges: string[] }).merges;
    expect(learnt).toEqual(plainMerges(["aaaaaaa aaaaaaa", "aaaa"], learnt.length));
  });

  it("is the same every time, and reaches the size asked for", () => {
    expect(trained.size).toBe(340);
    expect(JSON.stringify(trainTokenizer(texts, { vocabularySize: 340, addedTokens: ["<think>", "</think>"] }))).toBe(
      JSON.stringify(trained),
    );
  });

  it("orders ids: bytes, merges, added tokens, special tokens, mask", () => {
    const numMerges = (trained.tokenizerJson.model as { merges: string[] }).merges.length;
    expect(tokenizer.encode("A")).toEqual([65]);
    expect(tokenizer.tokenId("<think>")).toBe(256 + numMerges);
    expect(SPECIAL_TOKEN_NAMES.map((name) => tokenizer.tokenId(name))).toEqual(
      SPECIAL_TOKEN_NAMES.map((_, i) => 258 + numMerges + i),
    );
    expect(tokenizer.tokenId("<|mdm_mask|>")).toBe(trained.size - 1);
    const eos = tokenizer.tokenId("<|endoftext|>")!;
    const config = {
      vocab_size: 340 + 64,
      codebook_size: 64,
      mask_token_id: 339,
      eos_token_id: eos,
      pad_token_id: eos,
    };
    expect(createVocabulary(config, tokenizer)).toMatchObject({ textSize: 340, imageOffset: 340 });
  });

  it("keeps a space with its word and spells numbers by digits", () => {
    const pieces = (text: string) => tokenizer.encode(text).map((id) => tokenizer.decode([id]));
    expect(pieces("red circle")).toEqual(["red", " circle"]);
    expect(pieces("100 + 23 = 123?")).toEqual([..."100", " +", " ", ..."23", " =", " ", ..."123", "?"]);
    expect(tokenizer.encode("7 7")[0]).toBe(tokenizer.encode(" 7")[1]);
  });

  it("keeps added tokens whole, as text", () => {
    const ids = tokenizer.encode("<think>red</think>");
    expect(ids[0]).toBe(tokenizer.tokenId("<think>"));
    expect(tokenizer.decode(ids)).toBe("<think>red</think>");
  });

  it("makes fewer tokens of little text, and refuses too few", () => {
    const few = trainTokenizer(["abc"], { vocabularySize: 1000 });
    expect(few.size).toBe(256 + SPECIAL_TOKEN_NAMES.length);
    expect(tokenizerOf(few).decode(tokenizerOf(few).encode("abc ü"))).toBe("abc ü");
    expect(() => trainTokenizer([], { vocabularySize: 260 })).toThrow(/no room for 256 bytes/);
  });
});
