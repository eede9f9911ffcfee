/** `mmada data curate`: reasoning traces from a model's answers to questions whose answers are known. */
import { createHash } from "node:crypto";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { encodeImage } from "#image-codec";
import { askEndpoint, EndpointError } from "../data/chat-endpoint.js";
import { type Attempt, selectTraces, traceRecord } from "../data/curation.js";
import { DataError, type Example, type ExampleSource, type Task } from "../data/example.js";
import type { Reward, RolloutForReward } from "../rewards/reward.js";
import { openReward, rewardSchema } from "../rewards/rewards-node.js";
import { MMaDA } from "../tasks/model.js";
import { askToThink } from "../tokens/chat-template.js";
import { splitThinking, withReasoning } from "../tokens/reasoning.js";
import { writeFileAtomically } from "../weights/files-node.js";
import { openResults, type ResultsFile } from "./batch-results.js";
import { type DataSourceOptions, openDataSource, withDataSource } from "./data-source.js";
import { UsageError, withInterrupt } from "./exit.js";
import { BUNDLED_MODEL, parseCount, parseSeed, withDevice, withJson } from "./model-options.js";
import { statusLine } from "./progress.js";

interface CurateOptions extends DataSourceOptions {
  readonly output: string;
  readonly model: string;
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
  readonly endpoint?: string;
  readonly endpointModel?: string;
  readonly apiKeyEnv: string;
  readonly verify: string;
  readonly samples: number;
  readonly maxQuestions?: number;
  readonly temperature: number;
  readonly genLength: number;
  readonly batch: number;
  readonly seed: number;
  readonly keep: number;
  readonly maxSimilarity: number;
  readonly maxImbalance: number;
  readonly json?: boolean;
}

const VERIFIERS = ["math", "numeric", "exact", "choice"] as const;

export function dataCurateCommand(): Command {
  const number = (value: string) => {
    const parsed = Number(value);
    if (value.trim() !== "" && parsed > 0) return parsed;
    throw new UsageError(`${value} must be a number above 0`);
  };
  const command = new Command("curate")
    .description("ask a model questions with known answers and keep the reasoning that leads to them")
    .argument("<file>", "questions with answers, as any file of examples")
    .requiredOption("--output <file>", "JSONL of the traces kept; the attempts are kept beside it in FILE.attempts")
    .option("--model <path or id>", "the model that is asked", BUNDLED_MODEL)
    .option("--endpoint <url>", "instead: an OpenAI-compatible address, up to /v1")
    .option("--endpoint-model <name>", "what the model is called there")
    .option("--api-key-env <name>", "environment variable that holds the key for it", "OPENAI_API_KEY")
    .addOption(
      new Option("--verify <how>", "how an answer is compared with the known one").choices(VERIFIERS).default("math"),
    )
    .option("--samples <number>", "attempts at a question", parseCount, 4)
    .option("--max-questions <number>", "ask the first so many alone", parseCount)
    .option("--temperature <number>", "at which answers are drawn", number, 0.8)
    .option("--gen-length <number>", "tokens for reasoning and answer", parseCount, 512)
    .option("--batch <number>", "questions under way at once", parseCount, 16)
    .option("--seed <number>", "of the first attempts; further ones count on from it", parseSeed, 0)
    .option("--keep <number>", "traces kept of a question", parseCount, 1)
    .option(
      "--max-similarity <number>",
      "share of three-word runs in common beyond which a trace is a near-duplicate",
      number,
      0.8,
    )
    .option("--max-imbalance <number>", "how many times the smallest task's traces another may have", number, 4)
    .addHelpText(
      "after",
      `
Examples:
  mmada data curate train.jsonl --type gsm8k --output traces.jsonl --endpoint http://127.0.0.1:8000/v1 --endpoint-model qwen
  mmada data curate problems.yaml --output traces.jsonl --max-questions 500 --gen-length 96 --verify numeric

A second run goes on where the first stopped, and asks again what failed. Questions, model and settings must be the same; with another
--verify the answers that are there are verified anew.`,
    );
  withJson(withDevice(withDataSource(command)));
  return command.action((file: string, options: CurateOptions) =>
    withInterrupt((signal) => curate(file, options, signal)),
  );
}

async function curate(file: string, options: CurateOptions, signal: AbortSignal): Promise<void> {
  if (options.endpoint !== undefined && options.endpointModel === undefined)
    throw new UsageError("--endpoint needs --endpoint-model, what the model is called there");
  const source = await openDataSource(file, options);
  const numQuestions = Math.min(source.length, options.maxQuestions ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(numQuestions)) throw new UsageError("the questions have no end: say --max-questions");
  const status = statusLine();
  const verifier = await openReward(rewardSchema.parse({ type: options.verify }), { directory: process.cwd() });
  let asker: Asker | undefined;
  try {
    const failures: string[] = [];
    const verify: Verify = (example, answer) => verifyAnswer(verifier, example, answer, failures, signal);
    const log = await openResults(attemptsPath(options), (id) => isIdOf(id, numQuestions, options.samples));
    const attempts = await earlierAttempts(log, source, verify, options);
    const open = openAttempts(numQuestions, options.samples, log.earlier);
    asker = await openAsker(options, signal);
    let numBroken = 0;
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
        else failures.push(line.error);
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
    await writeFileAtomically(`${options.output}.report.json`, [
      new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`),
    ]);
    if (options.json) console.log(JSON.stringify(report));
    else console.log(reportText(report));
  } finally {
    status.clear();
    await asker?.dispose();
    await verifier.dispose?.();
    await source.dispose?.();
  }
}

interface Question {
  readonly example: Example;
  readonly index: number;
  readonly sample: number;
}

/**
 * A line of FILE.attempts. What was asked, of whom and how stands in it because a later run knows questions by their places alone: an
 * answer must not be taken for one to a question that has come to stand there since. Failed attempts are {id, error}, and made again.
 */
interface AttemptLine {
  readonly id: string;
  /** Hash of the question and its known answer. */
  readonly question: string;
  readonly settings: string;
  readonly verify: string;
  readonly attempt: Attempt;
}

type Verify = (example: Example, answer: string) => Promise<boolean>;

/** What cannot be verified is not right. Why is told at the end: one such question must not stop all others. */
async function verifyAnswer(
  verifier: Reward,
  example: Example,
  answer: string,
  failures: string[],
  signal: AbortSignal,
): Promise<boolean> {
  const rollout: RolloutForReward = {
    task: example.task,
    messages: example.messages,
    answer,
    numTokens: 0,
    isFinished: true,
    expected: example.answer as string,
    metadata: example.metadata ?? {},
  };
  try {
    return (await verifier.score(rollout, signal)) > 0.5;
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
    return false;
  }
}

/**
 * The attempts of earlier runs, verified anew where those were told to do so in another way.
 * @throws UsageError where they are at other questions, or were made with other settings
 */
async function earlierAttempts(
  log: ResultsFile,
  source: ExampleSource,
  verify: Verify,
  options: CurateOptions,
): Promise<Attempt[]> {
  const path = attemptsPath(options);
  const wayOut = "give another --output, or remove that file";
  const settings = settingsOf(options);
  const lines: AttemptLine[] = [];
  for (const text of log.earlier.values()) {
    const line = JSON.parse(text) as AttemptLine;
    const index = Number(line.id.split("/")[0]);
    const example = await readQuestion(source, index);
    if (!example || line.question !== hashOf(example, options))
      throw new UsageError(`${path} has an attempt at another question than question ${index + 1} is now: ${wayOut}`);
    if (line.settings !== settings)
      throw new UsageError(`${path} has attempts of ${line.settings}, not of ${settings}: ${wayOut}`);
    lines.push(line.verify === options.verify ? line : await verifiedAnew(line, example, verify, options.verify));
  }
  await log.finish(lines.map((line) => JSON.stringify(line)));
  return lines.map(({ attempt }) => attempt);
}

async function verifiedAnew(line: AttemptLine, example: Example, verify: Verify, how: string): Promise<AttemptLine> {
  const { answer, reasoning } = line.attempt;
  const isRight = await verify(example, withReasoning(answer, reasoning));
  return { ...line, verify: how, attempt: { ...line.attempt, isRight } };
}

/** What came of a question; undefined where that ends the run. */
async function toLine(
  { example, index, sample }: Question,
  outcome: PromiseSettledResult<string>,
  verify: Verify,
  options: CurateOptions,
): Promise<AttemptLine | { readonly id: string; readonly error: string } | undefined> {
  const id = `${index}/${sample}`;
  if (outcome.status === "rejected")
    return isOfQuestion(outcome.reason) ? { id, error: outcome.reason.message } : undefined;
  const isRight = await verify(example, outcome.value);
  return {
    id,
    question: hashOf(example, options),
    settings: settingsOf(options),
    verify: options.verify,
    attempt: { index, sample, task: example.task, isRight, ...splitThinking(outcome.value) },
  };
}

/** Otherwise further questions would fail likewise, or nobody waits for them any more. */
function isOfQuestion(error: unknown): error is EndpointError {
  return error instanceof EndpointError && error.isOfQuestion;
}

function attemptsPath({ output }: CurateOptions): string {
  return `${output}.attempts`;
}

/** Without the address: the same model may be served at another. */
function settingsOf({ endpoint, endpointModel, model, temperature, genLength, seed }: CurateOptions): string {
  const asked = endpoint === undefined ? model : `${endpointModel} at an endpoint`;
  return `${asked}, temperature ${temperature}, ${genLength} tokens, seed ${seed}`;
}

function hashOf({ messages, image, answer }: Example, { output }: CurateOptions): string {
  const asked = JSON.stringify([messages, image ? imagePlace(image.key, output) : null, answer]);
  return createHash("sha256").update(asked).digest("hex").slice(0, 16);
}

/** As seen from the output: a folder with both may be moved. */
function imagePlace(key: string, output: string): string {
  const path = key.replace(/^file:/, "");
  return isAbsolute(path) ? relative(dirname(resolve(output)), path) : path;
}

/** Who is asked: the answers, with their reasoning in marks, in the order of the questions. One that fails takes no others with it. */
interface Asker {
  ask(questions: readonly Question[]): Promise<PromiseSettledResult<string>[]>;
  dispose(): Promise<void>;
}

async function openAsker(options: CurateOptions, signal: AbortSignal): Promise<Asker> {
  const { endpoint, endpointModel, temperature, genLength } = options;
  const seedOf = ({ sample }: Question) => options.seed + sample;
  if (endpoint !== undefined && endpointModel !== undefined) {
    const apiKey = process.env[options.apiKeyEnv];
    const settings = { url: endpoint, model: endpointModel, apiKey, temperature, maxTokens: genLength };
    return {
      ask: (questions) =>
        Promise.allSettled(
          questions.map(async (question) => {
            const image = await question.example.image?.load();
            return askEndpoint(settings, askToThink(question.example.messages), {
              image,
              seed: seedOf(question),
              signal,
            });
          }),
        ),
      dispose: async () => {},
    };
  }
  const model = await MMaDA.fromPretrained(options.model, { device: options.device, signal });
  const common = { thinking: true, genLength, temperature } as const;
  return {
    async ask(questions) {
      const written = new Map<Question, string>();
      const keep = (asked: readonly Question[], answers: readonly { text: string; reasoning?: string }[]): void => {
        asked.forEach((question, i) => {
          const { text, reasoning } = answers[i];
          written.set(question, withReasoning(text, reasoning));
        });
      };
      const texts = questions.filter(({ example }) => !example.image);
      const pictures = questions.filter(({ example }) => example.image);
      const texting = texts.map((question) => ({
        messages: question.example.messages,
        seed: seedOf(question),
        ...common,
      }));
      if (texts.length > 0) keep(texts, await model.answerAll(texting, { signal }));
      const describing = await Promise.all(
        pictures.map(async (question) => ({
          image: await question.example.image!.load(),
          question: question.example.messages,
          seed: seedOf(question),
          ...common,
        })),
      );
      if (pictures.length > 0) keep(pictures, await model.describeAll(describing, { signal }));
      return questions.map((question) => ({ status: "fulfilled", value: written.get(question) as string }));
    },
    dispose: () => model.dispose(),
  };
}

/** Questions are chats and questions about pictures, with an answer to verify; others are passed over, as are broken records. */
async function readQuestion(source: ExampleSource, index: number): Promise<Example | undefined> {
  try {
    const example = await source.read(index);
    return ["lm_chat", "mmu"].includes(example.task) && example.answer !== undefined ? example : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
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

function isIdOf(id: string, numQuestions: number, numSamples: number): boolean {
  const [index, sample] = id.split("/").map(Number);
  return index < numQuestions && sample < numSamples;
}

/** First attempts at all questions, then second ones, …: a run that is stopped early has seen many questions. */
function openAttempts(
  numQuestions: number,
  numSamples: number,
  earlier: ReadonlyMap<string, string>,
): { index: number; sample: number }[] {
  const open: { index: number; sample: number }[] = [];
  for (let sample = 0; sample < numSamples; sample++)
    for (let index = 0; index < numQuestions; index++)
      if (!earlier.has(`${index}/${sample}`)) open.push({ index, sample });
  return open;
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

function reportText({ output, numKept, numBroken, numFailed, firstFailure, tasks }: Report): string {
  const lines = (Object.keys(tasks) as Task[]).map((task) => {
    const one = tasks[task]!;
    return (
      `${task}: ${one.numSolved} of ${one.numQuestions} questions solved, ${one.numRight} of ${one.numAttempts} attempts right; ` +
      `${one.numKept} kept (left out: ${one.numUnreasoned} without reasoning, ${one.numDuplicates} duplicates, ` +
      `${one.numNearDuplicates} near-duplicates, ${one.numSurplus} more than needed)`
    );
  });
  const passed =
    numBroken > 0 ? [`${numBroken} attempts at records that are broken, or no questions, were passed over`] : [];
  const failed = numFailed > 0 ? [`${numFailed} attempts failed, the first: ${firstFailure}`] : [];
  return [
    ...lines,
    ...passed,
    ...failed,
    `${numKept} traces in ${basename(output)}, with ${basename(output)}.report.json beside`,
  ].join("\n");
}
