/** Training of the transformer by masked diffusion, as a recipe describes it: pretraining, and fine-tuning on reasoning alike. */
import { createRandom } from "../array/random.js";
import type { MixtureState } from "../data/mixture.js";
import { initializeParameters } from "../model/parameters.js";
import { createHoldings } from "../runtime/holdings.js";
import { createTasks } from "../tasks/tasks.js";
import { readAccounts } from "./accounts.js";
import { startCodesFromBits } from "./code-embedding.js";
import { startAsIdentity } from "./identity-start.js";
import { drawExamples, openDataMixture, openModelParts } from "./model-parts-node.js";
import { compileLoss } from "./objective.js";
import { decayedParameters } from "./optimizer.js";
import { createPretrainingBatches, layoutExamples, toBatches } from "./pretraining-batches.js";
import { pretrainingObjective } from "./pretraining-objective.js";
import { type MaskedDiffusionRecipe, validationData } from "./recipe.js";
import { rowSettings } from "./row-settings.js";
import { drawSamples } from "./samples-node.js";
import type { Stage, StageContext } from "./stage.js";

/** @throws what is wrong with the directories that the recipe names */
export async function openMaskedDiffusion(recipe: MaskedDiffusionRecipe, context: StageContext): Promise<Stage> {
  const { backend, signal } = context;
  const { model, batch, seed } = recipe;
  const parts = await openModelParts(model, context, recipe.lora);
  const { hold, dispose } = createHoldings();
  hold(parts);
  const { config, vocabulary, encoders, imageCodes } = parts;
  const objective = pretrainingObjective(config, { lora: recipe.lora, arePicturesShared: batch.arePicturesShared });
  const { settings, layout } = rowSettings(recipe, vocabulary);

  const openMixture = (data: MaskedDiffusionRecipe["data"], sourceSeed: number | string, state?: MixtureState) =>
    openDataMixture(data, { recipe, context, sourceSeed, state, isImageNeeded: ({ key }) => !imageCodes.isKnown(key) });

  /** Fixed examples and their batches, with fixed noise. */
  const prepareValidation = async () => {
    const rng = createRandom(seed).fork("validation");
    const mixture = await openMixture(validationData(recipe), `${seed}/validation`);
    const drawn = await drawExamples(mixture, recipe.validation?.rows ?? 0, (one) => one);
    const rows = await layoutExamples(drawn, { encoders, imageCodes, layout }, rng);
    const numBatches = Math.ceil((rows.length * batch.accumulation) / batch.rows);
    return {
      examples: drawn.map(({ example }) => example),
      batches: toBatches(rows, settings, numBatches, rng),
      loss: hold(await compileLoss(backend, objective)),
    };
  };
  let prepared: ReturnType<typeof prepareValidation> | undefined;
  let sampler: ReturnType<typeof parts.openPieces> | undefined;

  return {
    objective,
    isDecayed: decayedParameters(objective.specs),
    ...parts.adapters,
    async startWeights() {
      if (model.from !== undefined && !recipe.lora) return parts.loadWeights();
      const rng = createRandom(seed).fork("weights");
      const weights = initializeParameters(objective.specs, rng);
      if (recipe.lora) return weights;
      if (model.blockInitialization === "identity") startAsIdentity(weights, config);
      const codes = model.codeInitialization ?? { type: "bits", noise: 0.3 };
      if (codes.type === "bits") startCodesFromBits(weights, vocabulary, codes.noise, rng.fork("codes"));
      return weights;
    },
    async openBatches(startStep, position, _weights, turn) {
      const state = (position as { mixture: MixtureState } | undefined)?.mixture;
      const mixture = hold(await openMixture(recipe.data, seed, state));
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
        turn,
      });
    },
    files: parts.files,
    directories: parts.directories,
    async prepareValidation() {
      await (prepared ??= prepareValidation());
    },
    async validate(weights) {
      prepared ??= prepareValidation();
      const { examples, batches, loss } = await prepared;
      const losses: Record<string, number> = {};
      for (const { inputs, accounts } of batches) {
        signal?.throwIfAborted();
        const frozen = Object.fromEntries(parts.adapters?.frozen ?? []);
        const outputs = await loss.run({ ...inputs, ...frozen, ...Object.fromEntries(weights) });
        for (const [name, value] of Object.entries(readAccounts(accounts, outputs)))
          losses[name] = (losses[name] ?? 0) + value;
      }
      sampler ??= hold(parts.openPieces(weights));
      const numSamples = recipe.validation?.samples ?? 0;
      return { losses, ...(await drawSamples(createTasks(sampler.pieces), examples, numSamples, signal)) };
    },
    async dispose() {
      // What is still prepared is to be held first; what could not be has been told of.
      await prepared?.catch(() => undefined);
      await dispose();
    },
  };
}
