/** `mmada describe`: text about a picture, or about many. */
import { resolve } from "node:path";
import { Command } from "commander";
import type { FitMode } from "../../images/preprocess.js";
import type { DescribeRequest } from "../../tasks/describe.js";
import type { Prompt } from "../../tasks/text.js";
import { THINKING_OPTIONS } from "../../tasks/thinking.js";
import { checkNoBatchOptions, runBatchCommand } from "../batch.js";
import { promptOf, RequestFault } from "../batch-requests.js";
import { UsageError } from "../exit.js";
import { type FitOptions, samplingOf, withFit, withModel } from "../model-options.js";
import { answersOfBatch, printAnswer, type TextCommandOptions, withTextOptions } from "../text-command.js";

export function describeCommand(): Command {
  const command = new Command("describe")
    .description("describe a picture, or answer a question about it")
    .argument("[image]", "PNG, JPEG, WebP or GIF")
    .argument("[question]", "what is asked about it (default: a description)")
    .addHelpText(
      "after",
      `
Examples:
  mmada describe scene.png
  mmada describe scene.png "How many stars are there?" --json
  mmada describe --batch questions.jsonl --output answers.jsonl

Lines of a batch: {"id": "a", "image": "pictures/a.png", "question": "What is to the left of the star?"};
a picture's path is relative to the file, or absolute.`,
    );
  withFit(command);
  return withTextOptions(command).action(
    async (
      image: string | undefined,
      question: string | undefined,
      options: TextCommandOptions & FitOptions,
      own: Command,
    ) => {
      if (options.batch !== undefined) {
        if (image !== undefined) throw new UsageError("give a picture or --batch, not both");
        return runBatchCommand(options, {
          ...answersOfBatch,
          inputs: ["image", "prompt", "question", "fit", ...THINKING_OPTIONS],
          requestOf(fields, directory): DescribeRequest {
            const { prompt, rest } = promptOf(fields, true);
            const { image, fit = options.fit, ...sampling } = rest;
            if (typeof image !== "string") throw new RequestFault('it has no "image", the path of a picture');
            const question = prompt as Prompt | undefined;
            return { image: resolve(directory, image), question, fit: fit as FitMode | undefined, ...sampling };
          },
          runAll: (model, requests, signal) => model.describeAll(requests, { signal }),
        });
      }
      if (image === undefined) throw new UsageError("give a picture, or --batch FILE.jsonl");
      checkNoBatchOptions(own);
      if (options.output !== undefined) throw new UsageError("--output goes with --batch; redirect stdout otherwise");
      await withModel(options, (model, signal) =>
        printAnswer(
          model.describe(image, question, { ...samplingOf(options, "text"), fit: options.fit, signal }),
          options.json,
        ),
      );
    },
  );
}
