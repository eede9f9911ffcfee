/** `mmada export`: the networks of a model as standard ONNX files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { downsamplingOf, parseImageTokenizerConfig } from "../../model/config.js";
import { exportImageTokenizer, exportTransformer, ONNX_FILES } from "../../model/export.js";
import { gridOf, type PictureConfig } from "../../tasks/model-text.js";
import { readJson } from "../../weights/json-files.js";
import { UsageError, withInterrupt } from "../exit.js";
import { formatBytes } from "../figures.js";
import {
  findModelFiles,
  loadOptionsOf,
  type ModelOptions,
  parseCount,
  withJson,
  withModelFiles,
} from "../model-options.js";

const PARTS = ["all", "transformer", "image-tokenizer"] as const;

interface ExportCommandOptions extends ModelOptions {
  readonly output: string;
  readonly part: (typeof PARTS)[number];
  readonly imageSide?: number;
}

export function exportCommand(): Command {
  const command = new Command("export")
    .description("write a model's networks as ONNX files with external data, for any ONNX runtime")
    .requiredOption("--output <directory>", "where the files are written")
    .addOption(new Option("--part <name>", "what is written").choices(PARTS).default("all"))
    .option(
      "--image-side <pixels>",
      "side of the pictures that the image tokenizer takes (default: the model's)",
      parseCount,
    )
    .addHelpText(
      "after",
      `
transformer.onnx    input_ids, attention_mask [B, T] (int64, 1 = real) to logits [B, T, V]
image-encoder.onnx  pixel_values [B, 3, side, side] in -1 to 1, to codes [B, n] (int64)
image-decoder.onnx  codes [B, n] (int64) to pixel_values
Weights are float32, in FILE.onnx.data beside each.

Examples:
  mmada export --output onnx
  mmada export --model Gen-Verse/MMaDA-8B-Base --part transformer --output onnx`,
    );
  withJson(withModelFiles(command));
  return command.action(async (options: ExportCommandOptions) => {
    const { model, output, part, imageSide, json } = options;
    if (part === "transformer" && imageSide !== undefined) {
      throw new UsageError("--image-side is for the image tokenizer, which --part transformer leaves out");
    }
    const written = await withInterrupt(async (signal) => {
      const { directory, imageTokenizer } = await findModelFiles(model, { ...loadOptionsOf(options), signal });
      if ((part === "image-tokenizer" || imageSide !== undefined) && imageTokenizer === undefined) {
        throw new UsageError(`${model} has no image tokenizer: name one with --image-tokenizer`);
      }
      const tokenizer = part === "transformer" ? undefined : imageTokenizer;
      // A side that will not do is said before anything is written.
      const side = tokenizer === undefined ? 0 : await pictureSide(directory, tokenizer, imageSide);
      const files = [
        ...(part === "image-tokenizer" ? [] : ONNX_FILES.transformer),
        ...(tokenizer === undefined ? [] : ONNX_FILES.imageTokenizer),
      ];
      for (const path of files.map((file) => join(output, file)))
        if (existsSync(path)) throw new UsageError(`${path} is there already: give another --output, or remove it`);
      const ofTransformer = part === "image-tokenizer" ? [] : [await exportTransformer(directory, output, { signal })];
      if (tokenizer === undefined) return ofTransformer;
      return [...ofTransformer, ...(await exportImageTokenizer(tokenizer, output, side, { signal }))];
    });
    if (json) console.log(JSON.stringify({ files: written }));
    else
      for (const { path, dataBytes } of written) console.log(`${path}  (${formatBytes(dataBytes)} of weights beside)`);
  });
}

/** Pixels of a side of the pictures: what was asked for, else the model's. @throws UsageError for a side that is not made of whole codes */
async function pictureSide(directory: string, imageTokenizer: string, asked?: number): Promise<number> {
  const config = parseImageTokenizerConfig(await readJson(`${imageTokenizer}/config.json`));
  if (asked !== undefined) {
    if (asked % downsamplingOf(config) === 0) return asked;
    throw new UsageError(`--image-side must be a multiple of ${downsamplingOf(config)} pixels, got ${asked}`);
  }
  return gridOf((await readJson(`${directory}/config.json`)) as PictureConfig, config) * downsamplingOf(config);
}
