/**
 * What differs between kinds of training: the loss, where it starts, its batches, and how the result is looked at. The loop and all
 * that is around it (`run-node.ts`) are one.
 */
import type { MixtureOptions } from "../data/mixture.js";
import type { Image } from "../images/image.js";
import type { AnyWeights } from "../model/weight-source.js";
import type { Backend } from "../runtime/backend.js";
import type { DownloadProgress } from "../weights/hub.js";
import type { BatchSource } from "./loop.js";
import type { Objective, Weights } from "./objective.js";
import type { Turn } from "./turns.js";

/** What stages are opened with. */
export interface StageContext {
  readonly backend: Backend;
  /** What paths in the recipe are relative to. */
  readonly directory: string;
  /** The run's own directory, for what else is to be kept of it. */
  readonly output: string;
  /**
   * Ends what takes long: before the first step (models that are downloaded and loaded), in the making of batches, such as rollouts, and
   * in looks. The opening of the stage, `next()` of the source or `validate()` then throws its reason.
   */
  readonly signal?: AbortSignal;
  /** Told of every piece of a model that is downloaded. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told of every broken record that is skipped. */
  readonly onSkip?: MixtureOptions["onSkip"];
  /** Told of what goes wrong without ending the run. */
  readonly onWarning?: (text: string) => void;
}

export interface Stage {
  readonly objective: Objective;
  /** Whether a parameter is decayed. */
  readonly isDecayed: (name: string) => boolean;
  /** The weights before the first update. */
  startWeights(): Promise<Weights>;
  /** Weights that the objective's graph has beside those: the model's own, where adapters are trained. */
  readonly frozen?: AnyWeights;
  /** Keeps what else there is of a finished run, and gives the finished model's weights; left out, those that were trained. */
  finish?(weights: Weights): Promise<Weights>;
  /**
   * @param position what `state()` of an earlier source said; undefined for a fresh run
   * @param weights those under training, for batches that the model makes itself
   * @param turn the steps that batches are to be made for; left out, all of them
   */
  openBatches(startStep: number, position: unknown, weights: Weights, turn?: Turn): Promise<BatchSource>;
  /** Files by name that make a directory of its weights a model. */
  readonly files: Readonly<Record<string, string>>;
  /** Directories by name that belong into a finished model. */
  readonly directories: Readonly<Record<string, string>>;
  /** Opens the data that `validate` looks at, so that what is wrong with it is told before the first step; left out, at the first look. */
  prepareValidation?(): Promise<void>;
  /** A look at weights on fixed data; the same weights give the same numbers, so that a look which came to nothing can be taken again. */
  validate(weights: Weights): Promise<Validation>;
  dispose(): Promise<void>;
}

/** What a look at a model under training found. */
export interface Validation {
  readonly losses: Readonly<Record<string, number>>;
  /** Pictures to look at, by name. */
  readonly pictures: Readonly<Record<string, Image>>;
  readonly answers: readonly SampleAnswer[];
}

/** An answer to look at, with its marks of thinking. */
export interface SampleAnswer {
  readonly question: string;
  readonly expected: string;
  readonly answer: string;
  /** What it was worth, where answers are rewarded. */
  readonly reward?: number;
}
