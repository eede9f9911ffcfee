/** Where a canvas stands between two steps: what is revealed of it, how far its blocks are, and what it tells of that. */
import { endsText, type Vocabulary } from "../tokens/vocabulary.js";
import { type Block, maskedPlaces, planBlocks } from "./blocks.js";
import type { Canvas, CanvasStep } from "./canvas.js";
import { haltonOrder } from "./halton-order.js";

/** Where a canvas stands. */
export interface Progress {
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
  revealed: readonly number[];
  confidences: readonly number[];
  /** What was proposed for all places that were open at this step. */
  proposed: readonly (readonly [place: number, id: number])[];
}

/** @throws RangeError when the settings do not fit the canvas */
export function begin(canvas: Canvas, maskTokenId: number): Progress {
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

export function isDone({ block, blocks }: Progress): boolean {
  return block >= blocks.length;
}

/** Whether the next step asks the network: some plans have steps that reveal nothing. */
export function isAsking(progress: Progress): boolean {
  return isThresholded(progress) || plannedCount(progress) > 0;
}

function isThresholded({ canvas }: Progress): boolean {
  return canvas.settings.confidenceThreshold !== undefined;
}

/**
 * Places that may be revealed: the masked ones of the current block, and, where numbers are planned, those of earlier blocks too, which are
 * left where the mask itself was proposed.
 */
export function openPlaces(progress: Progress, maskTokenId: number): number[] {
  const { blocks, block, ids } = progress;
  const from = isThresholded(progress) ? block : 0;
  return blocks.slice(from, block + 1).flatMap(({ places }) => places.filter((place) => ids[place] === maskTokenId));
}

/** Puts an id at a place, and at that place of what guidance compares with. */
export function reveal(progress: Progress, place: number, id: number): void {
  progress.ids[place] = id;
  if (progress.unconditionalIds) progress.unconditionalIds[progress.counterpart.get(place) as number] = id;
}

/** Places to reveal at the next step, where no threshold says so. */
export function plannedCount({ blocks, block, stepInBlock }: Progress): number {
  return blocks[block].counts[stepInBlock] ?? 0;
}

/** Goes on to the next step, with what this one revealed; from a block that is filled to the next, or to the end where it ends the text. */
export function finishStep(
  progress: Progress,
  revealed: readonly number[],
  confidences: readonly number[],
  vocabulary: Vocabulary,
): void {
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

/** The canvas as it stands, in arrays of their own. */
export function report(progress: Progress): CanvasStep {
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
