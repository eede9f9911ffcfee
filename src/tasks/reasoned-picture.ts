/** Reasoning, then a picture, in one canvas: the text between prompt and picture is filled first, its codes all masked, and then they are. */
import { createRandom } from "../array/random.js";
import { type CanvasStep, seededNoise } from "../diffusion/canvas.js";
import { layoutReasonedImage, type Row } from "../tokens/sequence.js";
import { maskIds } from "../tokens/vocabulary.js";
import { type Picture, type PictureStep, rowJob, tokensOf } from "./grid.js";
import { checkNumPlaces, type Job, stepInfo, type TaskPieces } from "./job.js";
import { OptionError, type SamplingOptions } from "./options.js";
import { decodePicture, type PicturePieces, previewPicture } from "./picture.js";
import { textSettings } from "./sampler-settings.js";
import { beforeEnd, encodeChat, textWithMasks } from "./text.js";
import {
  closedReasoning,
  longestReasoning,
  type ReasoningSampling,
  reasoningEnd,
  reasoningOptions,
  thinkingOptions,
  withoutMarks,
} from "./thinking.js";

interface ReasonedPicture {
  readonly prompt: string;
  readonly codes: Int32Array;
  /** Of the picture; the reasoning has the same seed. */
  readonly options: SamplingOptions;
  readonly thinkingLength?: number;
  readonly reasoningSampling: ReasoningSampling;
}

/** @throws OptionError when the request is too long for the model */
export function reasonedPictureJob(
  pieces: TaskPieces,
  pictures: PicturePieces,
  { prompt, codes, options, thinkingLength, reasoningSampling }: ReasonedPicture,
): Job<Picture, PictureStep> {
  if (typeof prompt !== "string") throw new OptionError(`prompt must be a text, got ${JSON.stringify(prompt)}`);
  const { vocabulary, textTokenizer, defaults } = pieces;
  const { gridSide } = pictures;
  const length = thinkingLength ?? defaults.thinking.length;
  const promptIds = encodeChat(pieces, prompt.trim(), defaults.thinking.prompts.image);
  const layOut = (reasoning: Int32Array): Row =>
    layoutReasonedImage(
      vocabulary,
      { prompt: promptIds, reasoning, image: tokensOf(vocabulary, codes) },
      { isOpen: true },
    );
  checkNumPlaces(
    layOut(new Int32Array(0)).ids.length + longestReasoning(pieces, length) + 1,
    pieces,
    `${promptIds.length} are the prompt, ${length} the reasoning and ${codes.length} the picture; take a smaller thinkingLength`,
  );
  const row = layOut(maskIds(vocabulary, length));
  const span = row.spans.reasoning ?? { start: 0, end: 0 };
  const { settings } = textSettings(
    reasoningOptions(thinkingOptions(reasoningSampling, defaults), length, defaults.text),
    defaults.text,
  );
  const reasoningOf = ({ ids }: CanvasStep) => ids.slice(span.start, span.end);
  const textOf = (ids: Int32Array) => withoutMarks(textWithMasks(textTokenizer, vocabulary, ids));
  /** Reasoning up to its end, or as far as it has come. */
  const written = (state: CanvasStep) => {
    const ids = beforeEnd(vocabulary, reasoningOf(state));
    return ids.subarray(0, reasoningEnd(textTokenizer, ids) || ids.length);
  };
  return {
    canvas: {
      row: { ...row, isMaskable: row.isMaskable.map((flag, place) => (place < span.end ? flag : 0)) },
      settings: { ...settings, guidanceScale: 0 },
      range: { start: 0, end: vocabulary.textSize },
      noise: seededNoise(createRandom(options.seed ?? 0).fork("reasoning")),
    },
    show: (state) => ({
      ...stepInfo(state),
      codes,
      gridHeight: gridSide,
      gridWidth: gridSide,
      revealed: [],
      confidences: [],
      reasoning: textOf(written(state)),
      preview: () => previewPicture(pictures, codes, gridSide, gridSide),
    }),
    next(state) {
      const ids = closedReasoning(pieces, written(state));
      const reasoning = textOf(ids);
      // Filled up to the canvas, as the model was trained; where it was cut, with the end-of-text that it had no room for.
      const given = new Int32Array(Math.max(length, ids.length + 1)).fill(vocabulary.special.eos);
      given.set(ids);
      const job = rowJob(pieces, pictures, { row: layOut(given), codes, options }, (filled) =>
        decodePicture(pictures, filled, gridSide, gridSide),
      );
      return {
        ...job,
        show: (step) => ({ ...job.show(step), reasoning }),
        finish: async (last) => ({ ...(await job.finish(last)), reasoning }),
      };
    },
    finish: () => Promise.reject(new Error("this is the reasoning alone: the picture comes next")),
  };
}
