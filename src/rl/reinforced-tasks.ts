/**
 * The tasks that can be reinforced: how a prompt of each is answered, and what the rest of UniGRPO asks of it. Of a task that there
 * is, an entry here is all that it takes: recipes, rollouts, rewards, noises and the cost of a run go by it. Knows nothing of what an answer is worth.
 */
import type { Example, Task } from "../data/example.js";
import { type Answer, answerJob } from "../tasks/answer.js";
import { describeJob } from "../tasks/describe.js";
import type { Picture } from "../tasks/grid.js";
import { imagineJob } from "../tasks/imagine.js";
import type { Job, TaskPieces } from "../tasks/job.js";
import { OptionError, type SamplingOptions, type TextOptions } from "../tasks/options.js";
import type { ThinkingOptions } from "../tasks/thinking.js";

/**
 * How rollouts are drawn; what is left out is as the model's `generation_config.json` says. Whether an answer is thought through first is as
 * its example is, unless `thinking` says.
 */
export interface RolloutSampling {
  readonly text?: Omit<TextOptions, "seed"> & ThinkingOptions;
  readonly image?: Omit<SamplingOptions, "seed"> & Pick<ThinkingOptions, "thinkingLength">;
}

export type RolloutJob = Job<Answer | Picture, unknown>;

/** A task as reinforcement sees it. */
export interface ReinforcedTask {
  /** What its answers are made of, in the order in which it is sampled. */
  readonly parts: readonly ("text" | "image")[];
  /** Whether its prompts are about a picture; one that is to be drawn is never looked at. */
  readonly isAboutPicture: boolean;
  /** @throws what the task throws of a prompt that cannot be met */
  layOut(
    pieces: TaskPieces,
    example: Example,
    sampling: RolloutSampling,
    seed: number,
  ): RolloutJob | Promise<RolloutJob>;
}

/** Plain text answers nothing. */
export type ReinforcedTaskName = Exclude<Task, "lm">;

const TASKS: Readonly<Record<ReinforcedTaskName, ReinforcedTask>> = {
  lm_chat: {
    parts: ["text"],
    isAboutPicture: false,
    layOut: (pieces, example, { text }, seed) =>
      answerJob(pieces, { ...answering(example, text), messages: example.messages, seed }),
  },
  mmu: {
    parts: ["text"],
    isAboutPicture: true,
    async layOut(pieces, example, { text }, seed) {
      if (!example.image) throw new OptionError("a prompt of task mmu needs an image");
      const image = await example.image.load();
      return describeJob(pieces, { ...answering(example, text), image, question: example.messages, seed });
    },
  },
  t2i: {
    parts: ["image"],
    isAboutPicture: false,
    layOut(pieces, example, { image: { thinkingLength, ...options } = {} }, seed) {
      return imagineJob(pieces, { ...options, prompt: captionOf(example), seed });
    },
  },
  r2i: {
    parts: ["text", "image"],
    isAboutPicture: false,
    layOut(pieces, example, { text = {}, image }, seed) {
      const { guidanceScale, thinking, thinkingLength, ...reasoningSampling } = text;
      return imagineJob(pieces, { ...image, prompt: captionOf(example), seed, thinking: true, reasoningSampling });
    },
  },
};

export const REINFORCED_TASKS = Object.keys(TASKS) as ReinforcedTaskName[];

/** @throws OptionError for a task that cannot be reinforced */
export function reinforcedTask(task: Task): ReinforcedTask {
  if (task !== "lm") return TASKS[task];
  throw new OptionError(`there are no rollouts of plain text: give prompts of ${REINFORCED_TASKS.join(", ")}`);
}

/** Whether answers are pictures and nothing else. */
export function isDrawingAlone(task: Task): boolean {
  return reinforcedTask(task).parts.every((part) => part === "image");
}

function answering(
  { reasoning }: Example,
  { thinking = reasoning !== undefined, thinkingLength, ...options }: NonNullable<RolloutSampling["text"]> = {},
): TextOptions & ThinkingOptions {
  return thinking ? { ...options, thinking, thinkingLength } : options;
}

function captionOf({ messages }: Example): string {
  return messages.at(-1)?.content ?? "";
}
