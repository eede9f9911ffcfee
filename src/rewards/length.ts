/** Answers that are not too long, nor too short: in tokens, the reasoning with them; ahead of a picture the reasoning alone. */
import type { Reward } from "./reward.js";

export interface LengthOptions {
  /** Up to so many tokens cost nothing, … */
  readonly free: number;
  /** … so many and more give 0, and in between the score falls evenly. */
  readonly max: number;
  /** Fewer than this give 0. Default 1. */
  readonly min?: number;
}

/** 1 to 0; 0 for what was cut off. @throws RangeError unless min ≤ free < max */
export function lengthReward({ free, max, min = 1 }: LengthOptions): Reward {
  if (!(min <= free && free < max))
    throw new RangeError(`lengths must be min ≤ free < max, not ${min}, ${free}, ${max}`);
  return {
    name: "length",
    score({ numTokens, isFinished }) {
      if (!isFinished || numTokens < min) return 0;
      return Math.max(0, Math.min(1, (max - numTokens) / (max - free)));
    },
  };
}
