/**
 * The thread that runs through every task: a request is laid out as a canvas, canvases are filled together, and what fills them
 * is turned into what was asked for. A task is a function from a request to a `Job`; jobs of different tasks may share a batch.
 */
import { createRandom } from "../array/random.js";
import { type Canvas, type CanvasStep, type SamplerSettings, seededNoise } from "../diffusion/canvas.js";
import { denoise } from "../diffusion/denoise.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import type { ImageCodec } from "../model/image-codec.js";
import type { ChatTemplate } from "../tokens/chat-template.js";
import { type Row, type Span, unconditionalRow } from "../tokens/sequence.js";
import type { TextTokenizer } from "../tokens/text-tokenizer.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { OptionError } from "./options.js";
import type { TaskDefaults } from "./task-defaults.js";

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
  /** What is to be filled after this canvas, such as an answer after its reasoning; left out or undefined, nothing. */
  next?(state: CanvasStep): Job<Result, Step> | undefined;
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

/** Where a request stands: the job it is at, what came before that, and the last state of its canvas. */
interface Progress<Result, Step> {
  job: Job<Result, Step>;
  /** Whether the job is done and has been asked what comes next: once, whatever its answer. */
  isAsked: boolean;
  following?: Job<Result, Step>;
  state: CanvasStep;
  stepsBefore: number;
  nfeBefore: number;
}

/**
 * Fills the canvases of all jobs together, and those that come after them; each gets exactly what it gets alone.
 * @yields what can be seen of each after every step, in their order
 * @returns the results, in their order
 */
export async function* runJobs<Result, Step>(
  { predict, vocabulary }: Pick<TaskPieces, "predict" | "vocabulary">,
  jobs: readonly Job<Result, Step>[],
  signal?: AbortSignal,
): AsyncGenerator<Step[], Result[], void> {
  signal?.throwIfAborted();
  const all = jobs.map(
    (job): Progress<Result, Step> => ({
      job,
      isAsked: false,
      state: unfilled(job),
      stepsBefore: 0,
      nfeBefore: 0,
    }),
  );
  for (let active = all; active.length > 0; ) {
    const canvases = active.map(({ job }) => job.canvas);
    for await (const states of denoise(predict, vocabulary, canvases, { signal })) {
      active.forEach((progress, i) => {
        keep(progress, states[i]);
      });
      yield all.map(({ job, state }) => job.show(state));
    }
    signal?.throwIfAborted();
    active = active.filter(goOn);
  }
  return Promise.all(all.map(({ job, state }) => job.finish(state)));
}

/** A canvas of which nothing is masked has no steps: it is done as it is, unless the generator says otherwise. */
function unfilled({ canvas }: Job<unknown, unknown>): CanvasStep {
  const { ids } = canvas.row;
  return { ids, proposal: ids, revealed: [], confidences: [], nfe: 0, step: 0, isDone: true };
}

/** The state of a canvas, its steps counted from the request's first one. */
function keep<Result, Step>(progress: Progress<Result, Step>, state: CanvasStep): void {
  const { job, stepsBefore, nfeBefore } = progress;
  if (state.isDone && !progress.isAsked) {
    progress.isAsked = true;
    progress.following = job.next?.(state);
  }
  progress.state = {
    ...state,
    step: stepsBefore + state.step,
    ...(state.numSteps === undefined ? {} : { numSteps: stepsBefore + state.numSteps }),
    nfe: nfeBefore + state.nfe,
    isDone: state.isDone && progress.following === undefined,
  };
}

/** Takes up what comes next. */
function goOn<Result, Step>(progress: Progress<Result, Step>): boolean {
  const { following, state } = progress;
  if (!following) return false;
  progress.job = following;
  progress.isAsked = false;
  progress.following = undefined;
  progress.stepsBefore = state.step;
  progress.nfeBefore = state.nfe;
  return true;
}

/** @throws OptionError when a row is longer than the model can see */
export function checkLength(row: Row, pieces: Pick<TaskPieces, "maxSequenceLength">, wayOut: string): Row {
  checkNumPlaces(row.ids.length, pieces, wayOut);
  return row;
}

/** The same for a row that is not laid out yet: its length may be anything. @throws OptionError */
export function checkNumPlaces(
  numPlaces: number,
  { maxSequenceLength }: Pick<TaskPieces, "maxSequenceLength">,
  wayOut: string,
): void {
  if (numPlaces <= maxSequenceLength) return;
  throw new OptionError(`the request takes ${numPlaces} places, more than the model's ${maxSequenceLength}: ${wayOut}`);
}

/** A row as a canvas: what guidance compares it with where there is guidance, the ids that are drawn, noise that hangs on the seed alone. */
export function canvasOf(
  vocabulary: Vocabulary,
  row: Row,
  drawn: "text" | "codes",
  settings: SamplerSettings,
  seed: number,
): Canvas {
  const { textSize, imageOffset, codebookSize } = vocabulary;
  return {
    row,
    unconditional: settings.guidanceScale === 0 ? undefined : unconditionalRow(vocabulary, row),
    settings,
    ...(drawn === "codes" && row.spans.image ? { columns: gridSide(row.spans.image) } : {}),
    range: drawn === "text" ? { start: 0, end: textSize } : { start: imageOffset, end: imageOffset + codebookSize },
    noise: seededNoise(createRandom(seed)),
  };
}

/** Pictures are square. */
function gridSide({ start, end }: Span): number {
  return Math.round(Math.sqrt(end - start));
}

export function stepInfo({ step, numSteps, nfe, confidences, isDone }: CanvasStep): StepInfo {
  return { step, numSteps, nfe, confidences, isDone };
}
