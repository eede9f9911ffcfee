/**
 * What a run of a recipe will take, worked out from the recipe and the network's settings alone: memory by kind, steps and tokens, and
 * floating-point operations. Pure arithmetic over the very graphs that the run would compile; no weights, no files, no clock.
 */
import { type DimSizes, floatOperations, peakBytes } from "../graph/cost.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { TransformerConfig } from "../model/config.js";
import { listParameters, type ParameterSpec } from "../model/parameters.js";
import { frozenBytes } from "../model/quantized-base.js";
import { transformerParameters } from "../model/transformer.js";
import { unigrpoObjective } from "../rl/unigrpo-loss.js";
import type { UnigrpoRecipe } from "../rl/unigrpo-recipe.js";
import { RELEASED_DEFAULTS } from "../tasks/options.js";
import { hiddenMatrices } from "../training/muon.js";
import { type Objective, stepOutputs } from "../training/objective.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import type { MaskedDiffusionRecipe } from "../training/recipe.js";

/** Recipes that train the transformer. */
export type TransformerRecipe = MaskedDiffusionRecipe | UnigrpoRecipe;

/** Bytes by what they are for. */
export interface RunMemory {
  /** The masters of what is trained, float32. */
  readonly weights: number;
  /** The model that adapters stand beside; 0 without adapters. */
  readonly frozen: number;
  /** The model that the divergence is taken to, where it is another in memory. */
  readonly reference: number;
  /** With their sums over the parts of a step. */
  readonly gradients: number;
  /** What the optimizer remembers. */
  readonly optimizer: number;
  /** Results alive at once in a part of a step, every place that may be masked taken for masked. */
  readonly activations: number;
  /** Node and the runtime, without any of these. */
  readonly process: number;
  readonly total: number;
}

/** What a run takes. */
export interface RunCost {
  readonly numTrained: number;
  /** Parameters of the model that adapters stand beside. */
  readonly numFrozen: number;
  readonly memory: RunMemory;
  readonly steps: number;
  /** Rows of a step, and of a part of it that is computed at once. */
  readonly rowsPerStep: number;
  readonly rowsAtOnce: number;
  /** At most: rows shorter than a line make them fewer. */
  readonly tokensPerStep: number;
  readonly tokens: number;
  /** Operations of the products of a step, half of the places masked. */
  readonly operationsPerStep: number;
  /** Those among them that sample rollouts. */
  readonly rolloutOperationsPerStep: number;
}

/** Measured: a process of Node with a small graph compiled. */
const PROCESS_BYTES = 150e6;
const FLOAT_BYTES = 4;
/** Places of a block that are predicted at a step of the sampler, as a share of the canvas; what is left of the head is little. */
const SAMPLED_SHARE = 1 / 16;

/** @throws RangeError, ConfigError for settings that make no network */
export function costOf(recipe: TransformerRecipe, config: TransformerConfig): RunCost {
  const { lora } = recipe;
  const objective = objectiveOf(recipe, config);
  const network = listParameters((make) => transformerParameters(config, make));
  const numTrained = numParameters(objective.specs);
  const isUnigrpo = recipe.objective === "unigrpo";
  const rowsPerStep = isUnigrpo ? rowsOfUpdate(recipe) : recipe.batch.rows;
  const rowsAtOnce = isUnigrpo
    ? Math.min(recipe.batch.rows, rowsPerStep)
    : Math.ceil(rowsPerStep / recipe.batch.accumulation);
  const numParts = Math.ceil(rowsPerStep / rowsAtOnce);
  const T = recipe.batch.lineLength;
  const at = (B: number, maskedShare: number) => ({ B, T, M: Math.max(1, Math.round(B * T * maskedShare)) });

  const outputs = stepOutputs(objective, { isRecomputing: recipe.recomputation });
  const scoring = isUnigrpo ? { logProbs: objective.reports.logProbs } : undefined;
  const isGradient = (name: string) => name.startsWith("gradient.");
  const activations = Math.max(
    peakBytes(outputs, at(rowsAtOnce, 1), isGradient),
    scoring ? peakBytes(scoring, at(rowsAtOnce, 1)) : 0,
    isUnigrpo ? peakBytes({ logProbs: objective.reports.logProbs }, at(canvasesAtOnce(recipe), SAMPLED_SHARE)) : 0,
  );
  const hasOtherReference = isUnigrpo && recipe.loss.klBeta > 0 && !(lora && recipe.model.reference === undefined);
  const memory = withTotal({
    weights: FLOAT_BYTES * numTrained,
    frozen: lora ? frozenBytes(network, lora.base) : 0,
    reference: hasOtherReference ? frozenBytes(network, lora?.base) : 0,
    gradients: FLOAT_BYTES * numTrained * (numParts > 1 ? 2 : 1),
    optimizer: FLOAT_BYTES * optimizerNumbers(recipe, objective.specs),
    activations,
    process: PROCESS_BYTES,
  });

  const forEach = (graph: Readonly<Record<string, Symbolic>>) => numParts * floatOperations(graph, at(rowsAtOnce, 0.5));
  const rolloutOperationsPerStep = isUnigrpo ? rolloutOperations(recipe, objective, at) : 0;
  // Old log-probabilities, and those of the reference.
  const numScorings = isUnigrpo ? (recipe.loss.klBeta > 0 ? 2 : 1) : 0;
  const operationsPerStep =
    forEach(outputs) + rolloutOperationsPerStep + (scoring ? numScorings * forEach(scoring) : 0);
  return {
    numTrained,
    numFrozen: lora ? numParameters(network) : 0,
    memory,
    steps: recipe.steps,
    rowsPerStep,
    rowsAtOnce,
    tokensPerStep: rowsPerStep * T,
    tokens: recipe.steps * rowsPerStep * T,
    operationsPerStep,
    rolloutOperationsPerStep,
  };
}

function objectiveOf(recipe: TransformerRecipe, config: TransformerConfig): Objective {
  return recipe.objective === "unigrpo"
    ? unigrpoObjective(config, recipe.loss, recipe.lora)
    : pretrainingObjective(config, { lora: recipe.lora });
}

function numParameters(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

function withTotal(memory: Omit<RunMemory, "total">): RunMemory {
  return { ...memory, total: Object.values(memory).reduce((a, b) => a + b, 0) };
}

/** AdamW has two moments; Muon has one for the matrices that it moves, and a stack of those of a shape while it does. */
function optimizerNumbers({ optimizer }: TransformerRecipe, specs: readonly ParameterSpec[]): number {
  if (optimizer.type === "adamw") return 2 * numParameters(specs);
  const isMatrix = hiddenMatrices(specs);
  const matrices = specs.filter(({ name }) => isMatrix(name));
  return 2 * numParameters(specs.filter(({ name }) => !isMatrix(name))) + 2 * numParameters(matrices);
}

/** Noised answers of an inner update, by the noise that makes the most copies of an answer. */
function rowsOfUpdate(recipe: UnigrpoRecipe): number {
  const { rollouts, tasks } = recipe;
  const copies = Object.values(tasks).map(({ noise }) => {
    if (noise.kind === "random") return noise.copies;
    if (noise.kind === "coupled") return 2;
    return noise.kind === "trace" ? Math.ceil(stepsOf(recipe, "text") / noise.shrink) : 1;
  });
  return rollouts.groups * rollouts.groupSize * Math.max(...copies);
}

function stepsOf({ rollouts }: UnigrpoRecipe, kind: "text" | "image"): number {
  const { steps } = rollouts.sampling[kind] as { readonly steps?: number };
  return steps ?? RELEASED_DEFAULTS[kind].steps;
}

function canvasesAtOnce({ rollouts }: UnigrpoRecipe): number {
  return Math.min(rollouts.maxBatch, rollouts.groups * rollouts.groupSize);
}

/** An update's share of the sampling: every rollout a canvas as long as a line, by the longer of the text's and the picture's sampler. */
function rolloutOperations(
  recipe: UnigrpoRecipe,
  objective: Objective,
  at: (B: number, maskedShare: number) => DimSizes,
): number {
  const { rollouts, loss } = recipe;
  const evaluations = (["text", "image"] as const).map((kind) => {
    const { guidanceScale = 0 } = rollouts.sampling[kind] as { readonly guidanceScale?: number };
    return stepsOf(recipe, kind) * (guidanceScale > 0 ? 2 : 1);
  });
  const perCanvas = floatOperations({ logProbs: objective.reports.logProbs }, at(1, SAMPLED_SHARE));
  return (rollouts.groups * rollouts.groupSize * Math.max(...evaluations) * perCanvas) / loss.numIterations;
}
