/**
 * From laid-out rows to the tensors of a training step: rows are noised, packed (`packing.ts`), and every masked place gets its
 * weight in the loss. A row carries its own task and weights; nothing is told apart by its position in the batch.
 */
import type { Random } from "../array/random.js";
import { type Tensor, vector } from "../array/tensor.js";
import { drawStratifiedTimes, drawTime, forwardProcess, type MaskingRule } from "../diffusion/forward-process.js";
import type { Row, Task } from "../tokens/sequence.js";
import { type BlockNoise, drawBlock } from "./block-noise.js";
import { type MaskedRow, type PackedRows, type PackingSettings, packRows } from "./packing.js";

/** How the rows of a task are noised and what they weigh. */
export interface TaskNoise {
  /** Coefficient of the task's loss in the total. */
  readonly coefficient: number;
  readonly masking: MaskingRule;
  /** Rows that are noised block by block; left out, none. */
  readonly blocks?: BlockNoise | undefined;
  /**
   * Diffusion times are from here to 1; left out, from 0. A row with little masked says little and weighs much: without such rows the loss
   * varies less (the clipped schedules of Arriola et al. 2025, arXiv 2503.09573).
   */
  readonly minTime?: number | undefined;
  /** What a code of a picture weighs next to a place of the reasoning ahead of it (`r2i`); left out, as much. */
  readonly pictureWeight?: number | undefined;
}

/** How rows become a batch. */
export interface BatchSettings extends PackingSettings {
  readonly tasks: Readonly<Record<Task, TaskNoise>>;
  readonly maskTokenId: number;
  /** The end-of-text that fills answers up. */
  readonly eosTokenId: number;
  /** What a filler (an end-of-text after an answer's first) weighs and counts, next to a place that says something; released: 1. */
  readonly fillerWeight: number;
  /** Diffusion times of a task's rows: each by itself, as released, or spread evenly over the batch. */
  readonly times: "independent" | "stratified";
}

/** A row with the weights of its masked places in the loss of its task. */
interface NoisedExample extends MaskedRow {
  readonly placeWeights: readonly number[];
}

/** Rows noised and packed: what the graph takes, and what accounts for it. */
export interface PackedBatch {
  readonly inputs: PackedRows["inputs"] & { readonly weights: Tensor<"float32"> };
  /** The task of each masked place, for accounting. */
  readonly placeTasks: readonly Task[];
  /** Weights within the task: what `weights` is before the coefficient. */
  readonly taskWeights: Float32Array;
  /** Real places of the batch. */
  readonly numTokens: number;
  readonly numRows: number;
}

/**
 * Noises rows and packs them into lines of at most `lineLength` places. Weights follow the table in the paper's released training
 * code: a text place 1/t, divided by the length of the row's answer (chat, understanding, reasoning) or of the row (plain
 * text), averaged over the rows of the task; an image place 1, averaged over the task's masked codes.
 * @throws RangeError when a row is longer than a line
 */
export function packBatch(rows: readonly Row[], settings: BatchSettings, rng: Random): PackedBatch {
  return packBatches(rows, settings, 1, rng)[0];
}

/** The same as so many batches. Averages are those of all rows, so that the losses of the batches add up to the loss of one. */
export function packBatches(
  rows: readonly Row[],
  settings: BatchSettings,
  numBatches: number,
  rng: Random,
): PackedBatch[] {
  const examples = averaged(noiseRows(rows, settings, rng));
  const perBatch = Math.max(1, Math.ceil(examples.length / numBatches));
  return Array.from({ length: Math.max(1, Math.ceil(examples.length / perBatch)) }, (_, i) =>
    packExamples(examples.slice(i * perBatch, (i + 1) * perBatch), settings),
  );
}

function packExamples(examples: readonly NoisedExample[], settings: BatchSettings): PackedBatch {
  const { inputs, origins, numTokens } = packRows(examples, settings);
  const placeTasks = origins.map(({ row }) => examples[row].row.task);
  const taskWeights = Float32Array.from(origins, ({ row, index }) => examples[row].placeWeights[index]);
  const weights = taskWeights.map((weight, i) => weight * settings.tasks[placeTasks[i]].coefficient);
  return {
    inputs: { ...inputs, weights: vector("float32", weights) },
    ...{ placeTasks, taskWeights, numTokens, numRows: examples.length },
  };
}

function noiseRows(rows: readonly Row[], settings: BatchSettings, rng: Random): NoisedExample[] {
  const times = settings.times === "stratified" ? stratifiedTimes(rows, rng.fork("times")) : undefined;
  return rows.map((row, i) => {
    const own = rng.fork(i);
    return noiseRow(row, times?.[i] ?? drawTime(own), settings, own);
  });
}

/** A time for each row, spread evenly among those of its task. */
function stratifiedTimes(rows: readonly Row[], rng: Random): number[] {
  const left = new Map<Task, number[]>();
  for (const task of new Set(rows.map((row) => row.task))) {
    left.set(task, drawStratifiedTimes(rows.filter((row) => row.task === task).length, rng.fork(task)));
  }
  return rows.map(({ task }) => left.get(task)?.pop() as number);
}

function noiseRow(row: Row, t: number, settings: BatchSettings, rng: Random): NoisedExample {
  const { masking, blocks, minTime = 0 } = settings.tasks[row.task];
  const worth = placeWorths(row, settings);
  const block = blocks && drawBlock(row, blocks, worth, rng.fork("blocks"));
  const isMaskable = block?.isInside ?? row.isMaskable;
  // Sampling that goes on from what is given meets nothing but masks.
  const time = row.spans.given ? 1 : minTime + (1 - minTime) * t;
  const noised = forwardProcess(row.ids, isMaskable, time, masking, settings.maskTokenId, rng);
  const { isMasked, maskProb } = noised;
  const noisyIds = noised.noisyIds.map((id, place) => (block?.isBehind[place] ? settings.maskTokenId : id));
  const places = Array.from(isMasked.keys()).filter((place) => isMasked[place]);
  if (row.task === "t2i") return { row, noisyIds, places, placeWeights: places.map(() => 1) };
  const answerLength = isMaskable.reduce((sum, flag, place) => sum + flag * worth[place], 0);
  return { row, noisyIds, places, placeWeights: places.map((place) => worth[place] / (maskProb * answerLength)) };
}

/** 1 for a place that says something, less for codes of a picture that is thought through and for what only fills a text up. */
function placeWorths({ task, ids, spans }: Row, { eosTokenId, fillerWeight, tasks }: BatchSettings): Float32Array {
  const worth = new Float32Array(ids.length).fill(1);
  if (task === "r2i" && spans.image) worth.fill(tasks.r2i.pictureWeight ?? 1, spans.image.start, spans.image.end);
  for (const span of [spans.answer, spans.reasoning]) {
    if (!span) continue;
    const end = ids.subarray(span.start, span.end).indexOf(eosTokenId);
    if (end >= 0) worth.fill(fillerWeight, span.start + end + 1, span.end);
  }
  return worth;
}

/** Each task's weights, divided by its rows, or for pictures by its masked codes. */
function averaged(examples: readonly NoisedExample[]): NoisedExample[] {
  const divisors = new Map<Task, number>();
  for (const { row, places } of examples) {
    divisors.set(row.task, (divisors.get(row.task) ?? 0) + (row.task === "t2i" ? places.length : 1));
  }
  return examples.map((example) => {
    const divisor = divisors.get(example.row.task) as number;
    return { ...example, placeWeights: example.placeWeights.map((weight) => weight / divisor) };
  });
}
