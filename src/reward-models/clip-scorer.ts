/** A CLIP model as a judge of pictures and texts: its files, and how alike each picture and its text are. */
import { joinPath } from "#files";
import { resolveModel } from "#hub";
import type { Tensor } from "../array/tensor.js";
import { tensor } from "../array/tensor.js";
import type { Image } from "../images/image.js";
import { listParameters, symbolicParameter } from "../model/parameters.js";
import { compileWithWeights, type WeightMap } from "../model/weight-source.js";
import type { Backend } from "../runtime/backend.js";
import { type Holdings, openHolding } from "../runtime/holdings.js";
import { createTextTokenizer, nameOfToken, type TextTokenizer, TokenizerError } from "../tokens/text-tokenizer.js";
import type { DownloadOptions } from "../weights/hub.js";
import { readJson, readOptionalJson } from "../weights/json-files.js";
import { CLIP_BUFFERS, clipParameters, clipPixels, clipTextInputs, embedImages, embedTexts } from "./clip.js";
import { type ClipConfig, parseClipConfig } from "./clip-config.js";
import { normalizedPixels, type PixelNormalization, readNormalization } from "./pixels.js";
import { openDirectoryWeights, openWeightsFile, readWeights } from "./weights.js";

/** A picture and what it is to be likened to. */
export interface PictureAndText {
  readonly image: Image;
  readonly text: string;
}

export interface ClipScorer {
  /** e^`logit_scale`: what cosines are multiplied by where they are logits; 100 for most public models. */
  readonly scale: number;
  /** The cosine of the embeddings of each picture and its text, −1 to 1. */
  cosines(pairs: readonly PictureAndText[]): Promise<number[]>;
  dispose(): Promise<void>;
}

/** All of a CLIP model but its graphs. */
export interface ClipModel {
  readonly config: ClipConfig;
  readonly weights: WeightMap;
  readonly encodeTexts: (texts: readonly string[]) => ClipTexts;
  readonly normalization: PixelNormalization;
}

/** Texts as the graph takes them. */
export interface ClipTexts {
  readonly ids: Tensor<"int32">;
  readonly ends: Tensor<"int32">;
}

/** What is not with a model itself. */
export interface LoadClipOptions extends DownloadOptions {
  /** A file of other weights for that model (safetensors, or what PyTorch saves), with transformers' or open_clip's names. */
  readonly weights?: string;
  /** Whose tokenizer is taken where the model has none of its own: a directory, or an id of the Hub. */
  readonly tokenizer?: string;
}

const SETTINGS = "config.json";
const TOKENIZER = ["tokenizer.json", "tokenizer_config.json"];

/**
 * A model in the layout of transformers: `config.json`, `tokenizer.json`, `preprocessor_config.json` and weights.
 * @param pathOrHubId a directory, or an id of the Hub such as `openai/clip-vit-large-patch14`
 * @throws as `resolveModel`; ConfigError, TokenizerError, SafetensorsError, ParameterError for files that are none of CLIP
 */
export async function loadClip(pathOrHubId: string, options: LoadClipOptions = {}): Promise<ClipModel> {
  // Weights of the Hub that others are taken for need not come.
  const files = options.weights === undefined ? undefined : [SETTINGS, ...TOKENIZER];
  const { signal, onProgress } = options;
  const directory = await resolveModel(pathOrHubId, { files, signal, onProgress });
  const config = parseClipConfig(await readJson(joinPath(directory, SETTINGS)), joinPath(directory, SETTINGS));
  const encodeTexts = await openEncoder(directory, options, config);
  const normalization = await readNormalization(directory);
  const source = options.weights ?? directory;
  const file = await (options.weights === undefined ? openDirectoryWeights(source) : openWeightsFile(source));
  const specs = listParameters((make) => clipParameters(config, make));
  const weights = await readWeights(file, specs, { source, ignore: CLIP_BUFFERS });
  return { config, weights, encodeTexts, normalization };
}

async function openEncoder(
  directory: string,
  { tokenizer: other, signal, onProgress }: LoadClipOptions,
  config: ClipConfig,
) {
  const own = await readOptionalJson(joinPath(directory, "tokenizer.json"));
  const isOwn = own !== undefined || other === undefined;
  const place = isOwn ? directory : await resolveModel(other, { files: TOKENIZER, signal, onProgress });
  const path = joinPath(place, "tokenizer.json");
  const settingsPath = joinPath(place, "tokenizer_config.json");
  const tokenizer = createTextTokenizer(own ?? (await readJson(path)), await readOptionalJson(settingsPath), path);
  return clipTextEncoder(tokenizer, config, settingsPath);
}

/**
 * Texts between the begin and end tokens that `tokenizer_config.json` names, what is too long cut off before the end.
 * @throws TokenizerError when the vocabulary lacks these, or does not fit the model
 */
export function clipTextEncoder(
  tokenizer: TextTokenizer,
  { text: { maxLength, vocabularySize } }: Pick<ClipConfig, "text">,
  origin: string,
): ClipModel["encodeTexts"] {
  const special = (key: "bos_token" | "eos_token") => {
    const name = nameOfToken(tokenizer.config[key]);
    const id = name === undefined ? undefined : tokenizer.tokenId(name);
    if (id === undefined)
      throw new TokenizerError(`${origin}: ${key} is ${JSON.stringify(name)}, no token of its vocabulary`);
    return id;
  };
  const [begin, end] = [special("bos_token"), special("eos_token")];
  if (tokenizer.largestId >= vocabularySize) {
    throw new TokenizerError(
      `${origin}: the tokenizer has ids up to ${tokenizer.largestId}, the model only ${vocabularySize} (vocab_size)`,
    );
  }
  return (texts) => {
    const ids = new Int32Array(texts.length * maxLength).fill(end);
    const ends = new Int32Array(texts.length);
    texts.forEach((text, row) => {
      const kept = [begin, ...tokenizer.encode(text).slice(0, maxLength - 2)];
      ids.set(kept, row * maxLength);
      ends[row] = row * maxLength + kept.length;
    });
    return { ids: tensor("int32", [texts.length, maxLength], ids), ends: tensor("int32", [texts.length], ends) };
  };
}

/**
 * The model on a backend. What stands in several pairs is computed once.
 * @param areTrained whether the weights change between calls
 */
export function createClipScorer(
  backend: Backend,
  model: ClipModel,
  { areTrained = false }: { readonly areTrained?: boolean } = {},
): Promise<ClipScorer> {
  return openHolding((holdings) => compileScorer(backend, model, areTrained, holdings));
}

async function compileScorer(
  backend: Backend,
  { config, weights, encodeTexts, normalization }: ClipModel,
  areTrained: boolean,
  { hold, dispose }: Holdings,
): Promise<ClipScorer> {
  const parameters = clipParameters(config, symbolicParameter);
  const source = { weights, areTrained };
  const images = embedImages(config, parameters.vision, clipPixels(config));
  const texts = embedTexts(config, parameters.text, clipTextInputs(config));
  const vision = hold(await compileWithWeights(backend, { images }, source));
  const text = hold(await compileWithWeights(backend, { texts }, source));
  return {
    scale: Math.exp(weights.get("logit_scale")?.data[0] ?? 0),
    async cosines(pairs) {
      if (pairs.length === 0) return [];
      const distinctTexts = [...new Set(pairs.map((pair) => pair.text))];
      const distinctImages = [...new Set(pairs.map(({ image }) => image))];
      const pixels = normalizedPixels(distinctImages, config.vision.imageSize, normalization);
      const { texts: ofTexts } = await text.run({ ...encodeTexts(distinctTexts) });
      const { images: ofImages } = await vision.run({ pixels });
      const E = config.embeddingWidth;
      const rows = {
        text: new Map(distinctTexts.map((x, i) => [x, i])),
        image: new Map(distinctImages.map((x, i) => [x, i])),
      };
      return pairs.map((pair) => {
        const a = E * (rows.image.get(pair.image) as number);
        const b = E * (rows.text.get(pair.text) as number);
        let cosine = 0;
        for (let k = 0; k < E; k++) cosine += Number(ofImages.data[a + k]) * Number(ofTexts.data[b + k]);
        return cosine;
      });
    },
    dispose,
  };
}
