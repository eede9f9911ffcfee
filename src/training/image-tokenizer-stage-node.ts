/** Training of the image tokenizer, as a recipe describes it. */
import { createRandom } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import type { Mixture, MixtureState } from "../data/mixture.js";
import { contactSheet } from "../images/captions-node.js";
import { psnr } from "../images/compare.js";
import type { Image } from "../images/image.js";
import { fitImage, fromPixelValues, toPixelValues } from "../images/preprocess.js";
import { parseImageTokenizerConfig } from "../model/config.js";
import { createImageCodec } from "../model/image-codec.js";
import { imageTokenizerParameters, loadImageTokenizer } from "../model/load-model.js";
import { initializeParameters, listParameters } from "../model/parameters.js";
import { readJson } from "../weights/json-files.js";
import { imageTokenizerObjective } from "./image-tokenizer-objective.js";
import { drawExamples, openDataMixture } from "./model-parts-node.js";
import { placeOfModel } from "./model-place-node.js";
import type { Weights } from "./objective.js";
import { decayedParameters } from "./optimizer.js";
import { type ImageTokenizerRecipe, validationData } from "./recipe.js";
import type { Stage, StageContext } from "./stage.js";
import { createStepExamples } from "./turns.js";

/** @throws what is wrong with the directories or the settings that the recipe names */
export async function openImageTokenizerTraining(recipe: ImageTokenizerRecipe, context: StageContext): Promise<Stage> {
  const { backend } = context;
  const { model, batch, seed } = recipe;
  const from = model.from === undefined ? undefined : await placeOfModel(context, model.from);
  const configJson = model.config ?? (await readJson(`${from}/config.json`));
  const config = parseImageTokenizerConfig(configJson, from ? `${from}/config.json` : "model.config");
  const { isEncoderFrozen } = model;
  const objective = imageTokenizerObjective(config, recipe.loss, { isEncoderFrozen });
  const isDecayed = decayedParameters(objective.specs);

  const openImages = (data: ImageTokenizerRecipe["data"], sourceSeed: number | string, state?: MixtureState) =>
    openDataMixture(data, { recipe, context, sourceSeed, state });
  const imageOf = async ({ example, sourceName }: Awaited<ReturnType<Mixture["next"]>>): Promise<Image> => {
    if (!example.image) throw new Error(`the source "${sourceName}" has an example without a picture`);
    return fitImage(await example.image.load(), config.resolution);
  };

  const prepareValidation = async () => {
    const mixture = await openImages(validationData(recipe), `${seed}/validation`);
    return drawExamples(mixture, recipe.validation?.rows ?? 0, imageOf);
  };
  /** All weights before the first update. */
  const loadWeights = async (): Promise<Weights> => {
    if (from !== undefined) return (await loadImageTokenizer(from, { signal: context.signal })).weights;
    const specs = listParameters((make) => imageTokenizerParameters(config, make));
    const weights = initializeParameters(specs, createRandom(seed).fork("weights"));
    if (model.decoderFrom === undefined) return weights;
    return withDecoder(weights, await placeOfModel(context, model.decoderFrom), context.signal);
  };
  const isTrained = (name: string) => !isEncoderFrozen || name.startsWith("decoder.");
  const frozen = isEncoderFrozen ? new Map([...(await loadWeights())].filter(([name]) => !isTrained(name))) : undefined;
  const withFrozen = (weights: Weights): Weights => new Map([...(frozen ?? []), ...weights]);
  let prepared: ReturnType<typeof prepareValidation> | undefined;
  let codec: ReturnType<typeof createImageCodec> | undefined;
  const open: Mixture[] = [];

  return {
    objective,
    isDecayed,
    ...(frozen ? { frozen, finish: async (weights: Weights) => withFrozen(weights) } : {}),
    startWeights: async () => new Map([...(await loadWeights())].filter(([name]) => isTrained(name))),
    async openBatches(startStep, position, _weights, turn) {
      const mixture = await openImages(recipe.data, seed, (position as { mixture: MixtureState } | undefined)?.mixture);
      open.push(mixture);
      const steps = createStepExamples(mixture, batch.rows, startStep, turn);
      return {
        async next() {
          const pixels = toPixelValues(await Promise.all((await steps.next()).drawn.map(imageOf)));
          const names = Object.keys(objective.reports);
          return [{ inputs: { pixels }, numTokens: batch.rows, accounts: { kind: "scalars", names } }];
        },
        state: () => ({ mixture: mixture.state() }),
      };
    },
    files: { "config.json": `${JSON.stringify(configJson, null, 2)}\n` },
    directories: {},
    async prepareValidation() {
      await (prepared ??= prepareValidation());
    },
    async validate(weights: Weights) {
      const images = await (prepared ??= prepareValidation());
      codec ??= createImageCodec(backend, config, { weights: withFrozen(weights), areTrained: true });
      const codes = new Set<number>();
      let total = 0;
      const cells: { image: Image; caption: string }[] = [];
      for (const image of images) {
        const encoded = await codec.encode(toPixelValues([image]));
        for (const code of encoded.data) codes.add(code);
        const side = config.resolution / codec.downsampling;
        const decoded = await codec.decode(tensor("int32", encoded.shape, encoded.data), side, side);
        const [seen] = fromPixelValues(decoded);
        const decibels = psnr(image, seen);
        total += decibels;
        if (cells.length < 2 * (recipe.validation?.samples ?? 0)) {
          cells.push({ image, caption: "original" }, { image: seen, caption: `${decibels.toFixed(1)} dB` });
        }
      }
      const pictures: Record<string, Image> = {};
      if (cells.length > 0) pictures.seen = await contactSheet(cells, { columns: 8, cellSize: 128 });
      return { losses: { psnr: total / images.length, codesUsed: codes.size }, pictures, answers: [] };
    },
    async dispose() {
      await codec?.dispose();
      for (const mixture of open) await mixture.dispose();
    },
  };
}

/** The weights with the decoder of another tokenizer. @throws RangeError when its decoder has other parameters */
async function withDecoder(weights: Weights, directory: string, signal?: AbortSignal): Promise<Weights> {
  const given = (await loadImageTokenizer(directory, { signal })).weights;
  return new Map(
    [...weights].map(([name, own]) => {
      if (!name.startsWith("decoder.")) return [name, own];
      const taken = given.get(name);
      if (`${taken?.shape}` !== `${own.shape}`) {
        const found = taken ? `has shape ${taken.shape}` : "is missing";
        throw new RangeError(
          `${directory}: ${name} ${found}, the new decoder's has shape ${own.shape}: give both the same settings`,
        );
      }
      return [name, taken as typeof own];
    }),
  );
}
