/** A model loaded from its directory: the pieces of the tasks, and the memory that they hold. */
import { openBackend } from "#backends";
import { createMaskPredictor } from "../diffusion/mask-predictor.js";
import { createImageCodec, type ImageCodec } from "../model/image-codec.js";
import { loadImageTokenizer, loadTransformer } from "../model/load-model.js";
import type { Device } from "../runtime/backend.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer, type TokenizerConfig } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { FileError } from "../weights/files.js";
import { readJson } from "../weights/json-files.js";
import { parseTaskDefaults } from "./options.js";
import { createTasks, type Tasks } from "./tasks.js";

export interface LoadOptions {
  /** Where it runs; `auto` by default. */
  readonly device?: Device | "auto";
  /** Directory of the image tokenizer; by default `image-tokenizer/` of the model's. */
  readonly imageTokenizer?: string;
}

/** A loaded model: the tasks, and `dispose`. */
export interface LoadedModel extends Tasks {
  /** Gives the memory of all compiled graphs back. Nothing can be asked afterwards. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Loads a model from a directory in the Hugging Face layout.
 * @throws FileError, ConfigError, ParameterError, TokenizerError, VocabularyError saying what is wrong with which file
 */
export async function loadModel(directory: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const at = (name: string) => `${directory}/${name}`;
  const configJson = await readJson(at("config.json"));
  const tokenizerConfig = (await optional(at("tokenizer_config.json"))) as TokenizerConfig | undefined;
  const textTokenizer = createTextTokenizer(
    await readJson(at("tokenizer.json")),
    tokenizerConfig,
    at("tokenizer.json"),
  );
  const vocabulary = createVocabulary(configJson as VocabularyConfig, textTokenizer);
  const transformer = await loadTransformer(directory);
  const backend = await openBackend(options.device ?? "auto");
  const predictor = createMaskPredictor(backend, transformer.config, {
    weights: transformer.weights,
    areTrained: false,
  });
  const imageDirectory = options.imageTokenizer ?? at("image-tokenizer");
  const hasImages =
    options.imageTokenizer !== undefined || (await optional(`${imageDirectory}/config.json`)) !== undefined;
  let imageCodec: ImageCodec | undefined;
  if (hasImages) {
    const { config, weights } = await loadImageTokenizer(imageDirectory);
    imageCodec = createImageCodec(backend, config, { weights, areTrained: false });
  }
  const tasks = createTasks({
    predict: predictor.predict,
    vocabulary,
    textTokenizer,
    chatTemplate: createChatTemplate(tokenizerConfig),
    imageCodec,
    maxSequenceLength: transformer.config.maxSequenceLength,
    defaults: parseTaskDefaults(await optional(at("generation_config.json")), at("generation_config.json")),
  });
  const dispose = async () => {
    await predictor.dispose();
    await imageCodec?.dispose();
  };
  return { ...tasks, dispose, [Symbol.asyncDispose]: dispose };
}

/** A JSON file, or undefined where there is none. */
async function optional(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** `MMaDA.fromPretrained(directory, options)`. */
export const MMaDA = { fromPretrained: loadModel } as const;
