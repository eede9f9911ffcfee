/** Pictures from text: a canvas of masked codes after the prompt. What `edit` shares with it is the job of filling a grid. */
import { createRandom } from "../array/random.js";
import { seededNoise } from "../diffusion/denoise.js";
import type { Image } from "../images/image.js";
import { layoutImage, unconditionalRow } from "../tokens/sequence.js";
import { codeToToken, type Vocabulary } from "../tokens/vocabulary.js";
import { checkLength, type Job, type ResultInfo, type StepInfo, stepInfo, type TaskPieces } from "./job.js";
import { checkOptions, fillSettings, OptionError, type SamplingOptions } from "./options.js";
import { decodePicture, type PicturePieces, picturePieces, previewPicture } from "./picture.js";

export interface ImagineRequest extends SamplingOptions {
  /** What is to be seen. */
  readonly prompt: string;
}

/** A picture that was drawn. */
export interface Picture extends ResultInfo {
  readonly image: Image;
  /** Its codes, row by row from the top. */
  readonly codes: Int32Array;
  readonly gridHeight: number;
  readonly gridWidth: number;
}

/** A picture as it comes about. */
export interface PictureStep extends StepInfo {
  /** Codes so far, row by row from the top; −1 where masked. */
  readonly codes: Int32Array;
  readonly gridHeight: number;
  readonly gridWidth: number;
  /** Places of the grid revealed at this step, the most confident first. */
  readonly revealed: readonly number[];
  /** The picture so far, its masked places hatched. Costs a decoding, so it is made when asked for. */
  preview(): Promise<Image>;
}

/** Lays out a picture to be drawn. @throws OptionError when options or length will not do */
export async function imagineJob(pieces: TaskPieces, request: ImagineRequest): Promise<Job<Picture, PictureStep>> {
  const { prompt, ...options } = request;
  checkOptions("image", options, ["prompt"]);
  const pictures = picturePieces(pieces);
  const codes = new Int32Array(pictures.gridSide ** 2).fill(MASKED);
  return gridJob(pieces, pictures, { prompt, codes, options }, (filled) =>
    decodePicture(pictures, filled, pictures.gridSide, pictures.gridSide),
  );
}

/** In place of a code that is to be drawn. */
export const MASKED = -1;

/** The job of filling the masked codes of a square grid; `paint` makes the picture of all codes. */
export function gridJob(
  pieces: TaskPieces,
  pictures: PicturePieces,
  { prompt, codes, options }: { prompt: string; codes: Int32Array; options: SamplingOptions },
  paint: (codes: Int32Array) => Promise<Image>,
): Job<Picture, PictureStep> {
  if (typeof prompt !== "string") throw new OptionError(`prompt must be a text, got ${JSON.stringify(prompt)}`);
  const { vocabulary, textTokenizer, defaults } = pieces;
  const { gridSide } = pictures;
  const promptIds = textTokenizer.encode(prompt.trim());
  const row = checkLength(
    layoutImage(vocabulary, { prompt: promptIds, image: tokensOf(vocabulary, codes) }),
    pieces,
    `${promptIds.length} are the prompt and ${codes.length} the picture; shorten the prompt`,
  );
  const start = row.spans.image?.start ?? 0;
  const numMasked = codes.reduce((count, code) => count + (code === MASKED ? 1 : 0), 0);
  const settings = fillSettings(options, defaults.image, numMasked);
  // Without a prompt there is nothing that the unconditional row lacks.
  const guidanceScale = promptIds.length === 0 ? 0 : settings.guidanceScale;
  const seed = options.seed ?? 0;
  const codesOf = (ids: Int32Array) =>
    ids
      .slice(start, start + codes.length)
      .map((id) => (id === vocabulary.special.mask ? MASKED : id - vocabulary.imageOffset));
  return {
    canvas: {
      row,
      unconditional: guidanceScale === 0 ? undefined : unconditionalRow(vocabulary, row),
      settings: { ...settings, guidanceScale },
      range: { start: vocabulary.imageOffset, end: vocabulary.imageOffset + vocabulary.codebookSize },
      noise: seededNoise(createRandom(seed)),
    },
    show(state) {
      const shown = codesOf(state.ids);
      return {
        ...stepInfo(state),
        codes: shown,
        gridHeight: gridSide,
        gridWidth: gridSide,
        revealed: state.revealed.map((place) => place - start),
        preview: () => previewPicture(pictures, shown, gridSide, gridSide),
      };
    },
    async finish(state) {
      const filled = codesOf(state.ids);
      return {
        image: await paint(filled),
        codes: filled,
        gridHeight: gridSide,
        gridWidth: gridSide,
        steps: state.step,
        nfe: state.nfe,
        seed,
      };
    },
  };
}

function tokensOf(vocabulary: Vocabulary, codes: Int32Array): Int32Array {
  return codes.map((code) => (code === MASKED ? vocabulary.special.mask : codeToToken(vocabulary, code)));
}
