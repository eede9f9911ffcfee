/** ImageReward as a judge of pictures and prompts: its files, and a number for each picture. */
import { joinPath } from "#files";
import { resolveModel } from "#hub";
import { type Tensor, tensor } from "../array/tensor.js";
import { listParameters, symbolicParameter } from "../model/parameters.js";
import { compileWithWeights, type WeightMap } from "../model/weight-source.js";
import type { Backend } from "../runtime/backend.js";
import { createTextTokenizer, type TextTokenizer, TokenizerError } from "../tokens/text-tokenizer.js";
import type { DownloadOptions } from "../weights/hub.js";
import { readJson, readOptionalJson } from "../weights/json-files.js";
import type { PictureAndText } from "./clip-scorer.js";
import {
  IMAGE_REWARD_UNUSED,
  imageReward,
  imageRewardInputs,
  imageRewardParameters,
  MAX_PROMPT_LENGTH,
} from "./image-reward.js";
import { type ImageRewardConfig, parseImageRewardConfig } from "./image-reward-config.js";
import { CLIP_NORMALIZATION, normalizedPixels } from "./pixels.js";
import { openDirectoryWeights, readWeights } from "./weights.js";

/** Where the public model is. */
const IMAGE_REWARD = "THUDM/ImageReward";
/** The tokenizer that it was trained with, which is not among its files. */
const IMAGE_REWARD_TOKENIZER = "google-bert/bert-base-uncased";

const SETTINGS = "med_config.json";

export interface ImageRewardScorer {
  /** About 0 on average, most within ±2; larger is better. */
  rewards(pairs: readonly PictureAndText[]): Promise<number[]>;
  dispose(): Promise<void>;
}

/** All of an ImageReward model but its graph. */
export interface ImageRewardModel {
  readonly config: ImageRewardConfig;
  readonly weights: WeightMap;
  readonly encodePrompts: (prompts: readonly string[]) => EncodedPrompts;
}

/** Prompts as the graph takes them. */
export interface EncodedPrompts {
  readonly ids: Tensor<"int32">;
  readonly isText: Tensor<"int32">;
}

/**
 * @param pathOrHubId a directory with `med_config.json` and weights (`ImageReward.pt`, or safetensors with its names), or a model of the Hub
 * @param tokenizer a directory with `tokenizer.json`, or a model of the Hub; left out, the model's own, else `bert-base-uncased`
 * @throws as `resolveModel`; ConfigError, TokenizerError, SafetensorsError, ParameterError for files that are none of ImageReward
 */
export async function loadImageReward(
  pathOrHubId: string = IMAGE_REWARD,
  tokenizer?: string,
  download: DownloadOptions = {},
): Promise<ImageRewardModel> {
  const directory = await resolveModel(pathOrHubId, { ...download, files: [SETTINGS, "ImageReward.pt"] });
  const config = parseImageRewardConfig(await readJson(joinPath(directory, SETTINGS)), joinPath(directory, SETTINGS));
  const encodePrompts = promptEncoder(await openTokenizer(directory, tokenizer, download), config);
  const specs = listParameters((make) => imageRewardParameters(config, make));
  const file = await openDirectoryWeights(directory);
  const weights = await readWeights(file, specs, { source: directory, ignore: IMAGE_REWARD_UNUSED });
  return { config, weights, encodePrompts };
}

async function openTokenizer(
  directory: string,
  given: string | undefined,
  download: DownloadOptions,
): Promise<TextTokenizer> {
  const own = given === undefined && (await readOptionalJson(joinPath(directory, "tokenizer.json")));
  const files = ["tokenizer.json", "tokenizer_config.json"];
  const place = own ? directory : await resolveModel(given ?? IMAGE_REWARD_TOKENIZER, { ...download, files });
  const path = joinPath(place, "tokenizer.json");
  const settings = await readOptionalJson(joinPath(place, "tokenizer_config.json"));
  return createTextTokenizer(own || (await readJson(path)), settings, path);
}

/** Prompts between [CLS] and [SEP], what is too long cut off before the latter. @throws TokenizerError when the tokenizer does not fit */
function promptEncoder(tokenizer: TextTokenizer, { text }: ImageRewardConfig): ImageRewardModel["encodePrompts"] {
  const [begin, end, pad] = ["[CLS]", "[SEP]", "[PAD]"].map((name) => tokenizer.tokenId(name));
  if (begin === undefined || end === undefined || pad === undefined)
    throw new TokenizerError(
      "the tokenizer of ImageReward is BERT's, with [CLS], [SEP] and [PAD]; this one lacks some",
    );
  if (tokenizer.largestId >= text.vocabularySize) {
    throw new TokenizerError(
      `the tokenizer has ids up to ${tokenizer.largestId}, ImageReward only ${text.vocabularySize} (vocab_size)`,
    );
  }
  return (prompts) => {
    const shape = [prompts.length, MAX_PROMPT_LENGTH];
    const ids = new Int32Array(prompts.length * MAX_PROMPT_LENGTH).fill(pad);
    const isText = new Int32Array(ids.length);
    prompts.forEach((prompt, row) => {
      const kept = [begin, ...tokenizer.encode(prompt).slice(0, MAX_PROMPT_LENGTH - 2), end];
      ids.set(kept, row * MAX_PROMPT_LENGTH);
      isText.fill(1, row * MAX_PROMPT_LENGTH, row * MAX_PROMPT_LENGTH + kept.length);
    });
    return { ids: tensor("int32", shape, ids), isText: tensor("int32", shape, isText) };
  };
}

/** The model on a backend. */
export async function createImageRewardScorer(
  backend: Backend,
  { config, weights, encodePrompts }: ImageRewardModel,
): Promise<ImageRewardScorer> {
  const parameters = imageRewardParameters(config, symbolicParameter);
  const rewards = imageReward(config, parameters, imageRewardInputs(config));
  const computation = await compileWithWeights(backend, { rewards }, { weights, areTrained: false });
  return {
    async rewards(pairs) {
      if (pairs.length === 0) return [];
      const images = pairs.map(({ image }) => image);
      const pixels = normalizedPixels(images, config.vision.imageSize, CLIP_NORMALIZATION);
      const outputs = await computation.run({ pixels, ...encodePrompts(pairs.map(({ text }) => text)) });
      return Array.from(outputs.rewards.data, Number);
    },
    dispose: () => computation.dispose(),
  };
}
