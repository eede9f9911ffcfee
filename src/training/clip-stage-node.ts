/** Training of a CLIP model on pictures and their captions, as a recipe describes it. */
import { resolve } from "node:path";
import { createRandom } from "../array/random.js";
import { type Tensor, tensor } from "../array/tensor.js";
import type { Example } from "../data/example.js";
import type { Mixture, MixtureState } from "../data/mixture.js";
import { initializeParameters } from "../model/parameters.js";
import { parseClipConfig } from "../reward-models/clip-config.js";
import {
  type ClipScorer,
  clipTextEncoder,
  createClipScorer,
  loadClip,
  type PictureAndText,
} from "../reward-models/clip-scorer.js";
import { CLIP_NORMALIZATION, normalizedPixels } from "../reward-models/pixels.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { readJson } from "../weights/json-files.js";
import { clipObjective } from "./clip-objective.js";
import { drawExamples, openDataMixture } from "./model-parts-node.js";
import { placeOfModel } from "./model-place-node.js";
import { decayedParameters } from "./optimizer.js";
import { type ClipRecipe, RecipeError, validationData } from "./recipe.js";
import type { Stage, StageContext } from "./stage.js";
import { createStepExamples } from "./turns.js";

/** Among so many pictures the one of a caption is looked for in validation. */
const GALLERY_SIZE = 32;

/** @throws what is wrong with the directories or the settings that the recipe names */
export async function openClipTraining(recipe: ClipRecipe, context: StageContext): Promise<Stage> {
  const { model, batch, seed } = recipe;
  const from = model.from === undefined ? undefined : await placeOfModel(context, model.from);
  const configJson = model.config ?? (await readJson(`${from}/config.json`));
  const config = parseClipConfig(configJson, from ? `${from}/config.json` : "model.config");
  const place = model.tokenizer === undefined ? from : resolve(context.directory, model.tokenizer);
  if (place === undefined)
    throw new RecipeError("a new CLIP model needs the directory of a tokenizer: model.tokenizer");
  const tokenizerJson = await readJson(`${place}/tokenizer.json`);
  const tokenizerConfig = await readJson(`${place}/tokenizer_config.json`);
  const tokenizer = createTextTokenizer(tokenizerJson, tokenizerConfig, `${place}/tokenizer.json`);
  const encodeTexts = clipTextEncoder(tokenizer, config, `${place}/tokenizer_config.json`);
  const objective = clipObjective(config);
  const { imageSize } = config.vision;

  const openMixture = (data: ClipRecipe["data"], sourceSeed: number | string, state?: MixtureState) =>
    openDataMixture(data, { recipe, context, sourceSeed, state });
  const prepareValidation = async () => {
    const mixture = await openMixture(validationData(recipe), `${seed}/validation`);
    return drawExamples(mixture, recipe.validation?.rows ?? 0, ({ example }) => captioned(example));
  };
  let prepared: ReturnType<typeof prepareValidation> | undefined;
  let scorer: ClipScorer | undefined;
  const open: Mixture[] = [];

  return {
    objective,
    isDecayed: decayedParameters(objective.specs),
    async startWeights() {
      if (from !== undefined) return (await loadClip(from, { signal: context.signal })).weights;
      return initializeParameters(objective.specs, createRandom(seed).fork("weights"));
    },
    async openBatches(startStep, position, _weights, turn) {
      const mixture = await openMixture(
        recipe.data,
        seed,
        (position as { mixture: MixtureState } | undefined)?.mixture,
      );
      open.push(mixture);
      const steps = createStepExamples(mixture, batch.rows, startStep, turn);
      return {
        async next() {
          const { drawn } = await steps.next();
          const pairs = await Promise.all(drawn.map(({ example }) => captioned(example)));
          const texts = pairs.map(({ text }) => text);
          const images = pairs.map(({ image }) => image);
          return [
            {
              inputs: {
                pixels: normalizedPixels(images, imageSize, CLIP_NORMALIZATION),
                ...encodeTexts(texts),
                targets: sharedByEquals(texts),
              },
              numTokens: batch.rows,
              accounts: { kind: "scalars", names: Object.keys(objective.reports) },
            },
          ];
        },
        state: () => ({ mixture: mixture.state() }),
      };
    },
    files: Object.fromEntries(
      Object.entries({
        "config.json": configJson,
        "tokenizer.json": tokenizerJson,
        "tokenizer_config.json": tokenizerConfig,
        "preprocessor_config.json": preprocessorConfig(imageSize),
      }).map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`]),
    ),
    directories: {},
    async prepareValidation() {
      await (prepared ??= prepareValidation());
    },
    async validate(weights) {
      const pairs = await (prepared ??= prepareValidation());
      const trained = { config, weights, encodeTexts, normalization: CLIP_NORMALIZATION };
      scorer ??= await createClipScorer(context.backend, trained, { areTrained: true });
      return { losses: await retrieval(scorer, pairs), pictures: {}, answers: [] };
    },
    async dispose() {
      await scorer?.dispose();
      for (const mixture of open) await mixture.dispose();
    },
  };
}

/** An example's picture with the words that it is drawn from, or that are said of it. @throws Error when it has no picture or no words */
async function captioned({ task, messages, image, answer }: Example): Promise<PictureAndText> {
  const text = task === "t2i" || task === "r2i" ? messages.at(-1)?.content : answer;
  if (image && text !== undefined) return { image: await image.load(), text };
  throw new Error(`CLIP learns from pictures with captions; the data have an example of ${task} without one`);
}

/** Which text belongs to which picture, [B, B]: those that are the same equally. */
function sharedByEquals(texts: readonly string[]): Tensor<"float32"> {
  const targets = texts.flatMap((text) => {
    const numEquals = texts.filter((other) => other === text).length;
    return texts.map((other) => (other === text ? 1 / numEquals : 0));
  });
  return tensor("float32", [texts.length, texts.length], Float32Array.from(targets));
}

/** Shares of captions that find their picture first among `GALLERY_SIZE`, and of pictures that find their caption. */
async function retrieval(scorer: ClipScorer, pairs: readonly PictureAndText[]): Promise<Record<string, number>> {
  const found = { pictureByCaption: 0, captionByPicture: 0 };
  for (let start = 0; start < pairs.length; start += GALLERY_SIZE) {
    const gallery = pairs.slice(start, start + GALLERY_SIZE);
    const n = gallery.length;
    const cosines = await scorer.cosines(gallery.flatMap(({ image }) => gallery.map(({ text }) => ({ image, text }))));
    const isFirst = (own: number, others: readonly number[]) => others.every((other) => other <= own);
    for (let i = 0; i < n; i++) {
      const own = cosines[i * n + i];
      if (
        isFirst(
          own,
          gallery.map((_, j) => cosines[j * n + i]),
        )
      )
        found.pictureByCaption += 1 / pairs.length;
      if (isFirst(own, cosines.slice(i * n, i * n + n))) found.captionByPicture += 1 / pairs.length;
    }
  }
  return found;
}

/** What transformers reads to prepare pictures as `normalizedPixels` does. */
function preprocessorConfig(side: number): unknown {
  const { mean, deviation } = CLIP_NORMALIZATION;
  return {
    image_processor_type: "CLIPImageProcessor",
    ...{ do_resize: true, size: { shortest_edge: side }, resample: 3 },
    ...{ do_center_crop: true, crop_size: { height: side, width: side } },
    ...{ do_rescale: true, do_normalize: true, image_mean: mean, image_std: deviation },
  };
}
