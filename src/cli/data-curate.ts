/** `mmada data curate`: reasoning traces from a model's answers to questions whose answers are known. */
import { basename, dirname, relative, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { encodeImage } from "#image-codec";
import { selectTraces, traceRecord } from "../data/curation.js";
import { DataError, type Example, type Task } from "../data/example.js";
import { openReward, rewardSchema } from "../rewards/rewards-node.js";
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
import { type DataSourceOptions, openDataSource, withDataSource } from "./data-source.js";
import { UsageError, withInterrupt } from "./exit.js";
import { BUNDLED_MODEL, parseCount, parseSeed, withDevice, withJson } from "./model-options.js";
import { downloadStatus, statusLine } from "./progress.js";
import { refuseOptions } from "./stray-options.js";

interface CurateOptions extends DataSourceOptions, AttemptOptions {
  readonly samples: number;
  readonly maxQuestions?: number;
  readonly batch: number;
  readonly keep: number;
  readonly maxSimilarity: number;
  readonly maxImbalance: number;
  readonly json?: boolean;
}

/** Tokens that an endpoint may answer with, unless it is told: it may know no bound. */
const ENDPOINT_LENGTH = 512;

const VERIFIERS = ["math", "numeric", "exact", "choice"] as const;

export function dataCurateCommand(): Command {
  const number = (value: string) => {
    const parsed = Number(value);
    if (value.trim() !== "" && parsed > 0) return parsed;
    throw new InvalidArgumentError("It must be a number above 0.");
  };
  const share = (value: string) => {
    if (number(value) <= 1) return Number(value);
    throw new InvalidArgumentError("It must be above 0 and at most 1.");
  };
  const timesMore = (value: string) => {
    if (number(value) >= 1) return Number(value);
    throw new InvalidArgumentError("It must be 1 or more.");
  };
  const command = new Command("curate")
    .description("ask a model questions with known answers and keep the reasoning that leads to them")
    .argument("<file>", "questions with answers, as any file of examples")
    .requiredOption("--output <file>", "JSONL of the traces kept; the attempts are kept beside it in FILE.attempts")
    .addOption(new Option("--model <path or id>", "the model that is asked").default(BUNDLED_MODEL, "the bundled one"))
    .option("--endpoint <url>", "instead: an OpenAI-compatible address, up to /v1")
    .option("--endpoint-model <name>", "what the model is called there")
    .option("--api-key-env <name>", "environment variable that holds the key for it", "OPENAI_API_KEY")
    .addOption(
      new Option("--verify <how>", "how an answer is compared with the known one").choices(VERIFIERS).default("math"),
    )
    .option("--samples <number>", "attempts at a question", parseCount, 4)
    .option("--max-questions <number>", "ask the first so many alone", parseCount)
    .option("--temperature <number>", "at which answers are drawn", number, 0.8)
    .option(
      "--gen-length <number>",
      `tokens for reasoning and answer (default: as the model has it; ${ENDPOINT_LENGTH} at an endpoint)`,
      parseCount,
    )
    .option("--batch <number>", "questions under way at once", parseCount, 16)
    .option("--seed <number>", "of the first attempts; further ones count on from it", parseSeed, 0)
    .option("--keep <number>", "traces kept of a question", parseCount, 1)
    .option(
      "--max-similarity <number>",
      "share of three-word runs in common beyond which a trace is a near-duplicate",
      share,
      0.8,
    )
    .option("--max-imbalance <number>", "how many times the smallest task's traces another may have", timesMore, 4)
    .addHelpText(
      "after",
      `
Examples:
  mmada data curate train.jsonl --type gsm8k --output traces.jsonl --endpoint http://127.0.0.1:8000/v1 --endpoint-model qwen
  mmada data curate problems.yaml --output traces.jsonl --max-questions 500 --gen-length 96 --verify numeric

A second run goes on where the first stopped, and asks again what failed. Questions, model and settings must be the same; with another
--verify the answers that are there are verified anew. Exit code 1 where every attempt failed.`,
    );
  withJson(withDevice(withDataSource(command)));
  return command.action(async (file: string, options: CurateOptions, own: Command) => {
    if (options.endpoint === undefined) {
      refuseOptions(own, ["endpointModel", "apiKeyEnv"], "for an endpoint, which --endpoint gives");
      return withInterrupt((signal) => curate(file, options, signal));
    }
    refuseOptions(own, ["model", "device"], "for a model here, in whose place --endpoint is asked");
    if (options.endpointModel === undefined)
      throw new UsageError("--endpoint needs --endpoint-model, what the model is called there");
    const { genLength = ENDPOINT_LENGTH } = options;
    return withInterrupt((signal) => curate(file, { ...options, genLength }, signal));
  });
}

async function curate(file: string, options: CurateOptions, signal: AbortSignal): Promise<void> {
  await checkOutput(file, options.output);
  const source = await openDataSource(file, options);
  const numQuestions = Math.min(source.length, options.maxQuestions ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(numQuestions)) throw new UsageError("the questions have no end: say --max-questions");
  const status = statusLine();
  const verifier = await openReward(rewardSchema.parse({ type: options.verify }), { directory: process.cwd() });
  let asker: Asker | undefined;
  try {
    const failures: string[] = [];
    const verify: Verify = (example, answer) => verifyAnswer(verifier, example, answer, failures, signal);
    const log = await openResults(
      attemptsPath(options.output),
      (id) => isIdOf(id, numQuestions, options.samples),
      (line) => "question" in line,
    );
    const attempts = await earlierAttempts(log, source, verify, options);
    const open = openAttempts(numQuestions, options.samples, log.earlier);
    asker = await openAsker(options, signal, downloadStatus(status));
    let [numBroken, numUnanswered] = [0, 0];
    for (let start = 0; start < open.length; start += options.batch) {
      signal.throwIfAborted();
      const numDone = numQuestions * options.samples - (open.length - start);
      status.show(
        `${numDone} of ${numQuestions * options.samples} attempts, ${attempts.filter(({ isRight }) => isRight).length} right`,
      );
      const questions: Question[] = [];
      for (const { index, sample } of open.slice(start, start + options.batch)) {
        const example = await readQuestion(source, index);
        if (example && (await isPictureThere(example))) questions.push({ example, index, sample });
        else numBroken++;
      }
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
    status.clear();
    const { kept, reports } = selectTraces(attempts, {
      maxPerQuestion: options.keep,
      maxSimilarity: options.maxSimilarity,
      maxImbalance: options.maxImbalance,
    });
    const lines: string[] = [];
    for (const attempt of kept) {
      const example = await source.read(attempt.index);
      lines.push(`${JSON.stringify(traceRecord(example, attempt, await imageField(example, options.output)))}\n`);
    }
    await writeFileAtomically(options.output, [new TextEncoder().encode(lines.join(""))]);
    const report: Report = {
      output: options.output,
      numKept: kept.length,
      numBroken,
      numFailed: failures.length,
      ...(failures.length === 0 ? {} : { firstFailure: failures[0] }),
      tasks: reports,
    };
    await writeFileAtomically(reportPath(options.output), [
      new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`),
    ]);
    if (options.json) console.log(JSON.stringify(report));
    else console.log(reportText(report));
    if (failures.length === 0) return;
    // Of every other attempt the answer could not be verified.
    const isAll = failures.length === attempts.length + numUnanswered;
    const attemptsFailed = failures.length === 1 ? "1 attempt failed" : `${failures.length} attempts failed`;
    process.stderr.write(`${isAll ? "all " : ""}${attemptsFailed}, the first: ${failures[0]}\n`);
    if (isAll) process.exitCode = 1;
  } finally {
    status.clear();
    await asker?.dispose();
    await verifier.dispose?.();
    await source.dispose?.();
  }
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

/** Files and members of tars by their paths as seen from the output; other pictures in the record itself. */
async function imageField({ image }: Example, output: string): Promise<string | undefined> {
  if (!image) return undefined;
  const from = dirname(resolve(output));
  if (image.key.startsWith("file:")) return relative(from, image.key.slice("file:".length));
  const [, tar, member] = /^(.+\.tar)!(.+)$/s.exec(image.key) ?? [];
  if (tar !== undefined) return `${relative(from, tar)}!${member}`;
  return `data:image/png;base64,${Buffer.from(await encodeImage(await image.load(), "png")).toString("base64")}`;
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
