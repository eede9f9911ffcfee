import { describe, expect, it } from "vitest";
import {
  codesToTokens,
  codeToToken,
  createVocabulary,
  isImageToken,
  maskIds,
  SPECIAL_TOKEN_NAMES,
  tokenToCode,
} from "./vocabulary.js";

const config = { vocab_size: 40, mask_token_id: 30, eos_token_id: 1, pad_token_id: 1, codebook_size: 8 };
const ids = new Map(SPECIAL_TOKEN_NAMES.map((name, i) => [name, name === "<|mdm_mask|>" ? 30 : i]));
const tokenizer = { tokenId: (name: string) => ids.get(name) };

describe("createVocabulary", () => {
  it("takes ids from the configuration and, by name, from the tokenizer", () => {
    const vocabulary = createVocabulary(config, tokenizer);
    expect(vocabulary).toMatchObject({ size: 40, textSize: 32, imageOffset: 32, codebookSize: 8 });
    expect(vocabulary.special).toMatchObject({ bos: 0, eos: 1, pad: 1, mask: 30, soi: 2, imagePad: ids.get("[iPAD]") });
    expect(Object.keys(vocabulary.special).sort()).toEqual(
      "bos endHeader endOfTurn eoi eos eov imagePad lvg mask mmu pad r2i soi sov startHeader t2i t2v v2v".split(" "),
    );
  });

  it("derives the sizes from whichever settings are there", () => {
    const { codebook_size: _, ...bare } = config;
    expect(createVocabulary({ ...bare, llm_vocab_size: 32 }, tokenizer)).toMatchObject({
      textSize: 32,
      codebookSize: 8,
    });
    expect(createVocabulary(bare, tokenizer, 4)).toMatchObject({ textSize: 36, codebookSize: 4 });
    expect(createVocabulary({ ...bare, new_vocab_size: 64 }, tokenizer, 16)).toMatchObject({ size: 64, textSize: 48 });
    expect(() => createVocabulary(bare, tokenizer)).toThrow(/codebook_size or llm_vocab_size/);
    expect(() => createVocabulary({ ...config, llm_vocab_size: 39 }, tokenizer)).toThrow(
      /39 text tokens and 8 image codes/,
    );
  });

  it("knows the reserved tokens that released checkpoints use", () => {
    const reserved = new Map<string, number>([["<|startoftext|>", 0]]);
    for (let i = 0; i <= 10; i++) reserved.set(`<|reserved_token_${i}|>`, 4 + i);
    ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"].forEach((name, i) => void reserved.set(name, 20 + i));
    const { special } = createVocabulary(config, { tokenId: (name) => reserved.get(name) });
    expect(special).toMatchObject({ soi: 4, eoi: 5, t2i: 8, mmu: 9, imagePad: 13, r2i: 14 });
  });

  it("needs no headers: which ones a chat has is its template's", () => {
    const others = { tokenId: (name: string) => (/header/.test(name) ? undefined : ids.get(name)) };
    expect(createVocabulary(config, others).special).not.toHaveProperty("startHeader");
  });

  it("lists everything that is missing in one error", () => {
    const broken = { tokenId: (name: string) => (/soi|r2i|sov/.test(name) ? undefined : ids.get(name)) };
    const { eos_token_id: _, ...noEos } = config;
    const create = () => createVocabulary(noEos as typeof config, broken);
    expect(create).toThrow(/eos_token_id/);
    expect(create).toThrow(/<\|soi\|>/);
    expect(create).toThrow(/<\|r2i\|>/);
    expect(create).not.toThrow(/sov/); // no layout uses it
    expect(() => createVocabulary({ ...config, mask_token_id: 29 }, tokenizer)).toThrow(/29.*30/);
    expect(() => createVocabulary({ ...config, pad_token_id: 35 }, tokenizer)).toThrow(/pad has id 35/);
    const inQuotes = { ...config, codebook_size: "8" as unknown as number };
    expect(() => createVocabulary(inQuotes, tokenizer)).toThrow(/codebook_size must be a whole number, got "8"/);
  });
});

describe("image codes", () => {
  const vocabulary = createVocabulary(config, tokenizer);

  it("are tokens from the offset on", () => {
    expect(codeToToken(vocabulary, 7)).toBe(39);
    expect(tokenToCode(vocabulary, 32)).toBe(0);
    expect([31, 32, 39, 40].map((id) => isImageToken(vocabulary, id))).toEqual([false, true, true, false]);
    expect(codesToTokens(vocabulary, [3, 0, 7]).map((token) => tokenToCode(vocabulary, token))).toEqual(
      Int32Array.of(3, 0, 7),
    );
    expect(maskIds(vocabulary, 2)).toEqual(Int32Array.of(30, 30));
  });

  it("outside of the codebook are refused", () => {
    for (const code of [-1, 8, 1.5, Number.NaN])
      expect(() => codeToToken(vocabulary, code)).toThrow(/outside of the codebook/);
    for (const token of [31, 40])
      expect(() => tokenToCode(vocabulary, token)).toThrow(/no image code; those are 32 to 39/);
  });
});
