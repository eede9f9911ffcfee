/** `mmada imagine`: a picture from words. */
import { Command } from "commander";
import { writeFileAtomically } from "#files";
import { encodeImage } from "#image-codec";
import { type ModelOptions, samplingOf, withModel, withModelOptions } from "../model-options.js";

export function imagineCommand(): Command {
  const command = new Command("imagine")
    .description("draw a picture")
    .argument("<prompt>", "what is to be seen")
    .option("--output <file>", "where the PNG is written", "imagined.png")
    .addHelpText("after", '\nExample:\n  mmada imagine "a red circle to the left of a blue square" --output drawn.png');
  return withModelOptions(command).action(async (prompt: string, options: ModelOptions & { output: string }) => {
    await withModel(options, async (model, signal) => {
      const { image, nfe, steps, seed } = await model.imagine(prompt, { ...samplingOf(options), signal });
      await writeFileAtomically(options.output, [await encodeImage(image)]);
      console.log(options.json ? JSON.stringify({ path: options.output, nfe, steps, seed }) : options.output);
    });
  });
}
