/**
 * Rollouts: what the model makes of a prompt, several times over, by the tasks and the one generator. A rollout depends on the weights,
 * its prompt, the options and its seed, so that it can be made again: `answer`, `describe` and `imagine` give the same with
 * the same seed. Knows nothing of rewards.
 */
import type { Example } from "../data/example.js";
import type { CanvasStep } from "../diffusion/canvas.js";
import type { Image } from "../images/image.js";
import type { Answer } from "../tasks/answer.js";
import type { Picture } from "../tasks/grid.js";
import { type Job, runJobs, type TaskPieces } from "../tasks/job.js";
import { OptionError } from "../tasks/options.js";
import { beforeEnd } from "../tasks/text.js";
import type { Row, Span } from "../tokens/sequence.js";
import type { TokenId, Vocabulary } from "../tokens/vocabulary.js";
import { type RolloutJob, type RolloutSampling, reinforcedTask } from "./reinforced-tasks.js";

/** One prompt, to be answered once for each seed. */
export interface RolloutRequest {
  readonly example: Example;
  readonly seeds: readonly number[];
  /** Pictures on the way that are wanted too: the numbers of steps after which, in ascending order. */
  readonly partialSteps?: readonly number[];
}

/** A prompt answered. */
export interface Rollout {
  readonly seed: number;
  /** The whole sequence, filled. */
  readonly row: Row;
  /** For every place of the row the step, from 0, that revealed it; −1 where it was given. */
  readonly revealSteps: Int32Array;
  /** Steps that the sampler took, and evaluations of the network. */
  readonly steps: number;
  readonly nfe: number;
  /** What was written, with its marks of thinking, up to its end … */
  readonly text?: string;
  /** … and drawn. */
  readonly picture?: { readonly image: Image; readonly codes: Int32Array };
  /** What would have been drawn, had it all been revealed after so many steps. */
  readonly partialPictures: readonly { readonly steps: number; readonly image: Image }[];
  /** Tokens written, the reasoning ahead of a picture too; codes drawn where nothing was written. */
  readonly numTokens: number;
  /** Whether the model ended its answer, rather than the canvas. */
  readonly isFinished: boolean;
}

/** A canvas after a step, and the row that it is filling. */
interface Sight {
  readonly row: Row;
  readonly state: CanvasStep;
}
type WatchedJob = Job<Sight & { readonly result: Answer | Picture }, Sight>;

/** What is followed of a request while it is filled. */
interface Following {
  readonly job: WatchedJob;
  readonly request: RolloutRequest;
  readonly seed: number;
  /** As of the last step. */
  last: Sight;
  revealSteps: Int32Array;
  readonly partialStates: CanvasStep[];
}

/**
 * The rollouts of each request, in their order.
 * @param maxBatch canvases that are filled together
 * @throws what the tasks throw of a request that cannot be met; the signal's reason when it is aborted
 */
export async function collectRollouts(
  pieces: TaskPieces,
  requests: readonly RolloutRequest[],
  { sampling, maxBatch, signal }: { sampling: RolloutSampling; maxBatch: number; signal?: AbortSignal },
): Promise<Rollout[][]> {
  const followings: Following[] = [];
  for (const request of requests) {
    for (const seed of request.seeds) {
      followings.push(follow(await promptJob(pieces, request.example, sampling, seed), request, seed));
    }
  }
  // Alike beside alike: canvases of one length and range are evaluated together.
  const inOrder = [...followings].sort((a, b) => lengthOf(a) - lengthOf(b));
  const rollouts = new Map<Following, Rollout>();
  for (let start = 0; start < inOrder.length; start += maxBatch) {
    const batch = inOrder.slice(start, start + maxBatch);
    for (const [i, rollout] of (await fill(pieces, batch, signal)).entries()) rollouts.set(batch[i], rollout);
  }
  return requests.map((request) =>
    followings
      .filter((following) => following.request === request)
      .map((following) => rollouts.get(following) as Rollout),
  );
}

/** The job of a prompt. */
function promptJob(
  pieces: TaskPieces,
  example: Example,
  sampling: RolloutSampling,
  seed: number,
): RolloutJob | Promise<RolloutJob> {
  const { task, given } = example;
  if (given !== undefined)
    throw new OptionError(
      `rollouts begin at the beginning of an answer, and this example's is given up to ${JSON.stringify(given)}: leave \`given\` out of the records, and resumedShare and mistakenShare out of the sources, of prompts`,
    );
  return reinforcedTask(task).layOut(pieces, example, sampling, seed);
}

/** The same job, shown as it is filled. */
function watched(job: RolloutJob): WatchedJob {
  const { canvas } = job;
  const { row } = canvas;
  return {
    canvas,
    show: (state) => ({ row, state }),
    finish: async (state) => ({ row, state, result: await job.finish(state) }),
    next(state) {
      const following = job.next?.(state);
      return following && watched(following);
    },
  };
}

function follow(job: RolloutJob, request: RolloutRequest, seed: number): Following {
  const { row } = job.canvas;
  const { ids } = row;
  const state = { ids, proposal: ids, revealed: [], confidences: [], nfe: 0, step: 0, isDone: false };
  const revealSteps = new Int32Array(ids.length).fill(-1);
  return { job: watched(job), request, seed, last: { row, state }, revealSteps, partialStates: [] };
}

/** Takes down what a step filled. */
function keep(following: Following, sight: Sight, maskTokenId: TokenId): void {
  const { row, state } = sight;
  const { last, request, partialStates } = following;
  if (row !== last.row) {
    // The next canvas of the request: what was filled before and stands where it stood keeps its step.
    following.revealSteps = Int32Array.from(row.ids, (id, place) =>
      last.state.ids[place] === id ? following.revealSteps[place] : -1,
    );
  }
  // Canvases that are done are shown again with each step of the others.
  for (const [place, id] of state.ids.entries()) {
    const isFilled = row.ids[place] === maskTokenId && id !== maskTokenId;
    if (isFilled && following.revealSteps[place] < 0) following.revealSteps[place] = state.step - 1;
  }
  if (request.partialSteps?.[partialStates.length] === state.step) partialStates.push(state);
  following.last = sight;
}

const lengthOf = ({ job }: Following): number => job.canvas.row.ids.length;

async function fill(pieces: TaskPieces, batch: readonly Following[], signal?: AbortSignal): Promise<Rollout[]> {
  const jobs = batch.map(({ job }) => job);
  const run = runJobs(pieces, jobs, signal);
  let item = await run.next();
  for (; !item.done; item = await run.next()) {
    for (const [i, sight] of item.value.entries()) keep(batch[i], sight, pieces.vocabulary.special.mask);
  }
  const finished = item.value;
  return Promise.all(
    batch.map(async ({ job, seed, revealSteps, partialStates }, i): Promise<Rollout> => {
      const { row, state, result } = finished[i];
      const { step: steps, nfe } = state;
      const partialPictures: Rollout["partialPictures"][number][] = [];
      for (const partial of partialStates) {
        const { result: proposed } = await job.finish({ ...partial, ids: partial.proposal });
        if ("image" in proposed) partialPictures.push({ steps: partial.step, image: proposed.image });
      }
      const common = { seed, row: { ...row, ids: state.ids }, revealSteps, steps, nfe, partialPictures };
      if ("image" in result) {
        const { reasoning: span } = row.spans;
        const written = span && writtenIn(span, state.ids, revealSteps, pieces.vocabulary);
        const text = written && { text: textOf(pieces, written) };
        return { ...common, ...text, picture: result, numTokens: (written ?? result.codes).length, isFinished: true };
      }
      const text = textOf(pieces, result.ids);
      return { ...common, text, numTokens: result.ids.length, isFinished: result.finishReason === "end" };
    }),
  );
}

/** What was written of a span up to its end: not what was put there, such as the mark that ends reasoning which was cut. */
function writtenIn({ start, end }: Span, ids: Int32Array, revealSteps: Int32Array, vocabulary: Vocabulary): Int32Array {
  return beforeEnd(
    vocabulary,
    ids.slice(start, end).filter((_, i) => revealSteps[start + i] >= 0),
  );
}

/** Marks of thinking are special tokens in some vocabularies. */
function textOf({ textTokenizer }: TaskPieces, ids: Int32Array): string {
  return textTokenizer.decode(ids, { skipSpecialTokens: false }).trim();
}
