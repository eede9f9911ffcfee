/**
 * The one denoising generator: fills the masked places of canvases, step by step. Text and pictures, whole answers and gaps differ
 * in their settings alone. It knows neither tokenizers nor pictures; the network and the randomness are arguments.
 */
import { type Random, uniforms } from "../array/random.js";
import type { VocabularyRange } from "../model/transformer.js";
import type { Row } from "../tokens/sequence.js";
import { endsText, type Vocabulary } from "../tokens/vocabulary.js";
import { fillRows, type PlacedRow } from "./canvas-rows.js";
import { haltonRanks } from "./halton-order.js";
import type { MaskPredictor } from "./mask-predictor.js";
import { evenTransferCounts, type MaskSchedule, scheduledTransferCounts } from "./mask-schedule.js";

/** What the places to be revealed are chosen by. `random` and `halton` ignore the network. */
export type Remasking = "low-confidence" | "margin" | "entropy" | "random" | "halton";

/** How the masked places of a canvas are filled. */
export interface SamplerSettings {
  /** Steps for the whole canvas; blocks share them evenly. */
  readonly steps: number;
  /** Places filled before the next ones are begun, from left to right; left out, all at once. */
  readonly blockLength?: number;
  readonly remasking: Remasking;
  /** How many places are revealed at each step: as many at each, or by a mask schedule. */
  readonly schedule: "even" | MaskSchedule;
  /** Temperature at which candidates are drawn; 0 takes the best. */
  readonly temperature: number;
  /** Gumbel noise on log confidences, and how it is annealed: as released, or as MaskGIT. */
  readonly choiceTemperature: number;
  readonly choiceAnnealing: "compound" | "linear";
  /** s of (1 + s)·conditional − s·unconditional; 0 is off. */
  readonly guidanceScale: number;
  /** Reveals every place that the network is surer of than this, at least one, instead of a fixed number (Fast-dLLM), in whatever order. */
  readonly confidenceThreshold?: number;
  /**
   * When the end of a text may be revealed: `free`, whenever it is sure, though words before it may still be missing; `last`, not before
   * places to its left in the block, unless they end the text too. Left out, `free`.
   */
  readonly endOfText?: "free" | "last";
  /** Ends the canvas with the block that ends the text: what would come after it is filled with the token that ends texts, unasked. */
  readonly isStoppedAtEnd?: boolean;
}

/** A sequence to be filled: the places that hold the mask token and are maskable. */
export interface Canvas {
  readonly row: Row;
  /** What guidance compares with; its masked places stand in the same order. */
  readonly unconditional?: Row;
  readonly settings: SamplerSettings;
  /** Places of a line, where those of the row's picture are a grid; left out, all that may be masked are one line. */
  readonly columns?: number;
  /** The ids that may be drawn. */
  readonly range: VocabularyRange;
  readonly noise: SamplerNoise;
}

/** The random numbers of a canvas, all in (0, 1). Steps count from 0. */
export interface SamplerNoise {
  /** For candidates: one for each place, or one for each place and column of the range (Gumbel-max). */
  candidates(step: number, places: readonly number[]): Float32Array;
  /** For confidences: one for each place. */
  confidences(step: number, places: readonly number[]): Float32Array;
}

/** Noise that depends on the generator, the step and the number of places alone: on nothing else in the batch. */
export function seededNoise(rng: Random): SamplerNoise {
  return {
    candidates: (step, places) => uniforms(rng.fork("candidates").fork(step), places.length),
    confidences: (step, places) => uniforms(rng.fork("confidences").fork(step), places.length),
  };
}

/** One canvas after a step. */
export interface CanvasStep {
  /** Its ids so far, masks included. */
  readonly ids: Int32Array;
  /** The same, with what the network proposed at this step for places of the block that are still masked. */
  readonly proposal: Int32Array;
  /** Places of the row revealed at this step, in the order that `remasking` gives, and how sure the network was of each: (0, 1]. */
  readonly revealed: readonly number[];
  readonly confidences: readonly number[];
  /** Sequence evaluations of the network so far; guidance counts 2. */
  readonly nfe: number;
  /** Steps taken, and steps in all where that is known. */
  readonly step: number;
  readonly numSteps?: number;
  readonly isDone: boolean;
}

/** All canvases after a step, in the order they were given. */
export type DenoisingStep = readonly CanvasStep[];

/** Where a canvas stands. */
interface Progress {
  readonly canvas: Canvas;
  readonly ids: Int32Array;
  readonly unconditionalIds?: Int32Array;
  /** Places of the unconditional row by those of the row. */
  readonly counterpart: ReadonlyMap<number, number>;
  /** Of a fixed order, the rank of each place of the row. */
  readonly rankOf?: (place: number) => number;
  readonly blocks: readonly Block[];
  block: number;
  stepInBlock: number;
  step: number;
  nfe: number;
  choiceTemperature: number;
  revealed: number[];
  confidences: number[];
  /** What was proposed for all places that were open at this step. */
  proposed: readonly (readonly [place: number, id: number])[];
}

interface Block {
  readonly places: readonly number[];
  /** Places to reveal at each step. */
  readonly counts: readonly number[];
}

/**
 * Fills canvases together; each gets exactly what it gets alone.
 * @yields after every step, the state of all canvases
 * @throws the signal's reason, between steps, when it is aborted; RangeError when settings do not fit the canvas,
 * or the network gives no numbers
 */
export async function* denoise(
  predict: MaskPredictor,
  vocabulary: Vocabulary,
  canvases: readonly Canvas[],
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<DenoisingStep, void, void> {
  const all = canvases.map((canvas) => begin(canvas, vocabulary.special.mask));
  while (all.some((progress) => !isDone(progress))) {
    signal?.throwIfAborted();
    const active = all.filter((progress) => !isDone(progress));
    await advance(predict, vocabulary, active);
    yield all.map(report);
  }
}

/** Fills canvases and returns their final ids. */
export async function denoiseFully(...args: Parameters<typeof denoise>): Promise<DenoisingStep> {
  const [, vocabulary, canvases] = args;
  let last: DenoisingStep = canvases.map((canvas) => report(begin(canvas, vocabulary.special.mask)));
  for await (const step of denoise(...args)) last = step;
  return last;
}

function begin(canvas: Canvas, maskTokenId: number): Progress {
  const { row, unconditional, settings } = canvas;
  const masked = maskedPlaces(row, maskTokenId);
  const counterparts = unconditional ? maskedPlaces(unconditional, maskTokenId) : [];
  if (settings.guidanceScale !== 0 && counterparts.length !== masked.length) {
    throw new RangeError(
      `guidance needs an unconditional row with the same ${masked.length} masked places, got ${counterparts.length}`,
    );
  }
  return {
    canvas,
    ids: row.ids.slice(),
    unconditionalIds: settings.guidanceScale !== 0 ? unconditional?.ids.slice() : undefined,
    counterpart: new Map(masked.map((place, i) => [place, counterparts[i]])),
    blocks: planBlocks(row, masked, settings),
    rankOf: settings.remasking === "halton" ? haltonOrder(canvas) : undefined,
    block: 0,
    stepInBlock: 0,
    step: 0,
    nfe: 0,
    choiceTemperature: settings.choiceTemperature,
    revealed: [],
    confidences: [],
    proposed: [],
  };
}

/** The order of a canvas's grid, whatever of it is masked. */
function haltonOrder({ row, columns }: Canvas): (place: number) => number {
  const { start, end } = (columns === undefined ? undefined : row.spans.image) ?? {
    start: row.isMaskable.indexOf(1),
    end: row.isMaskable.lastIndexOf(1) + 1,
  };
  const width = columns ?? end - start;
  const ranks = haltonRanks(Math.ceil((end - start) / width), width);
  return (place) => ranks[place - start];
}

/** The places that are to be filled. */
export function maskedPlaces({ ids, isMaskable }: Row, maskTokenId: number): number[] {
  return Array.from(ids.keys()).filter((place) => ids[place] === maskTokenId && isMaskable[place]);
}

/** More than any sequence has places; beyond, steps that reveal nothing would only go on. */
export const MAX_STEPS = 2 ** 16;

/** Cuts the masked places into blocks and shares the steps out among them. */
function planBlocks(row: Row, masked: readonly number[], settings: SamplerSettings): Block[] {
  const { steps, blockLength, schedule } = settings;
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= MAX_STEPS)) {
    throw new RangeError(`steps must be a whole number from 1 to ${MAX_STEPS}, got ${steps}`);
  }
  if (masked.length === 0) return [];
  const blocks = blocksOf(row, masked, blockLength);
  // By a threshold as many steps are taken as it comes to.
  if (steps % blocks.length !== 0 && settings.confidenceThreshold === undefined) {
    throw new RangeError(`${steps} steps cannot be shared out evenly among ${blocks.length} blocks`);
  }
  const stepsPerBlock = Math.ceil(steps / blocks.length);
  return blocks.map((block) => ({
    places: block,
    counts:
      schedule === "even"
        ? evenTransferCounts(block.length, stepsPerBlock)
        : scheduledTransferCounts(block.length, stepsPerBlock, schedule),
  }));
}

/** The masked places, block by block; blocks without any are left out. Without a length all are one. */
export function blocksOf(row: Row, masked: readonly number[], blockLength = row.ids.length): number[][] {
  if (!(blockLength >= 1)) throw new RangeError(`blockLength must be at least 1, got ${blockLength}`);
  const start = row.isMaskable.indexOf(1);
  return groupBy(masked, (place) => Math.floor((place - start) / blockLength));
}

const isDone = (progress: Progress): boolean => progress.block >= progress.blocks.length;

const isThresholded = ({ canvas }: Progress): boolean => canvas.settings.confidenceThreshold !== undefined;

/** Places of the current block that are still masked. */
function openPlaces({ blocks, block, ids }: Progress, maskTokenId: number): number[] {
  return blocks[block].places.filter((place) => ids[place] === maskTokenId);
}

/** One step of every active canvas, in one evaluation of the network. */
async function advance(predict: MaskPredictor, vocabulary: Vocabulary, active: readonly Progress[]): Promise<void> {
  const maskTokenId = vocabulary.special.mask;
  const waiting = active.filter((progress) => isThresholded(progress) || plannedCount(progress) > 0);
  for (const progress of active) if (!waiting.includes(progress)) finishStep(progress, [], [], vocabulary);
  // Canvases that draw from different ranges, or with another number of uniforms, are evaluated apart.
  const open = waiting.map((progress): Open => {
    const places = openPlaces(progress, maskTokenId);
    return { progress, places, uniforms: progress.canvas.noise.candidates(progress.step, places) };
  });
  const kindOf = ({ progress: { canvas }, places, uniforms }: Open) =>
    `${canvas.range.start} ${canvas.range.end} ${uniforms.length === places.length}`;
  for (const group of groupBy(open, kindOf)) await advanceGroup(predict, vocabulary, group);
}

/** A canvas at a step: its open places, and the random numbers for what may stand there. */
interface Open {
  readonly progress: Progress;
  readonly places: readonly number[];
  readonly uniforms: Float32Array;
}

async function advanceGroup(predict: MaskPredictor, vocabulary: Vocabulary, group: readonly Open[]): Promise<void> {
  const placed = group.map(
    ({ progress, places }): PlacedRow => ({
      row: { ...progress.canvas.row, ids: progress.ids },
      unconditional: progress.unconditionalIds && {
        ...(progress.canvas.unconditional as Row),
        ids: progress.unconditionalIds,
      },
      places,
      counterparts: places.map((place) => progress.counterpart.get(place) as number),
    }),
  );
  const rows = fillRows(vocabulary, placed);
  const perPlace = (value: (settings: SamplerSettings) => number) =>
    Float32Array.from(group.flatMap(({ progress, places }) => places.map(() => value(progress.canvas.settings))));
  const proposed = await predict(rows.batch, {
    places: rows.places,
    unconditionalPlaces: rows.unconditionalPlaces,
    guidanceScales: perPlace(({ guidanceScale }) => guidanceScale),
    temperatures: perPlace(({ temperature }) => temperature),
    uniforms: joined(group.map(({ uniforms }) => uniforms)),
    range: group[0].progress.canvas.range,
  });

  if (proposed.logProbs.some(Number.isNaN)) {
    throw new RangeError(
      "the network gives NaN in place of probabilities: its weights hold NaN or infinities, or numbers beyond what it computes in",
    );
  }
  let start = 0;
  for (const { progress, places } of group) {
    const end = start + places.length;
    const candidates = proposed.candidates.subarray(start, end);
    const sureness = logConfidences(progress, {
      logProbs: proposed.logProbs.subarray(start, end),
      margins: proposed.margins.subarray(start, end),
      entropies: proposed.entropies.subarray(start, end),
    });
    const scores = revealingScores(progress, places, sureness);
    start = end;
    progress.nfe += progress.unconditionalIds ? 2 : 1;
    const isEarly = earlyEnds(progress, vocabulary, candidates);
    const order = Array.from(scores.keys()).sort(
      (a, b) => Number(isEarly[a]) - Number(isEarly[b]) || scores[b] - scores[a] || a - b,
    );
    const chosen = chosenOf(progress, order, sureness, isEarly);
    for (const index of chosen) reveal(progress, places[index], candidates[index]);
    progress.proposed = places.map((place, index) => [place, candidates[index]]);
    finishStep(
      progress,
      chosen.map((index) => places[index]),
      chosen.map((index) => Math.exp(sureness[index])),
      vocabulary,
    );
  }
}

function reveal(progress: Progress, place: number, id: number): void {
  progress.ids[place] = id;
  if (progress.unconditionalIds) progress.unconditionalIds[progress.counterpart.get(place) as number] = id;
}

function plannedCount({ blocks, block, stepInBlock }: Progress): number {
  return blocks[block].counts[stepInBlock] ?? 0;
}

/** Which of the open places are revealed: as many as are planned, or all that are sure enough, and if none is, the first. */
function chosenOf(
  progress: Progress,
  order: readonly number[],
  sureness: Float64Array,
  isEarly: readonly boolean[],
): readonly number[] {
  const { confidenceThreshold } = progress.canvas.settings;
  if (confidenceThreshold === undefined) return order.slice(0, plannedCount(progress));
  const sure = order.filter((index) => sureness[index] > Math.log(confidenceThreshold) && !isEarly[index]);
  return sure.length > 0 ? sure : order.slice(0, 1);
}

/** Of the candidates for the open places of a block: those that would end the text while other text may still come before them. */
function earlyEnds({ canvas }: Progress, vocabulary: Vocabulary, candidates: Int32Array): boolean[] {
  const isEnd = Array.from(candidates, (id) => endsText(vocabulary, id));
  const firstOther = canvas.settings.endOfText === "last" ? isEnd.indexOf(false) : -1;
  return isEnd.map((ends, i) => ends && firstOther !== -1 && i > firstOther);
}

/** How sure the network is of its candidates for the open places, as logarithms; by the measure that they are chosen by, where it is one. */
function logConfidences(
  { canvas }: Progress,
  { logProbs, margins, entropies }: { logProbs: Float32Array; margins: Float32Array; entropies: Float32Array },
): Float64Array {
  const { remasking } = canvas.settings;
  if (remasking === "margin") return Float64Array.from(margins, (margin) => Math.log(Math.max(margin, 1e-30)));
  if (remasking === "entropy") return Float64Array.from(entropies, (entropy) => -entropy);
  return Float64Array.from(logProbs);
}

/** What the open places are revealed by, the highest first: a fixed order, chance, or confidences, with noise where that is asked for. */
function revealingScores(progress: Progress, places: readonly number[], sureness: Float64Array): Float64Array {
  const { settings, noise } = progress.canvas;
  const { rankOf } = progress;
  if (rankOf) return Float64Array.from(places, (place) => -rankOf(place));
  const isRandom = settings.remasking === "random";
  progress.choiceTemperature = annealed(progress);
  if (!isRandom && settings.choiceTemperature === 0) return sureness;
  const random = noise.confidences(progress.step, places);
  if (isRandom) return Float64Array.from(random);
  return sureness.map((score, i) => score + progress.choiceTemperature * -Math.log(-Math.log(random[i])));
}

/** The noise falls with progress: compounding over steps as in the released code, or linearly as in MaskGIT. */
function annealed({ canvas: { settings }, choiceTemperature, step }: Progress): number {
  // By a threshold more steps may be taken than were planned.
  const remaining = Math.max(0, 1 - (step + 1) / settings.steps);
  return (settings.choiceAnnealing === "compound" ? choiceTemperature : settings.choiceTemperature) * remaining;
}

function finishStep(progress: Progress, revealed: number[], confidences: number[], vocabulary: Vocabulary): void {
  progress.revealed = revealed;
  progress.confidences = confidences;
  progress.step++;
  progress.stepInBlock++;
  const { places, counts } = progress.blocks[progress.block];
  // A place a step at least, so never more steps than places, not even where the network proposes the mask token itself.
  const isBlockDone = isThresholded(progress)
    ? openPlaces(progress, vocabulary.special.mask).length === 0 || progress.stepInBlock >= places.length
    : progress.stepInBlock >= counts.length;
  if (!isBlockDone) return;
  progress.block++;
  progress.stepInBlock = 0;
  const { canvas, blocks, ids } = progress;
  if (!canvas.settings.isStoppedAtEnd || !places.some((place) => endsText(vocabulary, ids[place]))) return;
  for (const { places: later } of blocks.slice(progress.block))
    for (const place of later) reveal(progress, place, vocabulary.special.eos);
  progress.block = blocks.length;
}

function report(progress: Progress): CanvasStep {
  const proposal = progress.ids.slice();
  for (const [place, id] of progress.proposed) proposal[place] = id;
  return {
    ids: progress.ids.slice(),
    proposal,
    revealed: progress.revealed,
    confidences: progress.confidences,
    nfe: progress.nfe,
    step: progress.step,
    numSteps: isThresholded(progress) ? undefined : progress.canvas.settings.steps,
    isDone: isDone(progress),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    result.set(part, start);
    start += part.length;
  }
  return result;
}

function groupBy<T, Key>(items: readonly T[], keyOf: (item: T) => Key): T[][] {
  const groups = new Map<Key, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}
