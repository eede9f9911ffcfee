/**
 * Rollouts: what the model makes of a prompt, several times over, by the tasks and the one generator. A rollout depends on the weights,
 * its prompt, the options and its seed, so that it can be made again: `answer`, `describe` and `imagine` give the same with
 * the same seed. Knows nothing of rewards.
 */
import { createRandom } from "../array/random.js";
import type { Example } from "../data/example.js";
import { type CanvasStep, seededNoise } from "../diffusion/denoise.js";
import type { Image } from "../images/image.js";
import { type Answer, answerJob } from "../tasks/answer.js";
import { describeJob } from "../tasks/describe.js";
import { imagineJob, type Picture } from "../tasks/imagine.js";
import { type Job, runJobs, type TaskPieces } from "../tasks/job.js";
import { OptionError, type SamplingOptions, type TextOptions } from "../tasks/options.js";
import type { Row } from "../tokens/sequence.js";

/** How rollouts are drawn; what is left out is as the model's `generation_config.json` says. */
export interface RolloutSampling {
  readonly text?: TextOptions;
  readonly image?: SamplingOptions;
}

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
  /** What was written, up to its end … */
  readonly text?: string;
  /** … or drawn. */
  readonly picture?: { readonly image: Image; readonly codes: Int32Array };
  /** What would have been drawn, had it all been revealed after so many steps. */
  readonly partialPictures: readonly { readonly steps: number; readonly image: Image }[];
  /** Tokens written, or codes drawn. */
  readonly numTokens: number;
  /** Whether the model ended its answer, rather than the canvas. */
  readonly isFinished: boolean;
}

type Result = Answer | Picture;
/** `show` gives the canvas itself. */
type RolloutJob = Job<{ readonly state: CanvasStep; readonly result: Result }, CanvasStep>;

/** What is followed of a canvas while it is filled. */
interface Following {
  readonly job: RolloutJob;
  readonly request: RolloutRequest;
  readonly seed: number;
  readonly revealSteps: Int32Array;
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
    const job = await promptJob(pieces, request.example, sampling);
    for (const seed of request.seeds) followings.push(follow(job, request, seed));
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

/** The job of a prompt. A task that can be reinforced is a line here. */
async function promptJob(
  pieces: TaskPieces,
  { task, messages, image }: Example,
  { text, image: drawing }: RolloutSampling,
): Promise<Job<Result, unknown>> {
  switch (task) {
    case "lm_chat":
      return answerJob(pieces, { ...text, messages });
    case "mmu":
      if (!image) throw new OptionError("a prompt of task mmu needs an image");
      return describeJob(pieces, { ...text, image: await image.load(), question: messages });
    case "t2i":
      return imagineJob(pieces, { ...drawing, prompt: messages.at(-1)?.content ?? "" });
    case "lm":
    case "r2i":
      throw new OptionError(`there are no rollouts of task ${task}: give prompts of lm_chat, mmu or t2i`);
    default:
      return task satisfies never;
  }
}

/** The same job with randomness of its own, as the task with this seed would have it. */
function follow({ canvas, finish }: Job<Result, unknown>, request: RolloutRequest, seed: number): Following {
  const job: RolloutJob = {
    canvas: { ...canvas, noise: seededNoise(createRandom(seed)) },
    show: (state) => state,
    finish: async (state) => ({ state, result: await finish(state) }),
  };
  return { job, request, seed, revealSteps: new Int32Array(canvas.row.ids.length).fill(-1), partialStates: [] };
}

const lengthOf = ({ job }: Following): number => job.canvas.row.ids.length;

async function fill(pieces: TaskPieces, batch: readonly Following[], signal?: AbortSignal): Promise<Rollout[]> {
  const jobs = batch.map(({ job }) => job);
  const run = runJobs(pieces, jobs, signal);
  let item = await run.next();
  while (!item.done) {
    item.value.forEach((state, i) => {
      const { revealSteps, partialStates, request } = batch[i];
      // Canvases that are done are shown again with each step of the others.
      for (const place of state.revealed) if (revealSteps[place] < 0) revealSteps[place] = state.step - 1;
      const wanted = request.partialSteps?.[partialStates.length];
      if (wanted === state.step) partialStates.push(state);
    });
    item = await run.next();
  }
  const finished = item.value;
  return Promise.all(
    batch.map(async ({ job, seed, revealSteps, partialStates }, i): Promise<Rollout> => {
      const { state, result } = finished[i];
      const partialPictures: Rollout["partialPictures"][number][] = [];
      for (const { proposal, ...partial } of partialStates) {
        const { result: proposed } = await job.finish({ ...partial, proposal, ids: proposal });
        if ("image" in proposed) partialPictures.push({ steps: partial.step, image: proposed.image });
      }
      const { row } = job.canvas;
      const common = { seed, row: { ...row, ids: state.ids }, revealSteps, steps: state.step, nfe: state.nfe };
      return "text" in result
        ? {
            ...common,
            text: result.text,
            partialPictures,
            numTokens: result.ids.length,
            isFinished: result.finishReason === "end",
          }
        : { ...common, picture: result, partialPictures, numTokens: result.codes.length, isFinished: true };
    }),
  );
}
