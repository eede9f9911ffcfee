/**
 * The thread that runs through every task: a request is laid out as a canvas, canvases are filled together, and what fills them
 * is turned into what was asked for. A task is a function from a request to a `Job`; jobs of different tasks may share a batch.
 */
import { type Canvas, type CanvasStep, denoise } from "../diffusion/denoise.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import type { ImageCodec } from "../model/image-codec.js";
import type { ChatTemplate } from "../tokens/chat-template.js";
import type { Row } from "../tokens/sequence.js";
import type { TextTokenizer } from "../tokens/text-tokenizer.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { OptionError, type TaskDefaults } from "./options.js";

/** What the tasks are made of. Any piece may be another's: weights under training, a mock, a faster predictor. */
export interface TaskPieces {
  readonly predict: MaskPredictor;
  readonly vocabulary: Vocabulary;
  readonly textTokenizer: TextTokenizer;
  readonly chatTemplate: ChatTemplate;
  /** Absent in models that only know text. */
  readonly imageCodec?: ImageCodec;
  /** Codes of a side of the pictures that the model knows; left out, the image tokenizer's own. */
  readonly imageGrid?: number;
  readonly maxSequenceLength: number;
  readonly defaults: TaskDefaults;
}

/** A request, ready to be filled. */
export interface Job<Result, Step> {
  readonly canvas: Canvas;
  /** What can be seen of it after a step. */
  show(state: CanvasStep): Step;
  finish(state: CanvasStep): Promise<Result>;
}

/** What every step says, whatever the task. */
export interface StepInfo {
  /** Steps taken, and steps in all where that is known. */
  readonly step: number;
  readonly numSteps?: number;
  /** Sequence evaluations of the network so far; guidance counts 2. */
  readonly nfe: number;
  /** How sure the network was of what it revealed at this step, in the order of `revealed`. */
  readonly confidences: readonly number[];
  readonly isDone: boolean;
}

/** What every result says, whatever the task. */
export interface ResultInfo {
  /** Steps taken. */
  readonly steps: number;
  /** Sequence evaluations of the network; guidance counts 2. */
  readonly nfe: number;
  /** The same request with this seed gives the same result. */
  readonly seed: number;
}

/**
 * Fills the canvases of all jobs together; each gets exactly what it gets alone.
 * @yields what can be seen of each after every step, in their order
 * @returns the results, in their order
 */
export async function* runJobs<Result, Step>(
  { predict, vocabulary }: Pick<TaskPieces, "predict" | "vocabulary">,
  jobs: readonly Job<Result, Step>[],
  signal?: AbortSignal,
): AsyncGenerator<Step[], Result[], void> {
  signal?.throwIfAborted();
  const canvases = jobs.map(({ canvas }) => canvas);
  let last: readonly CanvasStep[] = canvases.map(({ row }) => ({
    ids: row.ids.slice(),
    proposal: row.ids.slice(),
    revealed: [],
    confidences: [],
    nfe: 0,
    step: 0,
    isDone: true, // unless the generator says otherwise: nothing is masked
  }));
  for await (const states of denoise(predict, vocabulary, canvases, { signal })) {
    last = states;
    yield states.map((state, i) => jobs[i].show(state));
  }
  signal?.throwIfAborted();
  return Promise.all(last.map((state, i) => jobs[i].finish(state)));
}

/** @throws OptionError when a row is longer than the model can see */
export function checkLength(row: Row, { maxSequenceLength }: TaskPieces, wayOut: string): Row {
  if (row.ids.length <= maxSequenceLength) return row;
  throw new OptionError(
    `the request takes ${row.ids.length} places, more than the model's ${maxSequenceLength}: ${wayOut}`,
  );
}

export function stepInfo({ step, numSteps, nfe, confidences, isDone }: CanvasStep): StepInfo {
  return { step, numSteps, nfe, confidences, isDone };
}
