/** A model loaded by name: the pieces of the tasks, and the memory that they hold. */
import { openBackend } from "#backends";
import { createMaskPredictor } from "../diffusion/mask-predictor.js";
import { loadAdapter } from "../model/adapter-files.js";
import { createImageCodec, type ImageCodec } from "../model/image-codec.js";
import { loadImageTokenizer, loadTransformer } from "../model/load-model.js";
import { mergeAdapter } from "../model/lora.js";
import type { Device } from "../runtime/backend.js";
import { type ModelFilesOptions, resolveModelFiles } from "./model-files.js";
import { openModelText } from "./model-text.js";
import { OptionError } from "./options.js";
import { createTasks, type Tasks } from "./tasks.js";

/** What models compute in: weights in F16 and BF16 are converted while they are read. */
export const COMPUTE_DTYPES = ["float32"] as const;
/** What a model can compute in. */
export type ComputeDType = (typeof COMPUTE_DTYPES)[number];

/** How a model is loaded. */
export interface LoadOptions extends ModelFilesOptions {
  /** Where it runs; `auto` by default. */
  readonly device?: Device | "auto" | undefined;
  /** What it computes in; `float32`, whatever the files hold. */
  readonly dtype?: ComputeDType | undefined;
  /** Directory of a low-rank adapter in PEFT's layout, which is worked into the weights. */
  readonly adapter?: string | undefined;
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
  // What does not fit together, or is not there, is found before weights are read, and the large ones are read last.
  const { config, defaults, vocabulary, textTokenizer, chatTemplate, imageGrid } = await openModelText(
    files.directory,
    { imageTokenizer: files.imageTokenizer },
  );
  const change = adapter === undefined ? undefined : await loadAdapter(adapter);
  const imageTokenizer =
    files.imageTokenizer === undefined ? undefined : await loadImageTokenizer(files.imageTokenizer, { signal });
  const transformer = await loadTransformer(files.directory, { signal });
  const weights = change ? mergeAdapter(transformer.weights, change) : transformer.weights;

  const predictor = createMaskPredictor(backend, config, { weights, areTrained: false });
  const imageCodec =
    imageTokenizer &&
    createImageCodec(backend, imageTokenizer.config, { weights: imageTokenizer.weights, areTrained: false });
  const tasks = createTasks({
    predict: predictor.predict,
    vocabulary,
    textTokenizer,
    chatTemplate,
    imageCodec,
    imageGrid,
    maxSequenceLength: config.maxSequenceLength,
    defaults,
  });
  const dispose = async () => {
    await predictor.dispose();
    await imageCodec?.dispose();
  };
  return { ...tasks, imageCodec, maxTurns: defaults.maxTurns, dispose, [Symbol.asyncDispose]: dispose };
}

/** Models by name: `MMaDA.fromPretrained(pathOrHubId, options)`. */
export const MMaDA = {
  /** Loads a model from a directory, or from the Hub by its id `owner/name`, downloaded once; `LoadOptions` says where it runs. */
  fromPretrained: loadModel,
} as const;
