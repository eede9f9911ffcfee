/** Whose turn a step is, where several threads make batches: each makes every so many steps' and passes over the others' examples. */
import type { Example } from "../data/example.js";
import type { Mixture } from "../data/mixture.js";

export interface Turn {
  /** Threads that take turns. */
  readonly numThreads: number;
  /** This one's number, from 0. */
  readonly thread: number;
}

/** What is drawn from, step by step. */
export type DrawnMixture = Pick<Mixture, "next" | "skip" | "state">;

export interface StepExamples {
  /** The examples of the next step whose turn it is. */
  next(): Promise<{ readonly step: number; readonly drawn: readonly { example: Example; sourceName: string }[] }>;
}

/** @param rowsPerStep examples that every step takes */
export function createStepExamples(
  mixture: DrawnMixture,
  rowsPerStep: number,
  startStep: number,
  { numThreads, thread }: Turn = { numThreads: 1, thread: 0 },
): StepExamples {
  let step = startStep;
  return {
    async next() {
      for (; step % numThreads !== thread; step++) mixture.skip(rowsPerStep);
      const drawn: { example: Example; sourceName: string }[] = [];
      while (drawn.length < rowsPerStep) drawn.push(await mixture.next());
      return { step: step++, drawn };
    },
  };
}
