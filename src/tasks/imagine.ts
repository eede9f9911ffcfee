/** Pictures from text: a canvas of masked codes after the prompt, or after the reasoning that the prompt leads to. */
import { gridJob, MASKED, type Picture, type PictureStep } from "./grid.js";
import type { Job, TaskPieces } from "./job.js";
import { checkOptions, OptionError, type SamplingOptions } from "./options.js";
import { decodePicture, picturePieces } from "./picture.js";
import { reasonedPictureJob } from "./reasoned-picture.js";
import {
  checkReasoningSampling,
  checkThinking,
  type ReasoningSampling,
  THINKING_OPTIONS,
  type ThinkingOptions,
} from "./thinking.js";

export interface ImagineRequest extends SamplingOptions, ThinkingOptions {
  /** What is to be seen. */
  readonly prompt: string;
  /** How reasoning ahead of it is written; left out, as the model's defaults for text say. Its length is `thinkingLength`. */
  readonly reasoningSampling?: ReasoningSampling | undefined;
}

/** Lays out a picture to be drawn. @throws OptionError when options or length will not do */
export async function imagineJob(pieces: TaskPieces, request: ImagineRequest): Promise<Job<Picture, PictureStep>> {
  const { prompt, thinking, thinkingLength, reasoningSampling, ...options } = request;
  checkOptions("image", options, ["prompt", ...THINKING_OPTIONS, "reasoningSampling"]);
  checkReasoningSampling(reasoningSampling ?? {});
  checkThinking({ thinking, thinkingLength });
  const pictures = picturePieces(pieces);
  const codes = new Int32Array(pictures.gridSide ** 2).fill(MASKED);
  if (thinking) {
    return reasonedPictureJob(pieces, pictures, {
      prompt,
      codes,
      options,
      thinkingLength,
      reasoningSampling: reasoningSampling ?? {},
    });
  }
  if (reasoningSampling !== undefined)
    throw new OptionError("reasoningSampling says how reasoning is written: it needs thinking: true");
  return gridJob(pieces, pictures, { prompt, codes, options }, (filled) =>
    decodePicture(pictures, filled, pictures.gridSide, pictures.gridSide),
  );
}
