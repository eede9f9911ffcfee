/** What is kept of a curation's attempts, so that a second run goes on where the first stopped: OUTPUT.attempts, a line each. */
import { createHash } from "node:crypto";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { DataError, type Example, type ExampleSource } from "../data/example.js";
import { ImageError } from "../images/image-header.js";
import type { Reward, RolloutForReward } from "../rewards/reward.js";
import { OptionError } from "../tasks/options.js";
import { OutputError, type ResultsFile } from "../tasks/results-file-node.js";
import { splitThinking, withReasoning } from "../tokens/reasoning.js";
import type { Question } from "./asker.js";
import { EndpointError } from "./chat-endpoint.js";
import type { CurationSettings } from "./options.js";
import type { Attempt } from "./selection.js";

/** Where the attempts of a curation are kept. */
export function attemptsPath(output: string): string {
  return `${output}.attempts`;
}

/**
 * A line of OUTPUT.attempts. What was asked, of whom and how stands in it because a later run knows questions by their places alone: an
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

/** In the place of a verifier's name: not right as far as is known, and to be verified by the next run. */
const UNVERIFIED = "none";

/** Undefined where it could not be told. */
export type Verify = (example: Example, answer: string) => Promise<boolean | undefined>;

/** Why an answer could not be verified is told at the end: one such question must not stop all others. */
export async function verifyAnswer(
  verifier: Reward,
  example: Example,
  answer: string,
  failures: string[],
  signal: AbortSignal,
): Promise<boolean | undefined> {
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
    return undefined;
  }
}

/**
 * The attempts of earlier runs, verified anew where those were told to do so in another way.
 * @throws OutputError where they are at other questions, or were made with other settings
 */
export async function earlierAttempts(
  log: ResultsFile,
  source: ExampleSource,
  verify: Verify,
  settings: CurationSettings,
): Promise<Attempt[]> {
  const path = attemptsPath(settings.output);
  const wayOut = "remove that file";
  const made = wordsOf(settings);
  const lines: AttemptLine[] = [];
  for (const text of log.earlier.values()) {
    const line = JSON.parse(text) as AttemptLine;
    const index = Number(line.id.split("/")[0]);
    const example = await readQuestion(source, index);
    if (!example || line.question !== hashOf(example, settings))
      throw new OutputError(`${path} has an attempt at another question than question ${index + 1} is now`, wayOut);
    if (line.settings !== made)
      throw new OutputError(`${path} has attempts of ${line.settings}, not of ${made}`, wayOut);
    lines.push(line.verify === settings.verify ? line : await verifiedAnew(line, example, verify, settings.verify));
  }
  await log.finish(lines.map((line) => JSON.stringify(line)));
  return lines.map(({ attempt }) => attempt);
}

async function verifiedAnew(line: AttemptLine, example: Example, verify: Verify, how: string): Promise<AttemptLine> {
  const { answer, reasoning } = line.attempt;
  const verdict = await verify(example, withReasoning(answer, reasoning));
  return {
    ...line,
    verify: verdict === undefined ? UNVERIFIED : how,
    attempt: { ...line.attempt, isRight: verdict ?? false },
  };
}

/** What came of a question; undefined where that ends the run. */
export async function toLine(
  { example, index, sample }: Question,
  outcome: PromiseSettledResult<string>,
  verify: Verify,
  settings: CurationSettings,
): Promise<AttemptLine | { readonly id: string; readonly error: string } | undefined> {
  const id = `${index}/${sample}`;
  if (outcome.status === "rejected")
    return isOfQuestion(outcome.reason) ? { id, error: outcome.reason.message } : undefined;
  const verdict = await verify(example, outcome.value);
  return {
    id,
    question: hashOf(example, settings),
    settings: wordsOf(settings),
    verify: verdict === undefined ? UNVERIFIED : settings.verify,
    attempt: { index, sample, task: example.task, isRight: verdict ?? false, ...splitThinking(outcome.value) },
  };
}

/** Otherwise further questions would fail likewise, or nobody waits for them any more. */
export function isOfQuestion(error: unknown): error is EndpointError | OptionError | ImageError {
  if (error instanceof EndpointError) return error.isOfQuestion;
  // What a model that is loaded here says of a question that is too long for it, or of a picture that it cannot read.
  return error instanceof OptionError || error instanceof ImageError;
}

/** What makes attempts what they are, without the address: the same model may be served at another. */
function wordsOf({ endpoint, model, temperature, genLength, seed }: CurationSettings): string {
  const asked = endpoint === undefined ? model : `${model} at an endpoint`;
  const length = genLength === undefined ? "as many tokens as the model has it" : `${genLength} tokens`;
  return `${asked}, temperature ${temperature}, ${length}, seed ${seed}`;
}

function hashOf({ messages, image, answer }: Example, { output }: CurationSettings): string {
  const asked = JSON.stringify([messages, image ? imagePlace(image.key, output) : null, answer]);
  return createHash("sha256").update(asked).digest("hex").slice(0, 16);
}

/** As seen from the output: a folder with both may be moved. */
function imagePlace(key: string, output: string): string {
  const path = key.replace(/^file:/, "");
  return isAbsolute(path) ? relative(dirname(resolve(output)), path) : path;
}

/** Questions are chats and questions about pictures, with an answer to verify; others are passed over, as are broken records. */
export async function readQuestion(source: ExampleSource, index: number): Promise<Example | undefined> {
  try {
    const example = await source.read(index);
    return ["lm_chat", "mmu"].includes(example.task) && example.answer !== undefined ? example : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

export function isIdOf(id: string, numQuestions: number, numSamples: number): boolean {
  const [index, sample] = id.split("/").map(Number);
  return index < numQuestions && sample < numSamples;
}

/** First attempts at all questions, then second ones, …: a run that is stopped early has seen many questions. */
export function openAttempts(
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
