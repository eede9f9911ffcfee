/** What is filled: sequences with masked places, the settings and the random numbers they are filled with, and how they stand after a step. */
import { type Random, uniforms } from "../array/random.js";
import type { VocabularyRange } from "../model/transformer.js";
import type { Row } from "../tokens/sequence.js";
import type { MaskSchedule } from "./mask-schedule.js";

export const REMASKINGS = ["low-confidence", "margin", "entropy", "random", "halton"] as const;

/** What the places to be revealed are chosen by. `random` and `halton` ignore the network. */
export type Remasking = (typeof REMASKINGS)[number];

export const CHOICE_ANNEALINGS = ["compound", "linear"] as const;
export const ENDS_OF_TEXT = ["free", "last"] as const;

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
  readonly choiceAnnealing: (typeof CHOICE_ANNEALINGS)[number];
  /** s of (1 + s)·conditional − s·unconditional; 0 is off. */
  readonly guidanceScale: number;
  /** Reveals every place that the network is surer of than this, at least one, instead of a fixed number (Fast-dLLM), in whatever order. */
  readonly confidenceThreshold?: number;
  /**
   * When the end of a text may be revealed: `free`, whenever it is sure, though words before it may still be missing; `last`, not before
   * places to its left in the block, unless they end the text too. Left out, `free`.
   */
  readonly endOfText?: (typeof ENDS_OF_TEXT)[number];
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
  /** The same, with what the network proposed at this step for places that might have been revealed. */
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
