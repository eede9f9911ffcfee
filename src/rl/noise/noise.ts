/**
 * How an answer is noised before its likelihood is estimated. A noise is a function from a rollout and the number of an inner update
 * to noised copies; each is one file beside this one and a line in `noises.ts`. The same request always gives the same
 * copies, so new, old and reference log-probabilities are taken on one noise.
 */
import type { z } from "zod";
import { type Random, shuffle } from "../../array/random.js";

/** What a noise may look at. Places are those of the rollout's row, in ascending order. */
export interface NoiseRequest {
  /** Whether the answer is a picture's codes. */
  readonly isPicture: boolean;
  /** What the likelihood is taken over: the answer up to its end, or the codes. */
  readonly answer: readonly number[];
  /** What fills the canvas up after the answer's end: noised with it, so that it does not give the end away, but never scored. */
  readonly filling: readonly number[];
  /** The text that was given. */
  readonly prompt: readonly number[];
  /** For every place of the row the step of the sampler, from 0, that revealed it; −1 where it was given. */
  readonly revealSteps: Int32Array;
  /** The inner update, from 0, of `numUpdates`. */
  readonly update: number;
  readonly numUpdates: number;
  /** The rollout's own stream, the same at every update: fork it by `update` for what is to be fresh. */
  readonly rng: Random;
}

/** One noised copy of a rollout. */
export interface NoisedCopy {
  /** Places that hold the mask token. */
  readonly masked: readonly number[];
  /** Places, masked too, whose likelihood is taken. */
  readonly scored: readonly number[];
}

export type Noise = (request: NoiseRequest) => readonly NoisedCopy[];

/** A noise with the settings that a recipe may give it; `kind` is its name. */
export interface NoiseDefinition<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** The most copies that it makes of a rollout at an update, the sampler having taken so many steps: what a run costs hangs on it. */
  numCopies(settings: z.infer<Schema>, numSteps: number): number;
  create(settings: z.infer<Schema>): Noise;
}

/** Infers the settings' type from the schema. */
export function defineNoise<Schema extends z.ZodType>(definition: NoiseDefinition<Schema>): NoiseDefinition<Schema> {
  return definition;
}

/**
 * Masks this share of the answer and of what fills it up. At least one place of the answer is masked and, where it has two, one is
 * not.
 */
export function maskAtRatio(
  { answer, filling }: Pick<NoiseRequest, "answer" | "filling">,
  ratio: number,
  rng: Random,
): NoisedCopy {
  const count = Math.max(1, Math.min(answer.length - 1, Math.round(ratio * answer.length)));
  const scored = choosePlaces(answer, count, rng);
  const further = choosePlaces(filling, Math.round(ratio * filling.length), rng);
  return { masked: [...scored, ...further], scored };
}

/** So many of the places, in ascending order. */
function choosePlaces(places: readonly number[], count: number, rng: Random): number[] {
  return shuffle(rng, places)
    .slice(0, count)
    .sort((a, b) => a - b);
}
