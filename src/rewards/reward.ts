/**
 * What a reward is: a function from what the model made of a prompt to a number. Each reward is one file beside this one and knows
 * nothing of groups, advantages or training; `composition.ts` weighs several and bears with those that fail.
 */
import type { Message, Task } from "../data/example.js";
import type { Image } from "../images/image.js";

/** A rollout as rewards see it: plain data. Rewards must not change it. */
export interface RolloutForReward {
  readonly task: Task;
  /** The prompt, the user's message last. */
  readonly messages: readonly Message[];
  /** What was written, `<think>…</think>` included, without the tokens that fill the canvas up; absent for pictures without reasoning. */
  readonly answer?: string;
  /** What was drawn. */
  readonly image?: Image;
  /** The picture that was asked about. */
  readonly promptImage?: Image;
  /** Tokens written, up to the one that ends the answer, or the reasoning ahead of a picture; of other pictures, codes. */
  readonly numTokens: number;
  /** Whether the model ended its answer, or the canvas did. Pictures always end. */
  readonly isFinished: boolean;
  /** The right answer, where the data have one. */
  readonly expected?: string;
  /** What else the example says of itself (`Example.metadata`): choices, a `spec` of what is to be drawn, … */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What rollouts are paid by. */
export interface Reward {
  /** Under which it is logged, such as `numeric` or `clip`. */
  readonly name: string;
  /** It limits the time of each score itself, so that scores may wait for one another: the judge's limit does not hold for it. */
  readonly isSelfTimed?: boolean;
  /**
   * Usually 0 to 1. Several calls may be under way at once.
   * @param signal aborted when the result is no longer wanted; what goes on behind it is to stop
   * @throws whatever goes wrong: it counts as 0, with a warning
   */
  score(rollout: RolloutForReward, signal: AbortSignal): number | Promise<number>;
  /** Gives back what it holds (networks, workers, connections). */
  dispose?(): Promise<void>;
}
