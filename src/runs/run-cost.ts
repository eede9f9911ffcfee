/**
 * What a run of a recipe will take, worked out from the recipe and the network's settings alone: memory by kind, steps and tokens, and
 * floating-point operations. Pure arithmetic over the very graphs that the run would compile; no weights, no files, no clock.
 */
import { type DimSizes, floatOperations, peakBytes } from "../graph/cost.js";
import { input } from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { ImageTokenizerConfig, TransformerConfig } from "../model/config.js";
import { decoderParameters, encode, encoderParameters } from "../model/image-tokenizer.js";
import { listParameters, type ParameterSpec, symbolicParameter } from "../model/parameters.js";
import { frozenBytes } from "../model/quantized-base.js";
import { transformerParameters } from "../model/transformer.js";
import { numCopies } from "../rl/noise/noises.js";
import { type ReinforcedTaskName, reinforcedTask } from "../rl/reinforced-tasks.js";
import { unigrpoObjective } from "../rl/unigrpo-loss.js";
import { lossSettings, rolledOutTasks, type UnigrpoRecipe } from "../rl/unigrpo-recipe.js";
import type { SamplingOptions } from "../tasks/options.js";
import { RELEASED_DEFAULTS, type TaskDefaults } from "../tasks/task-defaults.js";
import { picturesAtOnce } from "../training/image-codes.js";
import { type Objective, stepOutputs } from "../training/objective.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import type { DiffusionRows, MaskedDiffusionRecipe } from "../training/recipe.js";

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
  /** The image tokenizer's weights, and what it has alive while pictures are made codes; 0 without one. */
  readonly imageTokenizer: number;
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

/** The image tokenizer of a run, and the pixels of a side of its pictures. */
export interface PictureNetwork {
  readonly config: ImageTokenizerConfig;
  readonly resolution: number;
}

/** What stands beside the transformer in the model's directory. */
export interface ModelSurroundings {
  /** Left out, the run has no image tokenizer. */
  readonly pictures?: PictureNetwork;
  /** How rollouts are sampled where the recipe does not say; left out, as released. */
  readonly defaults?: TaskDefaults;
}

/**
 * @throws RangeError, ConfigError for settings that make no network
 */
export function costOf(
  recipe: TransformerRecipe,
  config: TransformerConfig,
  { pictures, defaults = RELEASED_DEFAULTS }: ModelSurroundings = {},
): RunCost {
  const { lora } = recipe;
  const objective = objectiveOf(recipe, config);
  const network = listParameters((make) => transformerParameters(config, make));
  const numTrained = numParameters(objective.specs);
  const isUnigrpo = recipe.objective === "unigrpo";
  const parts = partsOf(recipe, defaults);
  const [own] = parts;
  const numParts = parts.reduce((sum, { count }) => sum + count, 0);
  const at = (B: number, maskedShare: number, T = own.T) => ({ B, T, M: Math.max(1, Math.round(B * T * maskedShare)) });

  const outputs = stepOutputs(objective, { isRecomputing: recipe.recomputation });
  const scoring = isUnigrpo ? { logProbs: objective.reports.logProbs } : undefined;
  const isGradient = (name: string) => name.startsWith("gradient.");
  const activations = Math.max(
    ...parts.map(({ rows, T }) => peakBytes(outputs, at(rows, 1, T), isGradient)),
    scoring ? peakBytes(scoring, at(own.rows, 1)) : 0,
    isUnigrpo ? rolloutBytes(recipe, defaults, objective, at) : 0,
  );
  const hasOtherReference = isUnigrpo && recipe.loss.klBeta > 0 && !(lora && recipe.model.reference === undefined);
  const memory = withTotal({
    weights: FLOAT_BYTES * numTrained,
    frozen: lora ? frozenBytes(network, lora.base) : 0,
    reference: hasOtherReference ? frozenBytes(network, lora?.base) : 0,
    gradients: FLOAT_BYTES * numTrained * (numParts > 1 ? 2 : 1),
    optimizer: FLOAT_BYTES * optimizerNumbers(recipe, objective.specs),
    activations,
    imageTokenizer: pictures ? imageTokenizerBytes(pictures) : 0,
    process: PROCESS_BYTES,
  });

  const operationsOf = (graph: Readonly<Record<string, Symbolic>>, { count, rows, T }: Part) =>
    count * floatOperations(graph, at(rows, 0.5, T));
  const learning = parts.reduce((sum, part) => sum + operationsOf(outputs, part), 0);
  const rolloutOperationsPerStep = isUnigrpo ? rolloutOperations(recipe, defaults, objective, at) : 0;
  // Old log-probabilities, and those of the reference.
  const numScorings = isUnigrpo ? (recipe.loss.klBeta > 0 ? 2 : 1) : 0;
  const operationsPerStep =
    learning + rolloutOperationsPerStep + (scoring ? numScorings * operationsOf(scoring, own) : 0);
  const tokensPerStep = parts.reduce((sum, { rowsPerStep, T }) => sum + rowsPerStep * T, 0);
  return {
    numTrained,
    numFrozen: lora ? numParameters(network) : 0,
    memory,
    steps: recipe.steps,
    rowsPerStep: own.rowsPerStep,
    rowsAtOnce: own.rows,
    tokensPerStep,
    tokens: recipe.steps * tokensPerStep,
    operationsPerStep,
    rolloutOperationsPerStep,
  };
}

/** What a step is computed in: so many parts alike. */
interface Part {
  readonly count: number;
  /** Of a part, and of all of them. */
  readonly rows: number;
  readonly rowsPerStep: number;
  /** Places of a line. */
  readonly T: number;
}

/** The parts of a step that its own rows are computed in, and those of the rows that are replayed. */
function partsOf(recipe: TransformerRecipe, defaults: TaskDefaults): Part[] {
  if (recipe.objective === "masked-diffusion") return [supervisedPart(recipe.batch)];
  const rowsPerStep = rowsOfUpdate(recipe, defaults);
  const rows = Math.min(recipe.batch.rows, rowsPerStep);
  // Guidance compares with as many rows again.
  const perRow = recipe.loss.likelihood === "sampling" ? 2 : 1;
  const T = recipe.batch.lineLength;
  const own = { rowsPerStep: perRow * rowsPerStep, rows: perRow * rows, count: Math.ceil(rowsPerStep / rows), T };
  return recipe.replay ? [own, supervisedPart(recipe.replay.batch)] : [own];
}

function supervisedPart({ rows: rowsPerStep, accumulation, lineLength: T }: DiffusionRows["batch"]): Part {
  const rows = Math.ceil(rowsPerStep / accumulation);
  return { rowsPerStep, rows, count: Math.ceil(rowsPerStep / rows), T };
}

/** Codes of as many pictures as training encodes at once: the weights of both directions, and what is alive on the way. */
function imageTokenizerBytes({ config, resolution }: PictureNetwork): number {
  const pixels = input("pixels", "float32", ["B", 3, resolution, resolution]);
  const encoded = encode(config, encoderParameters(config, symbolicParameter), pixels);
  const specs = [encoderParameters, decoderParameters].flatMap((parameters) =>
    listParameters((make) => parameters(config, make)),
  );
  return FLOAT_BYTES * numParameters(specs) + peakBytes({ encoded }, { B: picturesAtOnce(resolution) });
}

function objectiveOf(recipe: TransformerRecipe, config: TransformerConfig): Objective {
  return recipe.objective === "unigrpo"
    ? unigrpoObjective(config, lossSettings(recipe), recipe.lora)
    : pretrainingObjective(config, { lora: recipe.lora });
}

function numParameters(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

function withTotal(memory: Omit<RunMemory, "total">): RunMemory {
  return { ...memory, total: Object.values(memory).reduce((a, b) => a + b, 0) };
}

/** AdamW has two moments; Muon has one for the matrices that it moves, and a stack of those of a shape while it does. An average is one more. */
function optimizerNumbers({ averageDecay }: TransformerRecipe, specs: readonly ParameterSpec[]): number {
  const average = averageDecay === undefined ? 0 : numParameters(specs);
  return average + 2 * numParameters(specs);
}

/** Noised answers of an inner update, by the task whose noise makes the most copies of an answer. */
function rowsOfUpdate(recipe: UnigrpoRecipe, defaults: TaskDefaults): number {
  const { rollouts, tasks } = recipe;
  const copies = rolledOutTasks(recipe).map((task) => {
    const numSteps = samplersOf(recipe, defaults, task).reduce((sum, { steps }) => sum + steps, 0);
    return numCopies(tasks[task].noise, numSteps);
  });
  return rollouts.groups * rollouts.groupSize * Math.max(...copies);
}

/** How each part of a task's answers is sampled: steps, and rows that the network is asked about a canvas, since guidance compares with another. */
function samplersOf(
  { rollouts }: UnigrpoRecipe,
  defaults: TaskDefaults,
  task: ReinforcedTaskName,
): { readonly steps: number; readonly rows: number }[] {
  return reinforcedTask(task).parts.map((part) => {
    const { steps = defaults[part].steps, guidanceScale = defaults[part].guidanceScale } = rollouts.sampling[
      part
    ] as SamplingOptions;
    return { steps, rows: guidanceScale === 0 ? 1 : 2 };
  });
}

/** What a batch of canvases as long as a line has alive, with the rows that they are compared with. */
function rolloutBytes(recipe: UnigrpoRecipe, defaults: TaskDefaults, objective: Objective, at: Sizes): number {
  const { maxBatch, groups, groupSize } = recipe.rollouts;
  const samplers = rolledOutTasks(recipe).flatMap((task) => samplersOf(recipe, defaults, task));
  const perCanvas = Math.max(...samplers.map(({ rows }) => rows));
  const rows = perCanvas * Math.min(maxBatch, groups * groupSize);
  // Of the two the head sees one.
  return peakBytes({ logProbs: objective.reports.logProbs }, at(rows, SAMPLED_SHARE / perCanvas));
}

/** An update's share of the sampling: every rollout a canvas as long as a line, of the task that takes the most evaluations. */
function rolloutOperations(recipe: UnigrpoRecipe, defaults: TaskDefaults, objective: Objective, at: Sizes): number {
  const { rollouts, loss } = recipe;
  const evaluations = rolledOutTasks(recipe).map((task) =>
    samplersOf(recipe, defaults, task).reduce((sum, { steps, rows }) => sum + steps * rows, 0),
  );
  const perRow = floatOperations({ logProbs: objective.reports.logProbs }, at(1, SAMPLED_SHARE));
  return (rollouts.groups * rollouts.groupSize * Math.max(...evaluations) * perRow) / loss.numIterations;
}

/** Sizes of B rows of which a share of the places is masked. */
type Sizes = (B: number, maskedShare: number) => DimSizes;
