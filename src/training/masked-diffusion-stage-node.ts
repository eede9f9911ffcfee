/** Training of the transformer by masked diffusion, as a recipe describes it: pretraining, and fine-tuning on reasoning alike. */
import { resolve } from "node:path";
import { createRandom } from "../array/random.js";
import type { Example } from "../data/example.js";
import { createMixture, type Mixture, type MixtureState } from "../data/mixture.js";
import { openSource } from "../data/sources-node.js";
import { createMaskPredictor } from "../diffusion/mask-predictor.js";
import { maskSchedules } from "../diffusion/mask-schedule.js";
import { contactSheet } from "../images/captions-node.js";
import { fitImage, toPixelValues } from "../images/preprocess.js";
import { parseTransformerConfig } from "../model/config.js";
import { createImageCodec, type ImageCodec } from "../model/image-codec.js";
import { loadImageTokenizer, loadTransformer } from "../model/load-model.js";
import { initializeParameters } from "../model/parameters.js";
import type { Backend } from "../runtime/backend.js";
import { parseTaskDefaults, type TaskDefaults } from "../tasks/options.js";
import { createTasks, type Tasks } from "../tasks/tasks.js";
import { encodeChat } from "../tasks/text.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer, type TokenizerConfig } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { FileError } from "../weights/files.js";
import { readJson } from "../weights/json-files.js";
import type { BatchSettings } from "./batch.js";
import { startCodesFromBits } from "./code-embedding.js";
import { createImageCodes } from "./image-codes.js";
import { compileLoss, type Weights } from "./objective.js";
import { decayedParameters } from "./optimizer.js";
import { createPretrainingBatches, layoutExamples, toBatches } from "./pretraining-batches.js";
import { pretrainingObjective } from "./pretraining-objective.js";
import type { MaskedDiffusionRecipe } from "./recipe.js";
import type { Stage, StageContext, Validation } from "./stage.js";

/** Steps of the pictures and answers that are looked at. */
const SAMPLE_STEPS = 12;

/** @throws what is wrong with the directories that the recipe names */
export async function openMaskedDiffusion(recipe: MaskedDiffusionRecipe, context: StageContext): Promise<Stage> {
  const { backend } = context;
  const { model, batch, seed } = recipe;
  const at = (path: string) => resolve(context.directory, path);
  const textDirectory = at(model.tokenizer ?? (model.from as string));
  const inText = (name: string) => `${textDirectory}/${name}`;
  const configJson = model.config ?? (await readJson(`${at(model.from as string)}/config.json`));
  const config = parseTransformerConfig(configJson, model.config ? "model.config" : `${model.from}/config.json`);
  const tokenizerJson = await readJson(inText("tokenizer.json"));
  const tokenizerConfig = (await optionalJson(inText("tokenizer_config.json"))) as TokenizerConfig | undefined;
  const generationConfig = await optionalJson(inText("generation_config.json"));
  const textTokenizer = createTextTokenizer(tokenizerJson, tokenizerConfig, inText("tokenizer.json"));
  const vocabulary = createVocabulary(configJson as VocabularyConfig, textTokenizer);
  const chatTemplate = createChatTemplate(tokenizerConfig);
  const imageDirectory = at(model.imageTokenizer ?? `${model.from ?? model.tokenizer}/image-tokenizer`);
  const hasImages = (await optionalJson(`${imageDirectory}/config.json`)) !== undefined;
  const imageCodec = hasImages ? await openCodec(backend, imageDirectory) : undefined;

  const objective = pretrainingObjective(config);
  const encoders = {
    vocabulary,
    encodeText: (text: string) => textTokenizer.encode(text),
    encodeChat: (messages: Example["messages"]) => encodeChat({ textTokenizer, chatTemplate }, messages),
  };
  const imageCodes = createImageCodes(async (images) => {
    if (!imageCodec) throw new Error(`the data has pictures, but there is no image tokenizer in ${imageDirectory}`);
    const { resolution } = imageCodec.config;
    const codes = await imageCodec.encode(toPixelValues(images.map((image) => fitImage(image, resolution))));
    const perImage = codes.shape[1];
    return images.map((_, i) => codes.data.subarray(i * perImage, (i + 1) * perImage));
  });
  const settings: BatchSettings = {
    tasks: tasksOf(recipe),
    maskTokenId: vocabulary.special.mask,
    padTokenId: vocabulary.special.pad,
    eosTokenId: vocabulary.special.eos,
    ...pick(batch, "fillerWeight", "lineLength", "times"),
  };
  const layout = pick(batch, "conditionDropout", "canvasUnit", "extraUnits");

  const openMixture = async (
    parts: MaskedDiffusionRecipe["data"],
    sourceSeed: number | string,
    state?: MixtureState,
  ): Promise<Mixture> => {
    const open = parts.map(async ({ weight, source }) => ({
      weight,
      source: await openSource(source, { directory: context.directory, seed: sourceSeed }),
    }));
    return createMixture(await Promise.all(open), {
      seed,
      ...(state ? { state } : {}),
      maxSkipped: recipe.maxSkipped,
      ...(context.onSkip ? { onSkip: context.onSkip } : {}),
      isImageNeeded: ({ key }) => !imageCodes.isKnown(key),
    });
  };

  /** Fixed examples and their batches, with fixed noise. */
  const prepareValidation = async () => {
    const rng = createRandom(seed).fork("validation");
    const mixture = await openMixture(recipe.validation?.data ?? recipe.data, `${seed}/validation`);
    const examples: Example[] = [];
    while (examples.length < (recipe.validation?.rows ?? 0)) examples.push((await mixture.next()).example);
    await mixture.dispose();
    const rows = await layoutExamples(examples, { encoders, imageCodes, layout }, rng);
    const numBatches = Math.ceil((rows.length * batch.accumulation) / batch.rows);
    return {
      examples,
      batches: toBatches(rows, settings, numBatches, rng),
      loss: await compileLoss(backend, objective),
    };
  };
  let prepared: ReturnType<typeof prepareValidation> | undefined;
  let sampler: { readonly tasks: Tasks; dispose(): Promise<void> } | undefined;
  const open: Mixture[] = [];

  return {
    objective,
    isDecayed: decayedParameters(objective.specs),
    async startWeights() {
      if (model.from !== undefined) return (await loadTransformer(at(model.from))).weights;
      const rng = createRandom(seed).fork("weights");
      const weights = initializeParameters(objective.specs, rng);
      if (model.codeInitialization.type === "bits")
        startCodesFromBits(weights, vocabulary, model.codeInitialization.noise, rng.fork("codes"));
      return weights;
    },
    async openBatches(startStep, position) {
      const state = (position as { mixture: MixtureState } | undefined)?.mixture;
      const mixture = await openMixture(recipe.data, seed, state);
      open.push(mixture);
      const { rows: rowsPerStep, accumulation } = batch;
      return createPretrainingBatches({
        mixture,
        encoders,
        imageCodes,
        layout,
        settings,
        rowsPerStep,
        accumulation,
        seed,
        startStep,
      });
    },
    files: Object.fromEntries(
      Object.entries({
        "config.json": configJson,
        "tokenizer.json": tokenizerJson,
        "tokenizer_config.json": tokenizerConfig,
        "generation_config.json": generationConfig,
      }).flatMap(([name, content]) => (content === undefined ? [] : [[name, `${JSON.stringify(content, null, 2)}\n`]])),
    ),
    directories: hasImages ? { "image-tokenizer": imageDirectory } : {},
    async validate(weights) {
      prepared ??= prepareValidation();
      const { examples, batches, loss } = await prepared;
      const losses: Record<string, number> = {};
      for (const { inputs, summarize } of batches) {
        const outputs = await loss.run({ ...inputs, ...Object.fromEntries(weights) });
        for (const [name, value] of Object.entries(summarize(outputs))) losses[name] = (losses[name] ?? 0) + value;
      }
      sampler ??= openSampler(weights);
      return { losses, ...(await drawSamples(sampler.tasks, examples, recipe.validation?.samples ?? 0)) };
    },
    async dispose() {
      await (await prepared)?.loss.dispose();
      await sampler?.dispose();
      await imageCodec?.dispose();
      for (const mixture of open) await mixture.dispose();
    },
  };

  /** The tasks over weights under training, which are read anew at every call. */
  function openSampler(weights: Weights) {
    const predictor = createMaskPredictor(backend, config, { weights, areTrained: true });
    const defaults: TaskDefaults = parseTaskDefaults(generationConfig, inText("generation_config.json"));
    const tasks = createTasks({
      predict: predictor.predict,
      vocabulary,
      textTokenizer,
      chatTemplate,
      ...(imageCodec ? { imageCodec } : {}),
      maxSequenceLength: config.maxSequenceLength,
      defaults,
    });
    return { tasks, dispose: () => predictor.dispose() };
  }
}

/** The first pictures and answers of the fixed examples, drawn and given by the model. */
async function drawSamples(
  tasks: Tasks,
  examples: readonly Example[],
  count: number,
): Promise<Pick<Validation, "pictures" | "answers">> {
  const drawn = examples.filter(({ task }) => task === "t2i").slice(0, count);
  const asked = examples.filter(({ task }) => task === "mmu" || task === "lm_chat").slice(0, count);
  const promptOf = ({ messages }: Example) => messages.at(-1)?.content ?? "";
  const pictures = await tasks.imagineAll(
    drawn.map((example, seed) => ({ prompt: promptOf(example), seed, steps: SAMPLE_STEPS })),
  );
  const cells = pictures.map(({ image }, i) => ({ image, caption: promptOf(drawn[i]) }));
  const answers: Validation["answers"][number][] = [];
  for (const [seed, example] of asked.entries()) {
    const { messages, image, answer: expected = "" } = example;
    const options = { seed, steps: SAMPLE_STEPS };
    const { text } = await (image
      ? tasks.describe(await image.load(), messages, options)
      : tasks.answer(messages, options));
    answers.push({ question: promptOf(example), expected, answer: text });
  }
  if (cells.length === 0) return { pictures: {}, answers };
  return { pictures: { drawn: await contactSheet(cells, { columns: 4, cellSize: 128 }) }, answers };
}

function tasksOf({ tasks }: MaskedDiffusionRecipe): BatchSettings["tasks"] {
  const noise = ({ coefficient, masking }: MaskedDiffusionRecipe["tasks"]["lm"]) => ({
    coefficient,
    masking:
      masking === "independent" || masking === "counted"
        ? ({ kind: masking } as const)
        : ({ kind: "scheduled", schedule: maskSchedules[masking] } as const),
  });
  const { lm, lm_chat, mmu, t2i, r2i } = tasks;
  return { lm: noise(lm), lm_chat: noise(lm_chat), mmu: noise(mmu), t2i: noise(t2i), r2i: noise(r2i) };
}

async function openCodec(backend: Backend, directory: string): Promise<ImageCodec> {
  const { config, weights } = await loadImageTokenizer(directory);
  return createImageCodec(backend, config, { weights, areTrained: false });
}

/** A JSON file, or undefined where there is none. */
async function optionalJson(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function pick<T, K extends keyof T>(value: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}
