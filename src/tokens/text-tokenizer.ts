/**
 * Text to token ids and back, from any `tokenizer.json` with its `tokenizer_config.json`. Takes what was parsed from these files;
 * reading them is done elsewhere, chat templates are in `chat-template.ts`.
 */
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import type { TokenId } from "./vocabulary.js";

/** Text to token ids and back. */
export interface TextTokenizer {
  /**
   * Special tokens written in the text, such as `<|eot_id|>`, become these tokens. `addSpecialTokens` (off by default: layouts
   * put them) adds what the tokenizer puts around every text.
   */
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): TokenId[];
  /** Ids that are no text, such as image codes, are left out; special tokens too, unless `skipSpecialTokens` is false. */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /** The id of a token by its exact name, special or not. */
  tokenId(name: string): TokenId | undefined;
  /** The largest id that `encode` may give. */
  readonly largestId: number;
  /** The parsed `tokenizer_config.json`. */
  readonly config: TokenizerConfig;
}

/** A token's name as `tokenizer_config.json` writes it: plain, or with settings of how it is found in text. */
const tokenName = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();

const configSchema = z.looseObject({
  bos_token: tokenName,
  eos_token: tokenName,
  pad_token: tokenName,
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
  clean_up_tokenization_spaces: z.boolean().nullish(),
});

/** The settings of a `tokenizer_config.json` that are used here; others are kept. */
export type TokenizerConfig = z.infer<typeof configSchema>;

const id = z.number().int().nonnegative().max(0x7fffffff);
const component = z.looseObject({ type: z.string() }).nullish();
const fileSchema = z.looseObject({
  model: z.looseObject({
    type: z.enum(["BPE", "WordPiece", "Unigram"]).optional(),
    vocab: z.union([z.record(z.string(), id), z.array(z.tuple([z.string(), z.number()]))]),
    merges: z.array(z.union([z.string().regex(/^[^ ]+ [^ ]+$/), z.tuple([z.string(), z.string()])])).optional(),
  }),
  added_tokens: z.array(z.looseObject({ id, content: z.string().min(1) })).default([]),
  normalizer: component,
  pre_tokenizer: component,
  post_processor: component,
  decoder: component,
});

/** What is wrong with a tokenizer's files. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
}

/**
 * A text tokenizer from the parsed contents of its two files.
 * @param tokenizerJson `tokenizer.json`
 * @param configJson `tokenizer_config.json`, where there is one
 * @param origin where they were read, for errors
 * @throws TokenizerError when they do not describe a tokenizer, saying where
 */
export function createTextTokenizer(
  tokenizerJson: unknown,
  configJson: unknown = {},
  origin = "tokenizer.json",
): TextTokenizer {
  const file = check(fileSchema, tokenizerJson, origin);
  const config = check(configSchema, configJson, origin.replace(/tokenizer\.json$/, "tokenizer_config.json"));
  if (file.model.type === "BPE" && file.model.merges === undefined) {
    throw new TokenizerError(`${origin}: a BPE model needs merges, there are none`);
  }
  const numTokens = Object.keys(file.model.vocab).length + file.added_tokens.length;
  if (numTokens === 0) throw new TokenizerError(`${origin}: the vocabulary is empty`);
  const { normalizer, pre_tokenizer, post_processor, decoder } = file;
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(
      {
        ...file,
        normalizer: normalizer ?? null,
        pre_tokenizer: pre_tokenizer ?? null,
        post_processor: post_processor ?? null,
        decoder: decoder ?? null,
      },
      config,
    );
  } catch (error) {
    throw new TokenizerError(`${origin} does not describe a tokenizer this software can run: ${messageOf(error)}`);
  }
  return {
    config,
    encode: (text, { addSpecialTokens = false } = {}) =>
      tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids as TokenId[],
    decode: (ids, { skipSpecialTokens = true } = {}) => {
      const known = Array.from(ids).filter((value) => tokenizer.id_to_token(value) !== undefined);
      if (known.length === 0) return "";
      return tokenizer.decode(known, {
        skip_special_tokens: skipSpecialTokens,
        // The library's default would take the space from "3 ?" where nothing asks for it.
        clean_up_tokenization_spaces: config.clean_up_tokenization_spaces ?? false,
      });
    },
    largestId: largestId(file),
    tokenId: (name) => tokenizer.token_to_id(name) as TokenId | undefined,
  };
}

function largestId({ model: { vocab }, added_tokens: added }: z.infer<typeof fileSchema>): number {
  const ids = Array.isArray(vocab) ? [vocab.length - 1] : Object.values(vocab);
  return [...ids, ...added.map((token) => token.id)].reduce((most, id) => Math.max(most, id), 0);
}

/** The plain name of a token that `tokenizer_config.json` gives in either form. */
export function nameOfToken(value: TokenizerConfig["bos_token"]): string | undefined {
  return typeof value === "string" ? value : value?.content;
}

function check<T extends z.ZodType>(schema: T, json: unknown, origin: string): z.infer<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues
    .slice(0, 5)
    .map((issue) => `  ${issue.path.join(".") || "(whole file)"}: ${issue.message}`);
  const rest = result.error.issues.length - faults.length;
  throw new TokenizerError(`${origin} is malformed:\n${faults.join("\n")}${rest > 0 ? `\n  and ${rest} more` : ""}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
