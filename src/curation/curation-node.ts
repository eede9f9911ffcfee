/**
 * A curation, from its questions to the traces that are kept: attempts that are not there yet are made, and all of them are chosen from.
 *
 *     OUTPUT              the traces, a record a line that can be trained on
 *     OUTPUT.attempts     the attempts, kept batch by batch: a second run goes on from there
 *     OUTPUT.report.json  what came of it
 */
import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { DataError, type Example, type ExampleSource, type Task } from "../data/example.js";
import { pngDataUrl } from "../images/data-url.js";
import { openReward } from "../rewards/rewards-node.js";
import { OptionError } from "../tasks/options.js";
import { OutputError, openResults } from "../tasks/results-file-node.js";
import { writeFileAtomically } from "../weights/files-node.js";
import { type Asker, openAsker, type Question } from "./asker.js";
import {
  attemptsPath,
  earlierAttempts,
  isIdOf,
  isOfQuestion,
  openAttempts,
  readQuestion,
  toLine,
  type Verify,
  verifyAnswer,
} from "./attempts-node.js";
import { type CurationOptions, type CurationSettings, settingsOf } from "./options.js";
import { type Attempt, selectTraces, type TaskReport, traceRecord } from "./selection.js";

/** What came of a curation. */
export interface CurationReport {
  readonly output: string;
  readonly numKept: number;
  /** Attempts that were made, by earlier runs too, whatever came of them. */
  readonly numMade: number;
  /** Attempts that were passed over: at records that are broken, or no questions. */
  readonly numBroken: number;
  /** Attempts without an answer, or with one that could not be verified; why, of the first. */
  readonly numFailed: number;
  readonly firstFailure?: string;
  readonly tasks: Readonly<Partial<Record<Task, TaskReport>>>;
}

/**
 * Asks a model questions whose answers are known, and keeps the reasoning that leads to them. Attempts of an earlier run at the same output
 * are gone on from; nobody is asked, and no model is loaded, where all are there.
 * @param questions chats and questions about pictures, with answers; what else the source has is passed over
 * @throws OptionError for options that will not do, and for questions without end where `maxQuestions` is left out
 * @throws OutputError when no curation has made what stands at the output, or one of other questions, another model or other settings
 * @throws EndpointError when the endpoint refuses, what loading the model throws, FileError, the signal's reason: a second run goes on from there
 * @example
 * const questions = await jsonlSource({ path: "questions.jsonl" });
 * const { numKept, tasks } = await curate(questions, { output: "traces.jsonl", model: BUNDLED_MODEL, verify: "numeric", samples: 2 });
 */
export async function curate(questions: ExampleSource, options: CurationOptions): Promise<CurationReport> {
  const settings = settingsOf(options);
  const { output } = settings;
  const numQuestions = Math.min(questions.length, settings.maxQuestions ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(numQuestions))
    throw new OptionError("the questions have no end: maxQuestions says how many are asked");
  checkOutput(output);
  const { attempts, numBroken, numUnanswered, failures } = await makeAttempts(questions, numQuestions, settings);
  const { kept, reports } = selectTraces(attempts, settings);
  await writeTraces(kept, questions, output);
  const report: CurationReport = {
    output,
    numKept: kept.length,
    numMade: attempts.length + numUnanswered,
    numBroken,
    numFailed: failures.length,
    ...(failures.length === 0 ? {} : { firstFailure: failures[0] }),
    tasks: reports,
  };
  await writeFileAtomically(reportPath(output), [new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`)]);
  return report;
}

function reportPath(output: string): string {
  return `${output}.report.json`;
}

/** A curation may write over what a curation has written, and nothing else. @throws OutputError */
function checkOutput(output: string): void {
  if (existsSync(output) && !existsSync(attemptsPath(output)) && !existsSync(reportPath(output)))
    throw new OutputError(`${output} is there, and no curation has made it`, "move it away");
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

/** Makes the attempts that are not in OUTPUT.attempts, and keeps them there batch by batch. */
async function makeAttempts(
  source: ExampleSource,
  numQuestions: number,
  settings: CurationSettings,
): Promise<MadeAttempts> {
  const { samples, batchSize, output, signal = new AbortController().signal, onAttempts } = settings;
  const failures: string[] = [];
  const verifier = await openReward({ type: settings.verify }, { directory: process.cwd() });
  const verify: Verify = (example, answer) => verifyAnswer(verifier, example, answer, failures, signal);
  let [numBroken, numUnanswered] = [0, 0];
  let asker: Asker | undefined;
  try {
    const log = await openResults(
      attemptsPath(output),
      (id) => isIdOf(id, numQuestions, samples),
      (line) => "question" in line,
    );
    const attempts = await earlierAttempts(log, source, verify, settings);
    const open = openAttempts(numQuestions, samples, log.earlier);
    const numAttempts = numQuestions * samples;
    for (let start = 0; start < open.length; start += batchSize) {
      signal.throwIfAborted();
      const numRight = attempts.filter(({ isRight }) => isRight).length;
      onAttempts?.({ numDone: numAttempts - (open.length - start), numAttempts, numRight });
      const batch = open.slice(start, start + batchSize);
      const questions = await readQuestions(source, batch);
      numBroken += batch.length - questions.length;
      if (questions.length === 0) continue;
      asker ??= await openAsker(settings, signal);
      const outcomes = await asker.ask(questions);
      const lines = await Promise.all(questions.map((question, i) => toLine(question, outcomes[i], verify, settings)));
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
    return { attempts, numBroken, numUnanswered, failures };
  } finally {
    await asker?.dispose();
    await verifier.dispose?.();
  }
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
