/** `mmada data curate`: reasoning traces from a model's answers to questions whose answers are known. */
import { basename, dirname, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { encodeImage } from "#image-codec";
import { askEndpoint } from "../data/chat-endpoint.js";
import { type Attempt, selectTraces, traceRecord } from "../data/curation.js";
import { DataError, type Example, type ExampleSource, type Task } from "../data/example.js";
import type { RolloutForReward } from "../rewards/reward.js";
import { openReward, rewardSchema } from "../rewards/rewards-node.js";
import { MMaDA } from "../tasks/model.js";
import { askToThink } from "../tokens/chat-template.js";
import { splitThinking, withReasoning } from "../tokens/reasoning.js";
import { writeFileAtomically } from "../weights/files-node.js";
import { openResults } from "./batch-results.js";
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

A second run goes on where the first stopped.`,
    );
  withJson(withDevice(withDataSource(command)));
  return command.action((file: string, options: CurateOptions) =>
    withInterrupt((signal) => curate(file, options, signal)),
  );
}

async function curate(file: string, options: CurateOptions, signal: AbortSignal): Promise<void> {
  const source = await openDataSource(file, options);
  const numQuestions = Math.min(source.length, options.maxQuestions ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(numQuestions)) throw new UsageError("the questions have no end: say --max-questions");
  const status = statusLine();
  const verifier = await openReward(rewardSchema.parse({ type: options.verify }), { directory: process.cwd() });
  const asker = await openAsker(options, signal);
  try {
    const log = await openResults(`${options.output}.attempts`, (id) => isIdOf(id, numQuestions, options.samples));
    const attempts = [...log.earlier.values()].map((line) => (JSON.parse(line) as { attempt: Attempt }).attempt);
    const numEarlier = attempts.length;
    const open = openAttempts(numQuestions, options.samples, log.earlier);
    let numBroken = 0;
    for (let start = 0; start < open.length; start += options.batch) {
      signal.throwIfAborted();
      const numDone = numEarlier + start;
      status.show(
        `${numDone} of ${numQuestions * options.samples} attempts, ${attempts.filter(({ isRight }) => isRight).length} right`,
      );
      const questions: Question[] = [];
      for (const { index, sample } of open.slice(start, start + options.batch)) {
        const example = await readQuestion(source, index);
        if (example) questions.push({ example, index, sample });
        else numBroken++;
      }
      const answers = await asker.ask(questions);
      const judged = await Promise.all(
        questions.map(async ({ example, index, sample }, i): Promise<Attempt> => {
          const rollout: RolloutForReward = {
            task: example.task,
            messages: example.messages,
            answer: answers[i],
            numTokens: 0,
            isFinished: true,
            expected: example.answer as string,
            metadata: example.metadata ?? {},
          };
          const isRight = (await verifier.score(rollout, signal)) > 0.5;
          return { index, sample, task: example.task, isRight, ...splitThinking(answers[i]) };
        }),
      );
      await log.append(judged.map((attempt) => JSON.stringify({ id: `${attempt.index}/${attempt.sample}`, attempt })));
      attempts.push(...judged);
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
    const report = { output: options.output, numKept: kept.length, numBroken, tasks: reports };
    await writeFileAtomically(`${options.output}.report.json`, [
      new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`),
    ]);
    if (options.json) console.log(JSON.stringify(report));
    else console.log(reportText(report));
  } finally {
    status.clear();
    await asker.dispose();
    await verifier.dispose?.();
    await source.dispose?.();
  }
}

interface Question {
  readonly example: Example;
  readonly index: number;
  readonly sample: number;
}

/** Who is asked: the answers, with their reasoning in marks, in the order of the questions. */
interface Asker {
  ask(questions: readonly Question[]): Promise<string[]>;
  dispose(): Promise<void>;
}

async function openAsker(options: CurateOptions, signal: AbortSignal): Promise<Asker> {
  const { endpoint, endpointModel, temperature, genLength } = options;
  const seedOf = ({ sample }: Question) => options.seed + sample;
  if (endpoint !== undefined) {
    if (endpointModel === undefined)
      throw new UsageError("--endpoint needs --endpoint-model, what the model is called there");
    const apiKey = process.env[options.apiKeyEnv];
    const settings = { url: endpoint, model: endpointModel, apiKey, temperature, maxTokens: genLength };
    return {
      ask: (questions) =>
        Promise.all(
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
      return questions.map((question) => written.get(question) as string);
    },
    dispose: () => model.dispose(),
  };
}

/** Questions are chats and questions about pictures, with an answer to verify; others are passed over, as are broken records. */
async function readQuestion(source: ExampleSource, index: number): Promise<Example | undefined> {
  try {
    const example = await source.read(index);
    await example.image?.load();
    return ["lm_chat", "mmu"].includes(example.task) && example.answer !== undefined ? example : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
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
  readonly tasks: ReturnType<typeof selectTraces>["reports"];
}

function reportText({ output, numKept, numBroken, tasks }: Report): string {
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
  return [
    ...lines,
    ...passed,
    `${numKept} traces in ${basename(output)}, with ${basename(output)}.report.json beside`,
  ].join("\n");
}
