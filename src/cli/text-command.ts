/** What `chat` and `describe` share: options of text answers, and how an answer is shown. */
import type { Command } from "commander";
import type { Answer, AnswerStep } from "../tasks/answer.js";
import type { Generation } from "../tasks/generation.js";
import { type BatchOptions, withBatchOptions } from "./batch.js";
import type { BatchId } from "./batch-requests.js";
import { type ModelOptions, withModelOptions, withSamplingOptions, withThinking } from "./model-options.js";
import { statusLine } from "./progress.js";

export interface TextCommandOptions extends ModelOptions, BatchOptions {
  readonly output?: string;
}

export function withTextOptions(command: Command): Command {
  return withBatchOptions(withModelOptions(withThinking(withSamplingOptions(command, "text")))).option(
    "--output <file>",
    "with --batch: the JSONL file that answers are written to",
  );
}

/** What machines are told of an answer. */
function answerJson({ text, reasoning, finishReason, nfe, steps, seed }: Answer) {
  return { text, reasoning, finishReason, nfe, steps, seed };
}

/** Answers of a batch are wholly in their lines. */
export const answersOfBatch = {
  kind: "text",
  resultsPath: (output: string) => output,
  keep: async (_output: string, _id: BatchId, answer: Answer) => answerJson(answer),
} as const;

/** Shows a text as it comes about, then prints it. */
export async function printAnswer(generation: Generation<Answer, AnswerStep>, json = false): Promise<Answer> {
  const status = statusLine({ isQuiet: true });
  try {
    for await (const { text, step, numSteps } of generation) status.show(`${text}\n${step}/${numSteps ?? "?"}`);
  } finally {
    status.clear();
  }
  const answer = await generation;
  console.log(json ? JSON.stringify(answerJson(answer)) : answer.text);
  if (answer.text === "" && answer.reasoning)
    process.stderr.write(`the model came to no answer; what it thought: ${answer.reasoning}\n`);
  return answer;
}
