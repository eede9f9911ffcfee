/** A model loaded by name: the pieces of the tasks, and the memory that they hold. */
import { openBackend } from "#backends";
import { joinPath } from "#files";
import { createMaskPredictor } from "../diffusion/mask-predictor.js";
import { loadAdapter } from "../model/adapter-files.js";
import { ConfigError, downsamplingOf, type ImageTokenizerConfig, parseTransformerConfig } from "../model/config.js";
import { createImageCodec, type ImageCodec } from "../model/image-codec.js";
import { loadImageTokenizer, loadTransformer } from "../model/load-model.js";
import { mergeAdapter } from "../model/lora.js";
import type { Device } from "../runtime/backend.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { readJson, readOptionalJson } from "../weights/json-files.js";
import { type ModelFilesOptions, readTokenizerConfig, resolveModelFiles } from "./model-files.js";
import { OptionError, parseTaskDefaults } from "./options.js";
import { createTasks, type Tasks } from "./tasks.js";

/** What models compute in: weights in F16 and BF16 are converted while they are read. */
export const COMPUTE_DTYPES = ["float32"] as const;
/** What a model can compute in. */
export type ComputeDType = (typeof COMPUTE_DTYPES)[number];

/** How a model is loaded. */
export interface LoadOptions extends ModelFilesOptions {
  /** Where it runs; `auto` by default. */
  readonly device?: Device | "auto";
  /** What it computes in; `float32`, whatever the files hold. */
  readonly dtype?: ComputeDType;
  /** Directory of a low-rank adapter in PEFT's layout, which is worked into the weights. */
  readonly adapter?: string;
}

/** A loaded model: the tasks, its image tokenizer, and `dispose`. */
export interface LoadedModel extends Tasks {
  /** Absent in models that only know text. */
  readonly imageCodec?: ImageCodec;
  /** The most turns of a conversation that it has learnt to answer at the end of, where its `generation_config.json` says so. */
  readonly maxTurns?: number;
  /** Gives the memory of all compiled graphs back. Nothing can be asked afterwards. */
  dispose(): Promise<void>;
  /** `await using model = …` disposes of it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Loads a model.
 * @param pathOrHubId a directory in the Hugging Face layout, or `owner/name`, which is downloaded once, resumably, into the cache of the
 * Hugging Face tools (in browsers an address; models of the Hub are read where they are)
 * @throws HubError, FileError, JsonError, ConfigError, SafetensorsError, ParameterError, TokenizerError, VocabularyError saying what is
 * wrong with which file
 * @throws OptionError for a dtype that cannot be computed in; RangeError for a device that there is not; the signal's reason when it is aborted
 * @example
 * await using model = await MMaDA.fromPretrained("Gen-Verse/MMaDA-8B-MixCoT", { device: "webgpu", onProgress: console.log });
 */
async function loadModel(pathOrHubId: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const { device = "auto", dtype = "float32", adapter, signal, ...where } = options;
  if (!COMPUTE_DTYPES.includes(dtype)) {
    throw new OptionError(
      `dtype must be ${COMPUTE_DTYPES.join(" or ")}, got ${JSON.stringify(dtype)}: every device computes in float32; files in float16 and bfloat16 load, and are converted`,
    );
  }
  const backend = await openBackend(device);
  const files = await resolveModelFiles(pathOrHubId, { ...where, signal });
  const at = (name: string) => joinPath(files.directory, name);
  const configJson = (await readJson(at("config.json"))) as VocabularyConfig & PictureConfig;
  parseTransformerConfig(configJson, at("config.json"));
  const tokenizerConfig = await readTokenizerConfig(files.directory);
  const textTokenizer = createTextTokenizer(
    await readJson(at("tokenizer.json")),
    tokenizerConfig,
    at("tokenizer.json"),
  );
  const defaults = parseTaskDefaults(
    await readOptionalJson(at("generation_config.json")),
    at("generation_config.json"),
  );
  // The smaller network first: what does not fit together is found before the large one is read.
  const imageTokenizer =
    files.imageTokenizer === undefined ? undefined : await loadImageTokenizer(files.imageTokenizer, { signal });
  const codebookSize = imageTokenizer ? 2 ** imageTokenizer.config.codeBits : undefined;
  const vocabulary = createVocabulary(configJson, textTokenizer, codebookSize);
  if (codebookSize !== undefined && codebookSize !== vocabulary.codebookSize) {
    throw new ConfigError(
      `the model ${files.directory} knows ${vocabulary.codebookSize} image codes, its image tokenizer ${files.imageTokenizer} has ${codebookSize}: choose the one it was trained with`,
    );
  }
  const imageGrid = imageTokenizer && gridOf(configJson, imageTokenizer.config, at("config.json"));
  const transformer = await loadTransformer(files.directory, { signal });
  const weights =
    adapter === undefined ? transformer.weights : mergeAdapter(transformer.weights, await loadAdapter(adapter));

  const predictor = createMaskPredictor(backend, transformer.config, {
    weights,
    areTrained: false,
  });
  const imageCodec =
    imageTokenizer &&
    createImageCodec(backend, imageTokenizer.config, { weights: imageTokenizer.weights, areTrained: false });
  const tasks = createTasks({
    predict: predictor.predict,
    vocabulary,
    textTokenizer,
    chatTemplate: createChatTemplate(tokenizerConfig),
    imageCodec,
    imageGrid,
    maxSequenceLength: transformer.config.maxSequenceLength,
    defaults,
  });
  const dispose = async () => {
    await predictor.dispose();
    await imageCodec?.dispose();
  };
  return { ...tasks, imageCodec, maxTurns: defaults.maxTurns, dispose, [Symbol.asyncDispose]: dispose };
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

/** Models by name: `MMaDA.fromPretrained(pathOrHubId, options)`. */
export const MMaDA = {
  /** Loads a model from a directory, or from the Hub by its id `owner/name`, downloaded once; `LoadOptions` says where it runs. */
  fromPretrained: loadModel,
} as const;
