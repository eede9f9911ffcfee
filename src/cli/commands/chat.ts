/** `mmada chat`: one question, whose denoising is shown live in a terminal. */
import { Command } from "commander";
import { createLogUpdate } from "log-update";
import type { Answer, AnswerStep } from "../../tasks/answer.js";
import type { Generation } from "../../tasks/generation.js";
import { type ModelOptions, parseNumber, samplingOf, withModel, withModelOptions } from "../model-options.js";

export interface TextCommandOptions extends ModelOptions {
  readonly genLength?: number;
  readonly blockLength?: number;
}

/** Adds the options of text answers. */
export function withTextOptions(command: Command): Command {
  return withModelOptions(command)
    .option("--gen-length <number>", "tokens of the answer's canvas", parseNumber)
    .option("--block-length <number>", "places filled before the next ones are begun", parseNumber);
}

/** Shows a text as it comes about, then prints it. */
export async function printAnswer(generation: Generation<Answer, AnswerStep>, json = false): Promise<void> {
  if (process.stderr.isTTY && !json) {
    const show = createLogUpdate(process.stderr);
    for await (const { text, step, numSteps } of generation) show(`${text}\n${step}/${numSteps ?? "?"}`);
    show.clear();
  }
  const { text, finishReason, nfe, steps, seed } = await generation;
  console.log(json ? JSON.stringify({ text, finishReason, nfe, steps, seed }) : text);
}

export function chatCommand(): Command {
  const command = new Command("chat")
    .description("answer a question")
    .argument("<question>", "what is asked")
    .addHelpText("after", '\nExample:\n  mmada chat "What is 17 plus 25?"');
  return withTextOptions(command).action(async (question: string, options: TextCommandOptions) => {
    await withModel(options, (model, signal) =>
      printAnswer(
        model.answer(question, {
          ...samplingOf(options),
          genLength: options.genLength,
          blockLength: options.blockLength,
          signal,
        }),
        options.json,
      ),
    );
  });
}
