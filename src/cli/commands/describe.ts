/** `mmada describe`: text about a picture. */
import { Command } from "commander";
import { samplingOf, withModel } from "../model-options.js";
import { printAnswer, type TextCommandOptions, withTextOptions } from "./chat.js";

export function describeCommand(): Command {
  const command = new Command("describe")
    .description("describe a picture, or answer a question about it")
    .argument("<image>", "PNG, JPEG, WebP or GIF")
    .argument("[question]", "what is asked about it", "Describe the picture.")
    .addHelpText("after", '\nExample:\n  mmada describe scene.png "How many stars are there?"');
  return withTextOptions(command).action(async (image: string, question: string, options: TextCommandOptions) => {
    await withModel(options, (model, signal) =>
      printAnswer(
        model.describe(image, question, {
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
