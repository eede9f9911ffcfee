/** A curation from its questions to the traces that are kept: attempts that are not there yet are made, and all of them are chosen from. */
import { basename, dirname, relative, resolve } from "node:path";
import { type Attempt, selectTraces, traceRecord } from "../data/curation.js";
import { DataError, type Example, type ExampleSource, type Task } from "../data/example.js";
import { pngDataUrl } from "../images/data-url.js";
import type { Reward } from "../rewards/reward.js";
import { openReward, rewardSchema } from "../rewards/rewards-node.js";
import { createHoldings } from "../runtime/holdings.js";
import { writeFileAtomically } from "../weights/files-node.js";
import { openResults } from "./batch-results.js";
import { type Asker, openAsker, type Question } from "./curation-asker.js";
import {
  type AttemptOptions,
  earlierAttempts,
  isIdOf,
  isOfQuestion,
  openAttempts,
  readQuestion,
  toLine,
  type Verify,
  verifyAnswer,
} from "./curation-attempts.js";
import { attemptsPath, checkOutput, reportPath } from "./curation-output.js";
import { type DataSourceOptions, openDataSource } from "./data-source.js";
import { UsageError } from "./exit.js";
import { downloadStatus, type StatusLine, statusLine } from "./progress.js";

export interface CurateOptions extends DataSourceOptions, AttemptOptions {
  readonly samples: number;
  readonly maxQuestions?: number;
  readonly batchSize: number;
  readonly keep: number;
  readonly maxSimilarity: number;
  readonly maxImbalance: number;
  readonly json?: boolean;
}

/**
 * Asks, keeps what verifies and says what came of it.
 * @throws UsageError for files and options that will not do; what ends the asking, after which a second run goes on
 */
export async function curate(file: string, options: CurateOptions, signal: AbortSignal): Promise<void> {
  await checkOutput(file, options.output);
  const { hold, dispose } = createHoldings();
  const status = statusLine();
  hold({ dispose: async () => status.clear() });
  try {
    const source = hold(await openDataSource(file, options));
    const numQuestions = Math.min(source.length, options.maxQuestions ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(numQuestions)) throw new UsageError("the questions have no end: say --max-questions");
    const verifier = hold(await openReward(rewardSchema.parse({ type: options.verify }), { directory: process.cwd() }));
    const made = await makeAttempts({ source, numQuestions, verifier, status }, options, signal);
    status.clear();
    const { kept, reports } = selectTraces(made.attempts, {
      maxPerQuestion: options.keep,
      maxSimilarity: options.maxSimilarity,
      maxImbalance: options.maxImbalance,
    });
    await writeTraces(kept, source, options.output);
    const report: Report = {
      output: options.output,
      numKept: kept.length,
      numBroken: made.numBroken,
      numFailed: made.failures.length,
      ...(made.failures.length === 0 ? {} : { firstFailure: made.failures[0] }),
      tasks: reports,
    };
    await writeFileAtomically(reportPath(options.output), [
      new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`),
    ]);
    if (options.json) console.log(JSON.stringify(report));
    else console.log(reportText(report));
    tellFailures(made);
  } finally {
    await dispose();
  }
}

/** What attempts are made with. */
interface Workplace {
  readonly source: ExampleSource;
  readonly numQuestions: number;
  readonly verifier: Reward;
  readonly status: StatusLine;
}

interface MadeAttempts {
  /** All that have an answer, those of earlier runs too. */
  readonly attempts: readonly Attempt[];
  /** Attempts at records that are broken, or no questions. */
  readonly numBroken: number;
  readonly numUnanswered: number;
  /** Why there is no answer, or why one could not be verified. */
  readonly failures: readonly string[];
}

/** Makes the attempts that are not in FILE.attempts, and keeps them there batch by batch. Nobody is asked where all are there. */
async function makeAttempts(
  { source, numQuestions, verifier, status }: Workplace,
  options: CurateOptions,
  signal: AbortSignal,
): Promise<MadeAttempts> {
  const failures: string[] = [];
  const verify: Verify = (example, answer) => verifyAnswer(verifier, example, answer, failures, signal);
  const log = await openResults(
    attemptsPath(options.output),
    (id) => isIdOf(id, numQuestions, options.samples),
    (line) => "question" in line,
  );
  const attempts = await earlierAttempts(log, source, verify, options);
  const open = openAttempts(numQuestions, options.samples, log.earlier);
  const numAll = numQuestions * options.samples;
  let [numBroken, numUnanswered] = [0, 0];
  let asker: Asker | undefined;
  try {
    for (let start = 0; start < open.length; start += options.batchSize) {
      signal.throwIfAborted();
      const numRight = attempts.filter(({ isRight }) => isRight).length;
      status.show(`${numAll - (open.length - start)} of ${numAll} attempts, ${numRight} right`);
      const batch = open.slice(start, start + options.batchSize);
      const questions = await readQuestions(source, batch);
      numBroken += batch.length - questions.length;
      if (questions.length === 0) continue;
      asker ??= await openAsker(options, signal, downloadStatus(status));
      const outcomes = await asker.ask(questions);
      const lines = await Promise.all(questions.map((question, i) => toLine(question, outcomes[i], verify, options)));
      const known = lines.filter((line) => line !== undefined);
      await log.append(known.map((line) => JSON.stringify(line)));
      for (const line of known) {
        if ("attempt" in line) attempts.push(line.attempt);
        else {
          failures.push(line.error);
          numUnanswered++;
        }
      }
      // Only now, when the answers of the others are kept.
      for (const outcome of outcomes)
        if (outcome.status === "rejected" && !isOfQuestion(outcome.reason)) throw outcome.reason;
    }
  } finally {
    await asker?.dispose();
  }
  return { attempts, numBroken, numUnanswered, failures };
}

/** Those that are questions, with their pictures. */
async function readQuestions(
  source: ExampleSource,
  batch: readonly Pick<Question, "index" | "sample">[],
): Promise<Question[]> {
  const questions: Question[] = [];
  for (const { index, sample } of batch) {
    const example = await readQuestion(source, index);
    if (example && (await isPictureThere(example))) questions.push({ example, index, sample });
  }
  return questions;
}

async function isPictureThere({ image }: Example): Promise<boolean> {
  try {
    await image?.load();
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

async function writeTraces(kept: readonly Attempt[], source: ExampleSource, output: string): Promise<void> {
  const lines: string[] = [];
  for (const attempt of kept) {
    const example = await source.read(attempt.index);
    lines.push(`${JSON.stringify(traceRecord(example, attempt, await imageField(example, output)))}\n`);
  }
  await writeFileAtomically(output, [new TextEncoder().encode(lines.join(""))]);
}

/** Files and members of tars by their paths as seen from the output; other pictures in the record itself. */
async function imageField({ image }: Example, output: string): Promise<string | undefined> {
  if (!image) return undefined;
  const from = dirname(resolve(output));
  if (image.key.startsWith("file:")) return relative(from, image.key.slice("file:".length));
  const [, tar, member] = /^(.+\.tar)!(.+)$/s.exec(image.key) ?? [];
  if (tar !== undefined) return `${relative(from, tar)}!${member}`;
  return pngDataUrl(await image.load());
}

/** Failures are said; where there is nothing else, that is one of the whole. */
function tellFailures({ attempts, numUnanswered, failures }: MadeAttempts): void {
  if (failures.length === 0) return;
  // Of every other attempt the answer could not be verified.
  const isAll = failures.length === attempts.length + numUnanswered;
  const attemptsFailed = failures.length === 1 ? "1 attempt failed" : `${failures.length} attempts failed`;
  process.stderr.write(`${isAll ? "all " : ""}${attemptsFailed}, the first: ${failures[0]}\n`);
  if (isAll) process.exitCode = 1;
}

interface Report {
  readonly output: string;
  readonly numKept: number;
  readonly numBroken: number;
  /** Attempts without an answer, or with one that could not be verified; why, of the first. */
  readonly numFailed: number;
  readonly firstFailure?: string;
  readonly tasks: ReturnType<typeof selectTraces>["reports"];
}

function reportText({ output, numKept, numBroken, tasks }: Report): string {
  const lines = (Object.keys(tasks) as Task[]).map((task) => {
    const one = tasks[task]!;
    return (
      `${task}: ${one.numSolved} of ${one.numQuestions} questions solved, ${one.numRight} of ${one.numAttempts} attempts right; ` +
      `${one.numKept} kept (left out: ${one.numUnreasoned} without reasoning, ${one.numMalformed} with stray marks, ${one.numDuplicates} duplicates, ` +
      `${one.numNearDuplicates} near-duplicates, ${one.numSurplus} more than needed)`
    );
  });
  const passed =
    numBroken > 0 ? [`${numBroken} attempts at records that are broken, or no questions, were passed over`] : [];
  return [
    ...lines,
    ...passed,
    `${numKept} traces in ${basename(output)}, with ${basename(output)}.report.json beside`,
  ].join("\n");
}
