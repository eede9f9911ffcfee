/**
 * What a model knows of text and of ids, from its directory: settings, tokenizer and vocabulary, checked against the image tokenizer that
 * goes with it. Reads no weights.
 */
import { joinPath } from "#files";
import {
  ConfigError,
  downsamplingOf,
  type ImageTokenizerConfig,
  parseImageTokenizerConfig,
  parseTransformerConfig,
  type TransformerConfig,
} from "../model/config.js";
import { type ChatTemplate, createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer, type TextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type Vocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { readJson, readOptionalJson } from "../weights/json-files.js";
import { readTokenizerConfig } from "./model-files.js";
import { parseTaskDefaults, type TaskDefaults } from "./task-defaults.js";

/** What is not with the model's directory. */
export interface ModelTextOptions {
  /** The settings of a network, and what errors call them; left out, those of the directory's `config.json`. */
  readonly settings?: { readonly json: unknown; readonly origin: string };
  /** Sections of `generation_config.json` in place of the directory's. */
  readonly generation?: Readonly<Record<string, unknown>>;
  /** Directory of the image tokenizer; left out for text alone. */
  readonly imageTokenizer?: string;
}

/** All of a model but its networks' weights. */
export interface ModelText {
  readonly config: TransformerConfig;
  readonly textTokenizer: TextTokenizer;
  readonly chatTemplate: ChatTemplate;
  readonly defaults: TaskDefaults;
  readonly vocabulary: Vocabulary;
  /** Codes of a side of its pictures; absent without an image tokenizer. */
  readonly imageGrid?: number;
  /** What all this was read from, by the names of the files: undefined for those that there are not. */
  readonly files: Readonly<Record<string, unknown>>;
}

/**
 * Opens the text side of a model.
 * @throws FileError, JsonError, ConfigError, TokenizerError, OptionError, VocabularyError saying what is wrong with which file, or that
 * the image tokenizer is another than the model's
 */
export async function openModelText(
  directory: string,
  { settings, generation, imageTokenizer }: ModelTextOptions = {},
): Promise<ModelText> {
  const at = (name: string) => joinPath(directory, name);
  const { json, origin } = settings ?? { json: await readJson(at("config.json")), origin: at("config.json") };
  const config = parseTransformerConfig(json, origin);
  const tokenizerJson = await readJson(at("tokenizer.json"));
  const tokenizerConfig = await readTokenizerConfig(directory);
  const textTokenizer = createTextTokenizer(tokenizerJson, tokenizerConfig, at("tokenizer.json"));
  const given = await readOptionalJson(at("generation_config.json"));
  const generationConfig = generation ? { ...(given as object | undefined), ...generation } : given;
  const defaults = parseTaskDefaults(generationConfig, at("generation_config.json"));

  const pictures = imageTokenizer === undefined ? undefined : await readImageTokenizerConfig(imageTokenizer);
  const codebookSize = pictures && 2 ** pictures.codeBits;
  const vocabulary = createVocabulary(json as VocabularyConfig, textTokenizer, codebookSize);
  if (codebookSize !== undefined && codebookSize !== vocabulary.codebookSize) {
    const model = settings ? origin : `the model ${directory}`;
    throw new ConfigError(
      `${model} knows ${vocabulary.codebookSize} image codes, its image tokenizer ${imageTokenizer} has ${codebookSize}: choose the one it was trained with`,
    );
  }
  return {
    config,
    textTokenizer,
    chatTemplate: createChatTemplate(tokenizerConfig),
    defaults,
    vocabulary,
    ...(pictures ? { imageGrid: gridOf(json as PictureConfig, pictures, origin) } : {}),
    files: {
      "config.json": json,
      "tokenizer.json": tokenizerJson,
      "tokenizer_config.json": tokenizerConfig,
      "generation_config.json": generationConfig,
    },
  };
}

async function readImageTokenizerConfig(directory: string): Promise<ImageTokenizerConfig> {
  const path = joinPath(directory, "config.json");
  return parseImageTokenizerConfig(await readJson(path), path);
}

/** The part of a `config.json` that says how large the model's pictures are. */
export interface PictureConfig {
  /** Codes of a picture. The released tokenizer was trained on smaller pictures than the released models draw. */
  readonly num_vq_tokens?: number | null;
}

/** Codes of a side of the model's pictures: the model says so, else its image tokenizer. @throws ConfigError for pictures that are not square */
export function gridOf(
  { num_vq_tokens: numCodes }: PictureConfig,
  imageTokenizer: ImageTokenizerConfig,
  origin = "config.json",
): number {
  const side = numCodes ? Math.sqrt(numCodes) : Math.floor(imageTokenizer.resolution / downsamplingOf(imageTokenizer));
  if (Number.isInteger(side)) return side;
  throw new ConfigError(`${origin}: num_vq_tokens ${numCodes} are no square picture`);
}
