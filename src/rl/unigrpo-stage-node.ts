/** Reinforcement of a model by UniGRPO, as a recipe describes it: a stage like the others, whose batches the model makes itself. */
import { join } from "node:path";
import { createRandom } from "../array/random.js";
import type { Example, Task } from "../data/example.js";
import type { MixtureOptions, MixtureState } from "../data/mixture.js";
import { compileGraph } from "../graph/compile.js";
import type { ImageSource } from "../images/image.js";
import { loadTransformer } from "../model/load-model.js";
import { initializeParameters } from "../model/parameters.js";
import { type BaseDType, loadQuantizedTransformer } from "../model/quantized-base.js";
import { interpolate } from "../model/weight-change.js";
import type { AnyWeights } from "../model/weight-source.js";
import { composeRewards, type Judge, type WeightedReward } from "../rewards/composition.js";
import { openReward } from "../rewards/rewards-node.js";
import type { Executable, NamedTensors } from "../runtime/backend.js";
import { type Holdings, openHolding } from "../runtime/holdings.js";
import type { TaskPieces } from "../tasks/job.js";
import { picturePieces } from "../tasks/picture.js";
import { drawExamples, openDataMixture, openModelParts } from "../training/model-parts-node.js";
import { placeOfModel } from "../training/model-place-node.js";
import type { Objective, Weights } from "../training/objective.js";
import { decayedParameters } from "../training/optimizer.js";
import { createPretrainingBatches } from "../training/pretraining-batches.js";
import { validationData } from "../training/recipe.js";
import { rowSettings } from "../training/row-settings.js";
import type { Stage, StageContext, Validation } from "../training/stage.js";
import { noisedCopies } from "./experience.js";
import { forRewards, type GroupSettings } from "./group.js";
import type { InnerUpdateSettings } from "./inner-update.js";
import { failureMetrics, type JudgedAnswer, rewardMetrics } from "./iteration-metrics.js";
import { judgedSamples } from "./judged-samples-node.js";
import { createNoise } from "./noise/noises.js";
import { REINFORCED_TASKS, type ReinforcedTaskName, type RolloutSampling, reinforcedTask } from "./reinforced-tasks.js";
import { replayBatches } from "./replay.js";
import { collectRollouts } from "./rollout.js";
import { rolloutRecords, writeIteration } from "./rollout-log-node.js";
import { createUnigrpoBatches, type UnigrpoState } from "./unigrpo-batches.js";
import { unigrpoObjective } from "./unigrpo-loss.js";
import { learntSampling, lossSettings, type UnigrpoRecipe } from "./unigrpo-recipe.js";

/** Where the rollouts of a run are logged, in its directory. */
export const ROLLOUTS_DIRECTORY = "rollouts";

type Replay = NonNullable<UnigrpoRecipe["replay"]>;

/** What rollouts need of pictures: one that is to be drawn is never looked at. */
const PROMPTS: Pick<MixtureOptions, "isImageNeeded" | "arePromptsEnough"> = {
  isImageNeeded: (_, task) => reinforcedTask(task).isAboutPicture,
  arePromptsEnough: true,
};

/** @throws what is wrong with the directories and rewards that the recipe names */
export function openUnigrpo(recipe: UnigrpoRecipe, context: StageContext): Promise<Stage> {
  return openHolding((holdings) => openParts(recipe, context, holdings));
}

async function openParts(recipe: UnigrpoRecipe, context: StageContext, { hold, dispose }: Holdings): Promise<Stage> {
  const { backend } = context;
  const { model, rollouts, seed } = recipe;
  const stop = context.signal ? { signal: context.signal } : {};
  const parts = hold(await openModelParts(model, context, recipe.lora));
  const { vocabulary } = parts;
  const objective = unigrpoObjective(parts.config, lossSettings(recipe), recipe.lora);
  const frozen: AnyWeights = parts.adapters?.frozen ?? new Map();
  const settings = settingsOf(recipe);
  const sampling = rollouts.sampling as RolloutSampling;
  const judge = hold(await openJudge(recipe, context));
  const reference =
    recipe.loss.klBeta === 0
      ? undefined
      : recipe.lora && model.reference === undefined
        ? frozen
        : await loadReference(await placeOfModel(context, model.reference ?? model.from), recipe.lora?.base, context);
  const compileScorer = async ({ reports: { logProbs } }: Objective) => hold(await compileGraph(backend, { logProbs }));
  const scorer = await compileScorer(objective);
  // The reference has no adapters, and is kept in what the frozen model is.
  const refLora = recipe.lora && { ...recipe.lora, targets: [] };
  const refScorer =
    reference && recipe.lora
      ? await compileScorer(unigrpoObjective(parts.config, lossSettings(recipe), refLora))
      : scorer;
  // Rollouts are of the weights under training; what is looked at may be their average.
  const samplers = new Map<Weights, ReturnType<typeof parts.openPieces>>();
  const piecesOver = (weights: Weights) => {
    const sampler = samplers.get(weights) ?? hold(parts.openPieces(weights));
    samplers.set(weights, sampler);
    return sampler.pieces;
  };
  const openMixture = (
    data: UnigrpoRecipe["data"],
    sourceSeed: number | string,
    state?: MixtureState,
    needs: Pick<MixtureOptions, "isImageNeeded" | "arePromptsEnough"> = PROMPTS,
  ) => openDataMixture(data, { recipe, context, sourceSeed, state, ...needs });
  const openReplay = async ({ weight, ...rows }: Replay, startStep: number, position: unknown) => {
    const { encoders, imageCodes } = parts;
    const state = (position as { mixture: MixtureState } | undefined)?.mixture;
    const own = `${seed}/replay`;
    const needs = { isImageNeeded: ({ key }: ImageSource) => !imageCodes.isKnown(key) };
    const mixture = hold(await openMixture(rows.data, own, state, needs));
    const { rows: rowsPerStep, accumulation } = rows.batch;
    const batches = createPretrainingBatches({
      ...{ mixture, encoders, imageCodes, rowsPerStep, accumulation, startStep, seed: own },
      ...rowSettings(rows, vocabulary),
      lineLengthKey: "replay.batch.lineLength",
    });
    return replayBatches(batches, {
      weight,
      hasReference: reference !== undefined,
      isOfSampling: recipe.loss.likelihood === "sampling",
    });
  };

  let examples: Promise<Example[]> | undefined;
  const validationExamples = async () => {
    const mixture = await openMixture(validationData(recipe), `${seed}/validation`);
    return drawExamples(mixture, recipe.validation?.rows ?? 0, ({ example }) => example);
  };

  return {
    objective,
    isDecayed: decayedParameters(objective.specs),
    ...parts.adapters,
    ...(recipe.interpolation < 1
      ? {
          finish: async (weights: Weights) =>
            interpolate({ before: await parts.loadWeights(), after: weights }, recipe.interpolation),
        }
      : {}),
    startWeights: async () =>
      recipe.lora ? initializeParameters(objective.specs, createRandom(seed).fork("weights")) : parts.loadWeights(),
    async openBatches(startStep, position, weights) {
      const state = position as (UnigrpoState & { readonly prompts: MixtureState }) | undefined;
      const mixture = hold(await openMixture(recipe.data, seed, state?.prompts));
      const pieces = piecesOver(weights);
      return createUnigrpoBatches(
        {
          nextPrompt: () => mixture.next(),
          promptState: () => mixture.state(),
          rollOut: (requests) => collectRollouts(pieces, requests, { sampling, maxBatch: rollouts.maxBatch, ...stop }),
          ...stop,
          judge,
          pictureSteps: pictureStepsOf(pieces, sampling),
          vocabulary,
          logProbs: logProbsUnder(scorer, new Map([...frozen, ...weights])),
          ...(reference ? { refLogProbs: logProbsUnder(refScorer, reference) } : {}),
          ...(recipe.replay ? { replay: await openReplay(recipe.replay, startStep, state?.replay) } : {}),
          onIteration: (iteration, groups, learnt) => {
            const { noise, numIterations } = settings;
            const records = rolloutRecords(iteration, groups, learnt, (experience) =>
              Array.from({ length: numIterations }, (_, update) =>
                noisedCopies(experience, vocabulary, noise[experience.row.task], update, numIterations),
              ),
            );
            return writeIteration(join(context.output, ROLLOUTS_DIRECTORY), iteration, records);
          },
        },
        settings,
        { seed, ...(state ? { state } : {}) },
      );
    },
    files: parts.files,
    directories: parts.directories,
    async prepareValidation() {
      await (examples ??= validationExamples());
    },
    async validate(weights): Promise<Validation> {
      examples ??= validationExamples();
      const pieces = piecesOver(weights);
      const prompts = await examples;
      const requests = prompts.map((example, i) => ({ example, seeds: [i] }));
      // As the model answers at its best: text without chance.
      const atBest: RolloutSampling = { ...sampling, text: { ...sampling.text, temperature: 0 } };
      const { maxBatch } = rollouts;
      const answered = await collectRollouts(pieces, requests, { sampling: atBest, maxBatch, ...stop });
      const asked = await Promise.all(prompts.map((example, i) => forRewards(example, answered[i])));
      const scores = await judge.score(asked.flat(), context.signal);
      const judged = prompts.map(
        (example, i): JudgedAnswer => ({ example, rollout: answered[i][0], score: scores[i] }),
      );
      return {
        losses: { ...rewardMetrics(judged), ...failureMetrics(scores) },
        ...(await judgedSamples(judged, recipe.validation?.samples ?? 0)),
      };
    },
    dispose,
  };
}

function settingsOf(recipe: UnigrpoRecipe): GroupSettings & InnerUpdateSettings {
  const { rollouts, loss, tasks, batch } = recipe;
  // The tasks without an entry are never rolled out.
  const byTask = <T>(value: (settings: (typeof tasks)[ReinforcedTaskName]) => T) =>
    Object.fromEntries(REINFORCED_TASKS.map((task) => [task, value(tasks[task])])) as Record<Task, T>;
  return {
    numGroups: rollouts.groups,
    groupSize: rollouts.groupSize,
    isAdvantageScaled: loss.scaledAdvantages,
    maxRefills: rollouts.maxRefills,
    partialPictures: rollouts.partialPictures,
    numIterations: loss.numIterations,
    noise: byTask(({ noise }) => createNoise(noise)),
    coefficients: byTask(({ coefficient }) => coefficient),
    rowsPerBatch: batch.rows,
    lineLength: batch.lineLength,
    sampling: learntSampling(recipe),
    maxRatio: loss.maxRatio,
  };
}

function openJudge({ rewards, judging }: UnigrpoRecipe, context: StageContext): Promise<Judge> {
  const { onWarning } = context;
  // The metrics count failures; each kind is told of once.
  const told = new Set<string>();
  const onFailure = (name: string, { message }: Error) => {
    const text = `the reward "${name}" failed and counts as 0: ${message}`;
    if (!told.has(text)) onWarning?.(text);
    told.add(text);
  };
  return openHolding(async ({ hold }) => {
    const weighted: WeightedReward[] = [];
    for (const { reward, ...others } of rewards)
      weighted.push({ ...others, reward: hold(await openReward(reward, context)) });
    return composeRewards(weighted, { ...judging, onFailure });
  });
}

async function loadReference(
  directory: string,
  base: BaseDType | undefined,
  { signal }: StageContext,
): Promise<AnyWeights> {
  return base === undefined
    ? (await loadTransformer(directory, { signal })).weights
    : loadQuantizedTransformer(directory, base, { signal });
}

/** log p [M] of batches under weights that may change between calls. */
function logProbsUnder(scorer: Executable, weights: AnyWeights) {
  return async (rows: NamedTensors): Promise<Float32Array> => {
    const { logProbs } = await scorer.run({ ...rows, ...Object.fromEntries(weights) });
    return logProbs.data as Float32Array;
  };
}

/** The steps that pictures are drawn in, as the task has them. */
function pictureStepsOf(pieces: TaskPieces, { image }: RolloutSampling): number {
  if (image?.steps !== undefined) return image.steps;
  const numCodes = pieces.imageCodec ? picturePieces(pieces).gridSide ** 2 : Number.POSITIVE_INFINITY;
  return Math.min(pieces.defaults.image.steps, numCodes);
}
