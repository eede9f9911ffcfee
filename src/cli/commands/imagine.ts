/** `mmada imagine`: a picture from words, or a file of prompts. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Command } from "commander";
import { encodeImage } from "#image-codec";
import type { Picture } from "../../tasks/grid.js";
import type { ImagineRequest } from "../../tasks/imagine.js";
import { checkReasoningSampling, THINKING_OPTIONS } from "../../tasks/thinking.js";
import { writeFileAtomically } from "../../weights/files-node.js";
import { type BatchOptions, checkNoBatchOptions, runBatchCommand, withBatchOptions } from "../batch.js";
import { type BatchId, fileKeyOf, promptOf, RequestFault } from "../batch-requests.js";
import { UsageError } from "../exit.js";
import {
  type ModelOptions,
  samplingOf,
  withModel,
  withModelOptions,
  withSamplingOptions,
  withThinking,
} from "../model-options.js";
import {
  type PictureOutputOptions,
  pathOfId,
  picturePaths,
  prepareDirectories,
  withPictureOutput,
  writePicture,
} from "../picture-command.js";

interface ImagineOptions extends ModelOptions, BatchOptions, PictureOutputOptions {}

/** Pictures of a batch: `PATH/<id>.png`, with `PATH/results.jsonl` beside, which tells of each. */
const picturesOfBatch = {
  kind: "image",
  inputs: ["prompt", "question", ...THINKING_OPTIONS, "reasoningSampling"],
  resultsPath: (output: string) => join(output, "results.jsonl"),
  keyOf: fileKeyOf,
  async keep(output: string, id: BatchId, { image, reasoning, nfe, steps, seed }: Picture) {
    const path = pathOfId(output, id);
    await writeFileAtomically(path, [await encodeImage(image)]);
    return { path: basename(path), reasoning, nfe, steps, seed };
  },
  isKept: (output: string, id: BatchId) =>
    stat(pathOfId(output, id)).then(
      (stats) => stats.isFile(),
      () => false,
    ),
} as const;

export function imagineCommand(): Command {
  const command = new Command("imagine")
    .description("draw a picture")
    .argument("[prompt]", "what is to be seen")
    .addHelpText(
      "after",
      `
Examples:
  mmada imagine "a red circle to the left of a blue square" --output drawn.png
  mmada imagine "a green star" --seed 7 --guidance-scale 4 --steps-gif --grid
  mmada imagine --batch prompts.jsonl --output pictures

Lines of a batch: {"id": "a", "prompt": "a red circle", "seed": 3}; its picture is pictures/a.png.
Terminals that can are shown the picture too.`,
    );
  withBatchOptions(withPictureOutput(withModelOptions(withThinking(withSamplingOptions(command, "image")))));
  return command.action(async (prompt: string | undefined, options: ImagineOptions, own: Command) => {
    if (options.batch !== undefined) {
      if (prompt !== undefined) throw new UsageError("give a prompt or --batch, not both");
      if (options.stepsGif !== undefined || options.grid !== undefined) {
        throw new UsageError("--steps-gif and --grid show one picture: leave --batch out");
      }
      return runBatchCommand(options, {
        ...picturesOfBatch,
        requestOf(fields): ImagineRequest {
          const { prompt, rest } = promptOf(fields);
          const { reasoningSampling = {} } = rest;
          if (typeof reasoningSampling !== "object" || reasoningSampling === null) {
            const given = JSON.stringify(reasoningSampling);
            throw new RequestFault(`its "reasoningSampling" must be an object of options, got ${given}`);
          }
          checkReasoningSampling(reasoningSampling);
          return { prompt: prompt as string, ...rest };
        },
        runAll: (model, requests, signal) => model.imagineAll(requests, { signal }),
      });
    }
    // Names that will not do are said before anything is drawn, and a prompt that was taken for one.
    const paths = picturePaths(options, options.output ?? "imagined.png");
    if (prompt === undefined) throw new UsageError("give a prompt, or --batch FILE.jsonl");
    checkNoBatchOptions(own);
    await prepareDirectories(paths);
    await withModel(options, (model, signal) =>
      writePicture(model.imagine(prompt, { ...samplingOf(options, "image"), signal }), paths, options.json),
    );
  });
}
