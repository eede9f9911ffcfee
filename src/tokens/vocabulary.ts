/**
 * The one place for ids: how many tokens there are, where image codes begin, and the ids of the special tokens, all read from
 * a model's own configuration and tokenizer. Text comes first, image codes last; nothing here knows text or pictures.
 */

/** The number of a row of the embedding, of a text token or an image code. */
export type TokenId = number & { readonly __brand: "TokenId" };

/** An image code as the image tokenizer counts it: 0…codebookSize−1. */
export type CodeIndex = number & { readonly __brand: "CodeIndex" };

/**
 * The names that a tokenizer may give to each special token, the usual one first. The released checkpoints use tokens that their
 * tokenizer calls reserved. A token marked optional is known by name but used by no layout: headers are the chat template's.
 */
const SPECIAL_TOKENS = {
  bos: { names: ["<|startoftext|>"] },
  soi: { names: ["<|soi|>", "<|reserved_token_0|>"] },
  eoi: { names: ["<|eoi|>", "<|reserved_token_1|>"] },
  sov: { names: ["<|sov|>", "<|reserved_token_2|>"], isOptional: true },
  eov: { names: ["<|eov|>", "<|reserved_token_3|>"], isOptional: true },
  t2i: { names: ["<|t2i|>", "<|reserved_token_4|>"] },
  mmu: { names: ["<|mmu|>", "<|reserved_token_5|>"] },
  t2v: { names: ["<|t2v|>", "<|reserved_token_6|>"], isOptional: true },
  v2v: { names: ["<|v2v|>", "<|reserved_token_7|>"], isOptional: true },
  lvg: { names: ["<|lvg|>", "<|reserved_token_8|>"], isOptional: true },
  imagePad: { names: ["[iPAD]", "<|reserved_token_9|>"] },
  r2i: { names: ["<|r2i|>", "<|reserved_token_10|>"] },
  startHeader: { names: ["<|start_header_id|>"], isOptional: true },
  endHeader: { names: ["<|end_header_id|>"], isOptional: true },
  endOfTurn: { names: ["<|eot_id|>"] },
} as const;

type TableEntry<K extends keyof typeof SPECIAL_TOKENS> = (typeof SPECIAL_TOKENS)[K];
type OptionalToken = {
  [K in keyof typeof SPECIAL_TOKENS]: TableEntry<K> extends { isOptional: true } ? K : never;
}[keyof typeof SPECIAL_TOKENS];

/** The usual names of all special tokens, in the order of the released vocabulary, `<|endoftext|>` and the mask included. */
export const SPECIAL_TOKEN_NAMES: readonly string[] = [
  "<|startoftext|>",
  "<|endoftext|>",
  ...Object.values(SPECIAL_TOKENS)
    .map((entry) => entry.names[0])
    .slice(1),
  "<|mdm_mask|>",
];

/** Ids of the special tokens. `mask`, `eos` and `pad` come from the configuration, the others from the tokenizer, by name. */
export type SpecialTokens = Readonly<
  Record<"mask" | "eos" | "pad" | Exclude<keyof typeof SPECIAL_TOKENS, OptionalToken>, TokenId> &
    Partial<Record<OptionalToken, TokenId>>
>;

/** The ids of a model: text and special tokens first, then codes of pictures. */
export interface Vocabulary {
  /** Rows of the embedding. */
  readonly size: number;
  /** Ids below are text and special tokens. */
  readonly textSize: number;
  readonly codebookSize: number;
  /** The id of image code 0; equals `textSize`. */
  readonly imageOffset: number;
  readonly special: SpecialTokens;
}

/** The part of a `config.json` that concerns ids, under the names of the released checkpoints. */
export interface VocabularyConfig {
  readonly vocab_size: number;
  readonly embedding_size?: number | null;
  readonly new_vocab_size?: number | null;
  readonly llm_vocab_size?: number | null;
  readonly codebook_size?: number | null;
  readonly mask_token_id: number;
  readonly eos_token_id: number;
  readonly pad_token_id: number;
}

/** What is wrong with the ids of a model. */
export class VocabularyError extends Error {
  override readonly name = "VocabularyError";
}

/**
 * The vocabulary of a model.
 * @param config the model's parsed `config.json`
 * @param tokenizer finds a token's id by name, and knows the largest one
 * @param codebookSize number of image codes, where `config` says neither `codebook_size` nor `llm_vocab_size` (the image tokenizer knows)
 * @throws VocabularyError listing every missing token, or the numbers that do not fit together
 */
export function createVocabulary(
  config: VocabularyConfig,
  tokenizer: { tokenId(name: string): number | undefined; readonly largestId?: number },
  codebookSize?: number,
): Vocabulary {
  for (const key of ["new_vocab_size", "embedding_size", "vocab_size", "llm_vocab_size", "codebook_size"] as const) {
    const value = config[key] ?? undefined;
    if (value !== undefined && !Number.isInteger(value))
      throw new VocabularyError(`config.json: ${key} must be a whole number, got ${JSON.stringify(value)}`);
  }
  const size = config.new_vocab_size ?? config.embedding_size ?? config.vocab_size;
  const numCodes = config.codebook_size ?? codebookSize;
  const textSize = config.llm_vocab_size ?? (numCodes === undefined ? undefined : size - numCodes);
  if (textSize === undefined) {
    throw new VocabularyError(
      `no telling which of the ${size} ids are image codes: the model's config.json needs codebook_size or llm_vocab_size`,
    );
  }
  const faults: string[] = [];
  const codes = numCodes ?? size - textSize;
  if (!(textSize > 0 && codes > 0 && textSize + codes <= size)) {
    faults.push(`${textSize} text tokens and ${codes} image codes do not fit into ${size} ids`);
  }

  const found: Record<string, number> = {};
  for (const key of ["mask", "eos", "pad"] as const) {
    const id = config[`${key}_token_id`];
    if (!Number.isInteger(id)) faults.push(`config.json has no ${key}_token_id`);
    else found[key] = id;
  }
  for (const [key, { names, ...entry }] of Object.entries(SPECIAL_TOKENS)) {
    const id = names.map((name) => tokenizer.tokenId(name)).find((value) => value !== undefined);
    if (id !== undefined) found[key] = id;
    else if (!("isOptional" in entry)) faults.push(`the tokenizer has no ${names.join(" or ")}`);
  }
  for (const [key, id] of Object.entries(found)) {
    if (id < 0 || id >= textSize) faults.push(`${key} has id ${id}, outside of the ${textSize} text tokens`);
  }
  if (tokenizer.largestId !== undefined && tokenizer.largestId >= textSize) {
    faults.push(`the tokenizer has a token of id ${tokenizer.largestId}, outside of the ${textSize} text tokens`);
  }
  const maskByName = tokenizer.tokenId("<|mdm_mask|>");
  if (maskByName !== undefined && found.mask !== undefined && maskByName !== found.mask) {
    faults.push(`mask_token_id is ${found.mask} in config.json, but <|mdm_mask|> is ${maskByName} in the tokenizer`);
  }
  if (faults.length > 0) {
    throw new VocabularyError(`configuration and tokenizer do not make a vocabulary:\n  ${faults.join("\n  ")}`);
  }
  return { size, textSize, codebookSize: codes, imageOffset: textSize, special: found as SpecialTokens };
}

/** The token of an image code. @throws RangeError for a code outside of the codebook */
export function codeToToken({ imageOffset, codebookSize }: Vocabulary, code: number): TokenId {
  if (!(Number.isInteger(code) && code >= 0 && code < codebookSize)) {
    throw new RangeError(`image code ${code} is outside of the codebook, 0 to ${codebookSize - 1}`);
  }
  return (code + imageOffset) as TokenId;
}

/** The image code of a token. @throws RangeError for a token that is no image code */
export function tokenToCode(vocabulary: Vocabulary, token: number): CodeIndex {
  if (!isImageToken(vocabulary, token)) {
    const { imageOffset, codebookSize } = vocabulary;
    throw new RangeError(
      `token ${token} is no image code; those are ${imageOffset} to ${imageOffset + codebookSize - 1}`,
    );
  }
  return (token - vocabulary.imageOffset) as CodeIndex;
}

/** Whether a token is an image code. */
export function isImageToken({ imageOffset, codebookSize }: Vocabulary, token: number): boolean {
  return token >= imageOffset && token < imageOffset + codebookSize;
}

/** The tokens of a picture's codes. @throws as `codeToToken` */
export function codesToTokens(vocabulary: Vocabulary, codes: ArrayLike<number>): Int32Array {
  return Int32Array.from(codes, (code) => codeToToken(vocabulary, code));
}

/** Whether a token ends a text or a turn. */
export function endsText({ special }: Pick<Vocabulary, "special">, id: number): boolean {
  return id === special.eos || id === special.endOfTurn;
}

/** `count` places to be filled. */
export function maskIds({ special }: Vocabulary, count: number): Int32Array {
  return new Int32Array(count).fill(special.mask);
}
