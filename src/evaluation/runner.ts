/** Runs benchmarks: item after item of each, in batches, from where an earlier run stopped. Knows nothing of what they measure. */
import { createRandom, type Random } from "../array/random.js";
import { askAbout, BATCH_SIZES } from "./ask.js";
import type { Benchmark, Outcome, Section, Subject } from "./benchmark.js";

/** Where outcomes are kept, so that a run that was stopped goes on. */
export interface OutcomeStore {
  /** All outcomes of a benchmark kept so far, in any order. */
  read(benchmark: string): Promise<readonly Outcome[]>;
  append(benchmark: string, outcomes: readonly Outcome[]): Promise<void>;
}

export interface Progress {
  readonly benchmark: string;
  /** Items of this benchmark that have an outcome, and of all benchmarks; and how many there will be. */
  readonly numDone: number;
  readonly numItems: number;
  readonly numDoneOfAll: number;
  readonly numItemsOfAll: number;
  /** Those of all benchmarks that an earlier run had done. */
  readonly numResumed: number;
}

export interface EvaluationOptions {
  /** Of each benchmark, unless it has fewer. */
  readonly numItems: number;
  readonly seed: number;
  /** Whether the subject was taught to think first: else it is not asked to. Default: no. */
  readonly canThink?: boolean;
  readonly store?: OutcomeStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Outcomes by the name of the benchmark, in the order of its items. */
export type Outcomes = ReadonlyMap<string, readonly Outcome[]>;

/**
 * Asks the subject all items of the benchmarks. When the signal is aborted it stops and gives what there is.
 * @throws what the subject throws
 */
export async function evaluate(
  subject: Subject,
  allBenchmarks: readonly Benchmark[],
  { numItems, seed, canThink = false, store, signal, onProgress }: EvaluationOptions,
): Promise<Outcomes> {
  const benchmarks = allBenchmarks.filter(({ isThinking = false }) => canThink || !isThinking);
  const sizeOf = ({ size = Number.POSITIVE_INFINITY }: Benchmark) => Math.min(size, numItems);
  const outcomes = new Map<string, Map<number, Outcome>>();
  for (const benchmark of benchmarks) {
    const kept = (await store?.read(benchmark.name)) ?? [];
    const usable = kept.filter(({ item }) => item < sizeOf(benchmark));
    for (const outcome of usable.filter((_, i) => i % CHECKED_EVERY === 0)) await checkItem(benchmark, outcome, seed);
    outcomes.set(benchmark.name, new Map(usable.map((outcome) => [outcome.item, outcome])));
  }
  const numItemsOfAll = benchmarks.reduce((sum, benchmark) => sum + sizeOf(benchmark), 0);
  const count = () => [...outcomes.values()].reduce((sum, { size }) => sum + size, 0);
  const numResumed = count();

  for (const benchmark of benchmarks) {
    const done = outcomes.get(benchmark.name)!;
    const open = Array.from({ length: sizeOf(benchmark) }, (_, index) => index).filter((index) => !done.has(index));
    const rng = benchmarkRandom(seed, benchmark);
    const tell = () =>
      onProgress?.({
        benchmark: benchmark.name,
        numDone: done.size,
        numItems: sizeOf(benchmark),
        numDoneOfAll: count(),
        numItemsOfAll,
        numResumed,
      });
    tell();
    const batchSize = BATCH_SIZES[benchmark.task];
    for (let start = 0; start < open.length && !signal?.aborted; start += batchSize) {
      const indices = open.slice(start, start + batchSize);
      let batch: Outcome[];
      try {
        batch = await askAbout(subject, benchmark, { indices, rng, signal });
      } catch (error) {
        if (signal?.aborted) break;
        throw error;
      }
      for (const outcome of batch) done.set(outcome.item, outcome);
      await store?.append(benchmark.name, batch);
      tell();
    }
  }
  const inOrder = (byItem: ReadonlyMap<number, Outcome>) => [...byItem.values()].sort((a, b) => a.item - b.item);
  return new Map([...outcomes].map(([name, byItem]) => [name, inOrder(byItem)]));
}

/** Of kept outcomes one in so many is compared with its item: drawing all items again would take a while. */
const CHECKED_EVERY = 25;

/** Items come from generators that may have changed since. @throws Error when they are other ones now */
async function checkItem(benchmark: Benchmark, kept: Outcome, seed: number): Promise<void> {
  const item = await benchmark.item(kept.item, benchmarkRandom(seed, benchmark).fork(kept.item));
  const asked = "question" in item ? item.question : "prompt" in item ? item.prompt : kept.asked;
  if (asked === kept.asked && item.wanted === kept.wanted) return;
  const inWords = (question: string, wanted: string) =>
    `${JSON.stringify(question)} and wants ${JSON.stringify(wanted)}`;
  throw new Error(
    `item ${kept.item} of ${benchmark.name} now asks ${inWords(asked, item.wanted)}, but its kept outcome was asked ${inWords(kept.asked, kept.wanted)}: its generator has changed since; keep outcomes in another directory`,
  );
}

/** What the items of a benchmark are drawn from: no stream that training draws from. */
export function benchmarkRandom(seed: number, { name, itemsOf = name }: Benchmark): Random {
  return createRandom(`evaluation ${seed}`).fork(itemsOf);
}

/**
 * The sections with only the rows asked for, and only the benchmarks that these need.
 * @param names of rows, or what stands before the `/` of several; none: all
 * @throws RangeError listing the names that there are
 */
export function chooseRows(sections: readonly Section[], names: readonly string[]): Section[] {
  const isChosen = (row: string) =>
    names.length === 0 || names.some((name) => row === name || row.startsWith(`${name}/`));
  const all = sections.flatMap(({ rows }) => rows.map(({ name }) => name));
  const unknown = names.filter((name) => !all.some((row) => row === name || row.startsWith(`${name}/`)));
  if (unknown.length > 0) throw new RangeError(`there are no rows ${unknown.join(", ")}; there are ${all.join(", ")}`);
  return sections.flatMap(({ title, benchmarks, rows }) => {
    const chosen = rows.filter(({ name }) => isChosen(name));
    const needed = benchmarks.filter(({ name }) => chosen.some((row) => row.of.includes(name)));
    return chosen.length === 0 ? [] : [{ title, benchmarks: needed, rows: chosen }];
  });
}
