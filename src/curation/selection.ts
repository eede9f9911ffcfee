/**
 * Curation of reasoning traces: what a model wrote about questions with known answers is verified, and of what is right the short list is
 * made: no trace twice, none nearly so, a few for each question, tasks in balance. Pure: who asks the model and keeps its answers is elsewhere.
 */

import type { Example, Task } from "../data/example.js";
import { REASONING_END, REASONING_START } from "../tokens/reasoning.js";
import { createNearDuplicateFilter } from "./near-duplicates.js";

/** What a model wrote about a question, and what a verifier says of it. */
export interface Attempt {
  /** Of the question in its source. */
  readonly index: number;
  readonly sample: number;
  readonly task: Task;
  readonly isRight: boolean;
  readonly reasoning?: string;
  readonly answer: string;
}

export interface SelectionOptions {
  /** Traces kept of a question. */
  readonly maxPerQuestion: number;
  /** Three-word shingles that two traces may share, of all that they have: (0, 1]. */
  readonly maxSimilarity: number;
  /** No task has more than so many times what the smallest has; Infinity leaves them as they are. */
  readonly maxImbalance: number;
}

/** What became of the attempts at questions of a task. */
export interface TaskReport {
  readonly numQuestions: number;
  readonly numSolved: number;
  readonly numAttempts: number;
  readonly numRight: number;
  /** Right, but without reasoning. */
  readonly numUnreasoned: number;
  /** Right, but with a mark of thinking where none belongs: where the answer begins is anybody's guess. */
  readonly numMalformed: number;
  readonly numDuplicates: number;
  readonly numNearDuplicates: number;
  /** Left out because the question, or the task, has enough. */
  readonly numSurplus: number;
  readonly numKept: number;
}

export interface Selection {
  readonly kept: readonly Attempt[];
  readonly reports: Readonly<Partial<Record<Task, TaskReport>>>;
}

/** The attempts to keep, in the order of their questions: shorter traces first where a question has more than enough. */
export function selectTraces(attempts: readonly Attempt[], options: SelectionOptions): Selection {
  const filter = createNearDuplicateFilter(options.maxSimilarity);
  const texts = new Set<string>();
  const perQuestion = new Map<number, number>();
  const byTask = new Map<Task, { candidates: Attempt[]; report: { -readonly [key in keyof TaskReport]: number } }>();
  for (const task of new Set(attempts.map((attempt) => attempt.task))) {
    const own = attempts.filter((attempt) => attempt.task === task);
    const right = own.filter(({ isRight }) => isRight);
    const report = {
      numQuestions: new Set(own.map(({ index }) => index)).size,
      numSolved: new Set(right.map(({ index }) => index)).size,
      numAttempts: own.length,
      numRight: right.length,
      ...{ numUnreasoned: 0, numMalformed: 0, numDuplicates: 0, numNearDuplicates: 0, numSurplus: 0, numKept: 0 },
    };
    const length = ({ reasoning = "" }: Attempt) => reasoning.length;
    const candidates = right
      .sort((a, b) => a.index - b.index || length(a) - length(b) || a.sample - b.sample)
      .filter((attempt) => {
        const fate = fateOf(attempt, texts, filter, perQuestion, options.maxPerQuestion);
        if (fate !== undefined) report[fate]++;
        return fate === undefined;
      });
    byTask.set(task, { candidates, report });
  }
  const smallest = Math.min(
    ...[...byTask.values()].map(({ candidates }) => candidates.length).filter((size) => size > 0),
  );
  const kept = [...byTask.values()].flatMap(({ candidates, report }) => {
    const share = evenly(candidates, Math.floor(smallest * options.maxImbalance));
    report.numSurplus += candidates.length - share.length;
    report.numKept = share.length;
    return share;
  });
  return {
    kept: kept.sort((a, b) => a.index - b.index || a.sample - b.sample),
    reports: Object.fromEntries([...byTask].map(([task, { report }]) => [task, report])),
  };
}

type Fate = "numUnreasoned" | "numMalformed" | "numDuplicates" | "numNearDuplicates" | "numSurplus";

/** Why a right attempt is left out; undefined where it is kept. */
function fateOf(
  { index, reasoning = "", answer }: Attempt,
  texts: Set<string>,
  filter: { add(text: string): boolean },
  perQuestion: Map<number, number>,
  maxPerQuestion: number,
): Fate | undefined {
  if (reasoning.trim() === "") return "numUnreasoned";
  if ([REASONING_START, REASONING_END].some((mark) => reasoning.includes(mark) || answer.includes(mark)))
    return "numMalformed";
  const text = reasoning.toLowerCase().replaceAll(/\s+/g, " ").trim();
  if (texts.has(text)) return "numDuplicates";
  const count = perQuestion.get(index) ?? 0;
  if (count >= maxPerQuestion) return "numSurplus";
  if (!filter.add(text)) return "numNearDuplicates";
  texts.add(text);
  perQuestion.set(index, count + 1);
  return undefined;
}

/** At most so many, spread over the whole list. */
function evenly<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}

/** A kept trace as a record of `record.ts`; `image` is what the question's record said of its picture. */
export function traceRecord(
  { task, messages, metadata }: Example,
  { reasoning, answer }: Attempt,
  image: unknown,
): Readonly<Record<string, unknown>> {
  return { task, messages, ...(image == null ? {} : { image }), reasoning, answer, ...(metadata ? { metadata } : {}) };
}
