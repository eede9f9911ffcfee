/** Sums and word problems, generated: the text, the number that answers it, and the steps that lead there. */
import { integerBetween, type Random } from "../../array/random.js";
import type { Split } from "../hash.js";
import { isInSplit, isWhole, type Step } from "./arithmetic.js";
import { drawStory, isTellable, solveStory } from "./story.js";
import { wordStory } from "./story-words.js";
import { drawLongSum, drawSum, wordSum } from "./sums.js";
import type { WordedProblem } from "./words.js";

/** `sum`: "What is 17 plus 25?". `one-step`: a story with one operation. `multi-step`: 2 to 4 of them, stories and a few sums. */
export type ProblemKind = "sum" | "one-step" | "multi-step";

export const PROBLEM_KINDS = ["sum", "one-step", "multi-step"] as const satisfies readonly ProblemKind[];

export interface Problem extends WordedProblem {
  /** A whole number from 0 to 199. */
  readonly answer: number;
  /** Each operation with its operands and result, in order; the last result is the answer. */
  readonly steps: readonly Step[];
}

/** Share of problems of several steps that are bare sums, such as "17 + 25 - 8 = ?". */
const LONG_SUM_SHARE = 0.15;

/**
 * A problem of this kind whose operands are of this split. Numbers are drawn freely and redrawn until they are possible, so
 * every possible set of numbers of one plot is as likely as the others.
 */
export function generateProblem(rng: Random, options: { kind: ProblemKind; split?: Split }): Problem {
  const { kind, split = "train" } = options;
  const numSteps = kind === "multi-step" ? integerBetween(rng, 2, 4) : 1;
  const isSum = kind === "sum" || (kind === "multi-step" && rng.uniform() < LONG_SUM_SHARE);
  const isUsable = (steps: readonly Step[]): boolean => steps.every(isWhole) && isInSplit(steps, split);
  if (isSum) {
    const sum = redraw(
      () => (kind === "sum" ? drawSum(rng) : drawLongSum(rng, numSteps)),
      ({ steps }) => isUsable(steps),
    );
    return { ...wordSum(rng, sum), answer: lastResult(sum.steps), steps: sum.steps };
  }
  const story = redraw(
    () => drawStory(rng, numSteps),
    (drawn) => isTellable(drawn) && isUsable(solveStory(drawn)),
  );
  const steps = solveStory(story);
  const answer = lastResult(steps);
  return { ...wordStory(rng, story, answer), answer, steps };
}

function lastResult(steps: readonly Step[]): number {
  return steps[steps.length - 1].result;
}

/** The first draw that is usable. @throws Error when 100,000 are not */
export function redraw<T>(draw: () => T, isUsable: (drawn: T) => boolean): T {
  for (let attempt = 0; attempt < 100_000; attempt++) {
    const drawn = draw();
    if (isUsable(drawn)) return drawn;
  }
  throw new Error(
    "no possible problem in 100,000 draws: the rules of arithmetic.ts and of the stories contradict each other",
  );
}
