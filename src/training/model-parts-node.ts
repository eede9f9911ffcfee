/**
 * The parts of a model under training, from the directories that a recipe names: all that stages over the transformer share, whatever
 * they teach it.
 */
import { join, resolve } from "node:path";
import type { Example } from "../data/example.js";
import {
  createMixture,
  type Mixture,
  type MixtureOptions,
  type MixturePart,
  type MixtureState,
} from "../data/mixture.js";
import { openSource, type SourceConfig } from "../data/sources-node.js";
import { createMaskPredictor } from "../diffusion/mask-predictor.js";
import { fitImage, toPixelValues } from "../images/preprocess.js";
import { saveAdapter } from "../model/adapter-files.js";
import type { TransformerConfig } from "../model/config.js";
import { createImageCodec } from "../model/image-codec.js";
import { loadImageTokenizer, loadTransformer } from "../model/load-model.js";
import { type LoraConfig, mergeAdapter } from "../model/lora.js";
import { listParameters } from "../model/parameters.js";
import { loadQuantizedTransformer, mergeIntoQuantized } from "../model/quantized-base.js";
import { transformerParameters } from "../model/transformer.js";
import type { AnyWeights, WeightMap } from "../model/weight-source.js";
import { openHolding } from "../runtime/holdings.js";
import type { TaskPieces } from "../tasks/job.js";
import { findImageTokenizer } from "../tasks/model-files.js";
import { openModelText } from "../tasks/model-text.js";
import { encodeChat } from "../tasks/text.js";
import type { ThinkingPrompts } from "../tokens/chat-template.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { createImageCodes, type ImageCodes, type ImageEncoder, picturesAtOnce } from "./image-codes.js";
import type { Encoders } from "./layout-example.js";
import { placeOfModel } from "./model-place-node.js";
import type { Weights } from "./objective.js";
import type { Stage, StageContext } from "./stage.js";

/** Where a recipe has its model from. */
export interface ModelPlace {
  /** A model to go on from, a directory or an id of the Hub, with its tokenizer. */
  readonly from?: string;
  /** Or the settings of a new one, and … */
  readonly config?: Readonly<Record<string, unknown>>;
  /** … the directory of its text tokenizer. */
  readonly tokenizer?: string;
  /** A directory or an id of the Hub; left out, the one that goes with the model, or with the tokenizer (`findImageTokenizer`). */
  readonly imageTokenizer?: string;
  /** Sections of `generation_config.json` that are the trained model's own, such as the words that ask it to think. */
  readonly generation?: Readonly<Record<string, unknown>>;
}

export interface ModelParts {
  readonly config: TransformerConfig;
  readonly vocabulary: Vocabulary;
  readonly encoders: Omit<Encoders, "encodeImage">;
  readonly imageCodes: ImageCodes;
  /** The weights of the model to go on from. */
  loadWeights(): Promise<Weights>;
  /** Where adapters are trained, the model's own weights, and what becomes of both in the end: see `Stage`. */
  readonly adapters?: { readonly frozen: AnyWeights; readonly finish: NonNullable<Stage["finish"]> };
  /** The tasks' pieces over weights under training, which are read anew at every call. */
  openPieces(weights: Weights): { readonly pieces: TaskPieces; dispose(): Promise<void> };
  /** What makes a directory of the weights a model: see `Stage`. */
  readonly files: Readonly<Record<string, string>>;
  readonly directories: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

/** @throws what is wrong with the directories; the signal's reason when it is aborted while models are downloaded or loaded */
export async function openModelParts(model: ModelPlace, context: StageContext, lora?: LoraConfig): Promise<ModelParts> {
  const { backend, directory, output, signal } = context;
  const from = model.from === undefined ? undefined : await placeOfModel(context, model.from);
  const textDirectory = model.tokenizer === undefined ? (from as string) : resolve(directory, model.tokenizer);
  const isOfHub = from !== undefined && from !== resolve(directory, model.from as string);
  const imageDirectory = await findImageTokenizer(textDirectory, { named: model.imageTokenizer, isOfHub }, (name) =>
    placeOfModel(context, name),
  );
  const { config, textTokenizer, chatTemplate, defaults, vocabulary, imageGrid, files } = await openModelText(
    textDirectory,
    {
      settings: model.config && { json: model.config, origin: "model.config" },
      generation: model.generation,
      imageTokenizer: imageDirectory,
    },
  );

  const imageTokenizer =
    imageDirectory === undefined ? undefined : await loadImageTokenizer(imageDirectory, { signal });
  const imageCodec =
    imageTokenizer &&
    createImageCodec(backend, imageTokenizer.config, { weights: imageTokenizer.weights, areTrained: false });
  const resolution = imageCodec && imageGrid !== undefined ? imageGrid * imageCodec.downsampling : undefined;
  const encodeImages: ImageEncoder = async (images) => {
    if (!imageCodec || resolution === undefined)
      throw new Error(
        `the data has pictures, but ${textDirectory} has no image-tokenizer/: name one as model.imageTokenizer`,
      );
    const codes = await imageCodec.encode(toPixelValues(images.map((image) => fitImage(image, resolution))));
    const perImage = codes.shape[1];
    return images.map((_, i) => codes.data.subarray(i * perImage, (i + 1) * perImage));
  };
  const imageCodes = createImageCodes(encodeImages, picturesAtOnce(resolution ?? 1));

  const loadWeights = async () => {
    if (from === undefined) throw new Error("the recipe names no model to go on from (model.from)");
    return (await loadTransformer(from, { signal })).weights;
  };
  const loadFrozen = async ({ base }: LoraConfig): Promise<AnyWeights> =>
    base === undefined ? loadWeights() : loadQuantizedTransformer(from as string, base, { signal });
  const frozen = lora && (await loadFrozen(lora));

  return {
    config,
    vocabulary,
    encoders: {
      vocabulary,
      encodeText: (text) => textTokenizer.encode(text),
      encodeChat: (messages: Example["messages"], thinkingFor?: keyof ThinkingPrompts) =>
        encodeChat({ textTokenizer, chatTemplate }, messages, thinkingFor && defaults.thinking.prompts[thinkingFor]),
    },
    imageCodes,
    loadWeights,
    ...(lora && frozen
      ? {
          adapters: {
            frozen,
            finish: async (weights: Weights) => {
              const adapter = { config: lora, weights };
              // Where PEFT finds it: an id of the Hub as it is, a directory from wherever it is asked.
              await saveAdapter(join(output, "adapter"), adapter, (isOfHub ? model.from : from) as string);
              return lora.base === undefined
                ? mergeAdapter(frozen as WeightMap, adapter)
                : mergeIntoQuantized(
                    frozen,
                    adapter,
                    listParameters((make) => transformerParameters(config, make)),
                  );
            },
          },
        }
      : {}),
    openPieces(trained) {
      const weights: AnyWeights = frozen ? new Map([...frozen, ...trained]) : trained;
      const predictor = createMaskPredictor(backend, config, { weights, areTrained: true, ...(lora ? { lora } : {}) });
      const pieces: TaskPieces = {
        predict: predictor.predict,
        vocabulary,
        textTokenizer,
        chatTemplate,
        ...(imageCodec ? { imageCodec } : {}),
        ...(imageGrid === undefined ? {} : { imageGrid }),
        maxSequenceLength: config.maxSequenceLength,
        defaults,
      };
      return { pieces, dispose: () => predictor.dispose() };
    },
    files: Object.fromEntries(
      Object.entries(files).flatMap(([name, content]) =>
        content === undefined ? [] : [[name, `${JSON.stringify(content, null, 2)}\n`]],
      ),
    ),
    directories: imageDirectory === undefined ? {} : { "image-tokenizer": imageDirectory },
    dispose: async () => imageCodec?.dispose(),
  };
}

/** A recipe's data, or others in their place, mixed. */
export function openDataMixture(
  data: readonly { readonly weight: number; readonly source: SourceConfig }[],
  {
    recipe,
    context,
    sourceSeed,
    state,
    isImageNeeded,
    arePromptsEnough,
  }: {
    readonly recipe: { readonly maxSkipped: number };
    readonly context: Pick<StageContext, "directory" | "onSkip">;
    readonly sourceSeed: number | string;
    readonly state?: MixtureState;
  } & Pick<MixtureOptions, "isImageNeeded" | "arePromptsEnough">,
): Promise<Mixture> {
  return openHolding(async ({ hold }) => {
    const parts: MixturePart[] = [];
    for (const { weight, source } of data)
      parts.push({
        weight,
        source: hold(await openSource(source, { directory: context.directory, seed: sourceSeed })),
      });
    return createMixture(parts, {
      seed: sourceSeed,
      ...(state ? { state } : {}),
      maxSkipped: recipe.maxSkipped,
      ...(context.onSkip ? { onSkip: context.onSkip } : {}),
      ...(isImageNeeded ? { isImageNeeded } : {}),
      ...(arePromptsEnough ? { arePromptsEnough } : {}),
    });
  });
}

/** What `take` makes of the first examples of a mixture, one after the other, so that pictures need not all be held; the mixture is disposed of. */
export async function drawExamples<T>(
  mixture: Mixture,
  count: number,
  take: (drawn: Awaited<ReturnType<Mixture["next"]>>) => T | Promise<T>,
): Promise<T[]> {
  try {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await take(await mixture.next()));
    return taken;
  } finally {
    await mixture.dispose();
  }
}
