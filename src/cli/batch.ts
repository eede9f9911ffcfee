/**
 * Many requests at once: a file of them is answered in batches, each line by itself. What is done is kept at once; a second run goes
 * on where the first stopped, and tries again what failed or is asked otherwise now.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import type { Generation } from "../tasks/generation.js";
import type { StepInfo } from "../tasks/job.js";
import type { LoadedModel } from "../tasks/model.js";
import { checkOptions, type OPTION_RULES, type SamplingOptions } from "../tasks/options.js";
import { openResults, type ResultsFile } from "../tasks/results-file-node.js";
import type { ThinkingOptions } from "../tasks/thinking.js";
import { runTogether } from "../tasks/together.js";
import { FileError } from "../weights/files.js";
import { attempt } from "../weights/files-node.js";
import { type AskedModel, askedOf, type BatchEntry, type BatchId, parseBatch } from "./batch-requests.js";
import { Interrupted, UsageError } from "./exit.js";
import { bar, formatSeconds } from "./figures.js";
import { type ModelOptions, parseCount, samplingOf, withModel } from "./model-options.js";
import { withOutput } from "./outputs.js";
import { type StatusLine, statusLine } from "./progress.js";
import { isSameFile } from "./same-file.js";
import { refuseOptions } from "./stray-options.js";

export interface BatchOptions {
  readonly batch?: string;
  readonly batchSize: number;
}

export function withBatchOptions(command: Command): Command {
  return command
    .option("--batch <file>", "JSONL file of requests, one a line: id, what is asked, and any option by its name")
    .option("--batch-size <number>", "requests that are run together", parseCount, 8);
}

/** @throws UsageError for what only batches have, where there is none */
export function checkNoBatchOptions(command: Command): void {
  refuseOptions(command, ["batchSize"], "for many requests, which --batch gives");
}

/** What differs between the commands that answer batches. */
export interface BatchTask<Request extends SamplingOptions, Result> {
  readonly kind: keyof typeof OPTION_RULES;
  /** Names of a line's fields beside the id and the options. */
  readonly inputs: readonly string[];
  /** A request of a line's fields, in which options of the command line stand where the line has none. @throws RequestFault */
  requestOf(fields: Readonly<Record<string, unknown>>, directory: string): Request;
  runAll(model: LoadedModel, requests: readonly Request[], signal: AbortSignal): Generation<Result[], StepInfo[]>;
  /** What ids must differ in, if not in themselves. @throws RequestFault for ids that will not do */
  keyOf?(id: BatchId): string;
  /** The file of results at the path given. */
  resultsPath(output: string): string;
  /** Keeps a result, and returns what its line says beside the id. What it throws is said there instead, unless the disk is full and the like. */
  keep(output: string, id: BatchId, result: Result): Promise<object>;
  /** Whether what was kept of a result beside its line is there. */
  isKept?(output: string, id: BatchId): Promise<boolean>;
}

export interface BatchSummary {
  readonly output: string;
  readonly done: number;
  readonly failed: number;
  /** Of those done, how many an earlier run had done. */
  readonly earlier: number;
}

/** Answers a file of requests and says how it went. Sets the exit code 1 when some failed. @throws as `runBatch` */
export async function runBatchCommand<Request extends SamplingOptions, Result>(
  options: ModelOptions & BatchOptions & { output?: string },
  task: BatchTask<Request, Result>,
): Promise<void> {
  const { batch: path, output, batchSize, json, model, revision, imageTokenizer, adapter } = options;
  if (path === undefined || output === undefined) {
    throw new UsageError("--batch needs --output, where results are written");
  }
  const asked = { model, revision, imageTokenizer, adapter };
  const work = { path, output, batchSize, shared: samplingOf(options, task.kind), model: asked };
  const { done, failed, earlier } = await runBatch(work, task, (use) => withModel(options, use));
  if (failed > 0) process.exitCode = 1;
  if (json) console.log(JSON.stringify({ output, done, failed, earlier }));
  else {
    const before = earlier > 0 ? ` (${earlier} by an earlier run)` : "";
    const faults = failed > 0 ? `; ${failed} failed, ${task.resultsPath(output)} says why` : "";
    process.stderr.write(`${done} of ${done + failed} done${before}${faults}\n`);
  }
}

/** The model, for as long as `use` needs it: it is loaded only when there is something to ask. */
type WithModel = (use: (model: LoadedModel, signal: AbortSignal) => Promise<void>) => Promise<void>;

/**
 * Answers a file of requests.
 * @throws UsageError when results cannot be written where they are to be; FileError when files cannot be read or written; Interrupted
 */
export async function runBatch<Request extends SamplingOptions, Result>(
  options: {
    readonly path: string;
    readonly output: string;
    readonly batchSize: number;
    readonly shared: SamplingOptions & ThinkingOptions;
    readonly model: AskedModel;
  },
  task: BatchTask<Request, Result>,
  withModel: WithModel,
): Promise<BatchSummary> {
  const { path, output, batchSize, shared, model } = options;
  const resultsPath = task.resultsPath(output);
  if (await isSameFile(path, resultsPath)) throw new UsageError(`--batch and --output are both ${path}`);
  const text = await attempt(path, "read", () => readFile(path, "utf8"));
  const entries = parseBatch(text, readRequest(task, shared, dirname(resolve(path))), task.keyOf);
  const requests = entries.filter((entry) => "request" in entry);
  const asked = new Map(requests.map(({ id, request }) => [String(id), askedOf(request, model)]));
  await checkNothingIsThere(requests, task, output);
  const isResult = (line: { asked?: unknown }) => typeof line.asked === "string";
  const results = await withOutput(() => openResults(resultsPath, (id) => asked.has(id), isResult));
  const current = currentLines(results.earlier, asked);
  const numChanged = results.earlier.size - current.size;
  if (numChanged > 0) process.stderr.write(`asked again, since what is asked has changed: ${numChanged}\n`);
  const lines = await keptLines(requests, current, task, output);
  const earlier = lines.size;
  const status = statusLine();
  try {
    if (requests.some((entry) => !lines.has(entry))) {
      await withModel((model, signal) =>
        answerEntries({ model, signal, task, entries, asked, lines, results, output, status, size: batchSize }),
      );
    } else {
      await results.append(keepFaults(entries, lines));
    }
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write(`${lines.size} of ${entries.length} done; the same command goes on from there\n`);
    }
    throw error;
  } finally {
    status.clear();
  }
  await results.finish(entries.map((entry) => lines.get(entry) as string));
  const failed = [...lines.values()].filter((line) => "error" in JSON.parse(line)).length;
  return { output, done: entries.length - failed, failed, earlier };
}

type Entries<Request> = readonly BatchEntry<Request>[];
type Requests<Request> = readonly Extract<BatchEntry<Request>, { readonly request: Request }>[];
/** What is to be in the file of results, by request. */
type Lines<Request> = Map<BatchEntry<Request>, string>;

/** Checks options while the line is at hand, so that one that is wrong costs nobody else anything. */
function readRequest<Request extends SamplingOptions, Result>(
  { kind, inputs, requestOf }: BatchTask<Request, Result>,
  { thinkingLength, ...shared }: SamplingOptions & ThinkingOptions,
  directory: string,
) {
  return (fields: Readonly<Record<string, unknown>>): Request => {
    checkOptions(kind, fields, inputs);
    // How long the others may think says nothing to a line that is not to.
    const ofThinking = fields.thinking === false ? {} : { thinkingLength };
    return requestOf({ ...shared, ...ofThinking, ...fields }, directory);
  };
}

/** Before there are results, no picture by the name of an id is one of them. @throws UsageError, since it would be written over */
async function checkNothingIsThere<Request extends SamplingOptions, Result>(
  requests: Requests<Request>,
  { resultsPath, isKept }: BatchTask<Request, Result>,
  output: string,
): Promise<void> {
  if (!isKept || existsSync(resultsPath(output))) return;
  for (const { id } of requests) {
    if (await isKept(output, id)) {
      const wayOut = "give another --output, or move it away";
      throw new UsageError(`${output} has something for ${JSON.stringify(id)} that no batch has made: ${wayOut}`);
    }
  }
}

/** The results of earlier runs that answer what is asked now. The others stay in the file until there is one in their place. */
function currentLines(earlier: ReadonlyMap<string, string>, asked: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...earlier].filter(([id, line]) => JSON.parse(line).asked === asked.get(id)));
}

async function keptLines<Request extends SamplingOptions, Result>(
  requests: Requests<Request>,
  current: ReadonlyMap<string, string>,
  { isKept }: BatchTask<Request, Result>,
  output: string,
): Promise<Lines<Request>> {
  const lines: Lines<Request> = new Map();
  for (const entry of requests) {
    const line = current.get(String(entry.id));
    if (line !== undefined && (!isKept || (await isKept(output, entry.id)))) lines.set(entry, line);
  }
  return lines;
}

interface Work<Request extends SamplingOptions, Result> {
  readonly model: LoadedModel;
  readonly signal: AbortSignal;
  readonly task: BatchTask<Request, Result>;
  readonly entries: Entries<Request>;
  /** What each request asks, by id. */
  readonly asked: ReadonlyMap<string, string>;
  readonly lines: Lines<Request>;
  readonly results: ResultsFile;
  readonly output: string;
  readonly status: StatusLine;
  readonly size: number;
}

async function answerEntries<Request extends SamplingOptions, Result>(work: Work<Request, Result>): Promise<void> {
  const { entries, lines, results, size } = work;
  const open = entries.filter((entry) => !lines.has(entry));
  const tell = reporter(work, open.length);
  while (open.length > 0) {
    // As many requests as are run together, and the faults between them.
    const chunk: BatchEntry<Request>[] = [];
    for (let numRequests = 0; open.length > 0 && numRequests < size; ) {
      const entry = open.shift() as BatchEntry<Request>;
      if ("request" in entry) numRequests++;
      chunk.push(entry);
    }
    await answerChunk(work, chunk, tell);
    await results.append(keepFaults(chunk, lines));
  }
}

async function answerChunk<Request extends SamplingOptions, Result>(
  work: Work<Request, Result>,
  chunk: Entries<Request>,
  tell: (share: number) => void,
): Promise<void> {
  const { model, signal, task, lines, results } = work;
  const answer = async (entries: Requests<Request>) => {
    const requests = entries.map(({ request }) => request);
    const generation = task.runAll(model, requests, signal);
    for await (const steps of generation) {
      tell(steps.reduce((sum, { step, numSteps }) => sum + (numSteps ? step / numSteps : 0), 0));
    }
    return generation;
  };
  const open = chunk.filter((entry) => "request" in entry);
  await runTogether(
    open,
    answer,
    async (entries, outcome) => {
      if (outcome.status === "fulfilled") return keepAnswers(work, entries, outcome.value);
      const [entry] = entries;
      lines.set(entry, JSON.stringify({ id: entry.id, error: (outcome.reason as Error).message }));
      return results.append([lines.get(entry) as string]);
    },
    signal,
  );
}

async function keepAnswers<Request extends SamplingOptions, Result>(
  { task, asked, lines, results, output }: Work<Request, Result>,
  entries: Requests<Request>,
  answers: readonly Result[],
): Promise<void> {
  const outcomes = await Promise.allSettled(entries.map(({ id }, i) => task.keep(output, id, answers[i])));
  const added = outcomes.flatMap((outcome, i) => {
    const { id } = entries[i];
    const isKept = outcome.status === "fulfilled";
    if (!isKept && isOfDisk(outcome.reason)) return [];
    const said = isKept ? { ...outcome.value, asked: asked.get(String(id)) } : { error: outcome.reason.message };
    lines.set(entries[i], JSON.stringify({ id, ...said }));
    return [lines.get(entries[i]) as string];
  });
  await results.append(added);
  for (const outcome of outcomes) if (outcome.status === "rejected" && isOfDisk(outcome.reason)) throw outcome.reason;
}

/** Whether a result cannot be kept for a reason that the others will meet too. */
function isOfDisk(error: unknown): boolean {
  const codes = ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"];
  return error instanceof FileError && codes.includes(error.code ?? "");
}

/** Lines of the entries that are no requests, which are added to the others. */
function keepFaults<Request>(entries: Entries<Request>, lines: Lines<Request>): string[] {
  return entries.flatMap((entry) => {
    if ("request" in entry) return [];
    const { id, line, fault } = entry;
    lines.set(entry, JSON.stringify({ ...(id === undefined ? {} : { id }), line, error: `line ${line}: ${fault}` }));
    return [lines.get(entry) as string];
  });
}

/** Shows what is done; `share` is how many requests the steps of the batch at hand amount to. */
function reporter<Request extends SamplingOptions, Result>(work: Work<Request, Result>, numOpen: number) {
  const { entries, lines, status } = work;
  const start = Date.now();
  return (share: number) => {
    const done = lines.size + share;
    const seconds = (Date.now() - start) / 1000;
    const doneNow = done - (entries.length - numOpen);
    const left = doneNow > 0 ? `  ${formatSeconds((seconds * (entries.length - done)) / doneNow)} left` : "";
    status.show(`${bar(done / entries.length)} ${lines.size} of ${entries.length}${left}`);
  };
}
