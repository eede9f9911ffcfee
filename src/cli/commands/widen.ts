/** `mmada widen`: a wider model that computes what a narrow one does, to go on training from. */
import { Command, InvalidArgumentError } from "commander";
import { parseTransformerConfig } from "../../model/config.js";
import { loadTransformer } from "../../model/load-model.js";
import { widened } from "../../model/widening.js";
import { readJson } from "../../weights/json-files.js";
import type { SavedDType } from "../../weights/model-weights.js";
import { checkIsNew, saveDerivedModel, savedDTypeOption } from "../derived-model.js";
import { withInterrupt } from "../exit.js";
import { formatCount } from "../figures.js";
import { findModelFiles, loadOptionsOf, type ModelOptions, withJson, withModelFiles } from "../model-options.js";

interface WidenOptions extends Omit<ModelOptions, "dtype"> {
  readonly output: string;
  readonly width: number;
  readonly mlpWidth?: number;
  readonly ropeTheta?: number;
  readonly dtype: SavedDType;
}

export function widenCommand(): Command {
  const command = new Command("widen")
    .description("write a wider model that computes what a narrow one does, to go on training from")
    .requiredOption("--output <directory>", "where the wider model is written")
    .requiredOption("--width <number>", "elements of a hidden state (d_model); heads stay as many", parsePositive)
    .option("--mlp-width <number>", "elements inside of an MLP (default: as many as before)", parsePositive)
    .option(
      "--rope-theta <number>",
      "the rotary embedding's base (default: as before); exact where it keeps the frequencies that there are",
      parsePositive,
    )
    .addOption(savedDTypeOption())
    .addHelpText(
      "after",
      `
Examples:
  mmada widen --model models/stage2 --width 240 --rope-theta 316.227766 --output runs/wide
  mmada widen --model my-model --width 288 --mlp-width 768 --output runs/wide --dtype float32`,
    );
  withJson(withModelFiles(command));
  return command.action(({ output, width, mlpWidth, ropeTheta, dtype, ...options }: WidenOptions) =>
    withInterrupt(async (signal) => {
      await checkIsNew(output, options);
      const where = loadOptionsOf({ ...options, dtype: "float32" });
      const { directory, imageTokenizer } = await findModelFiles(options.model, { ...where, signal });
      const { config, weights } = await loadTransformer(directory, { signal });
      const settings = {
        ...((await readJson(`${directory}/config.json`)) as Record<string, unknown>),
        d_model: width,
        mlp_hidden_size: mlpWidth ?? config.mlpWidth,
        rope_theta: ropeTheta ?? config.ropeTheta,
      };
      const wideConfig = parseTransformerConfig(settings, "config.json as it would be");
      const wide = widened(weights, config, wideConfig);
      await saveDerivedModel(output, wide, { directory, imageTokenizer, dtype, settings, signal });
      const numParameters = Array.from(wide.values(), ({ data }) => data.length).reduce(
        (sum, length) => sum + length,
        0,
      );
      console.log(
        options.json
          ? JSON.stringify({ output, numParameters, dtype })
          : `${formatCount(numParameters)} parameters: ${output}`,
      );
    }),
  );
}

function parsePositive(value: string): number {
  const number = Number(value);
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}
