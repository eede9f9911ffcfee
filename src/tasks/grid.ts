/** Grids of codes as canvases: what `imagine`, `edit` and drawing after reasoning share. */
import type { Image } from "../images/image.js";
import { layoutImage, type Row } from "../tokens/sequence.js";
import { codeToToken, type Vocabulary } from "../tokens/vocabulary.js";
import { canvasOf, checkLength, type Job, type ResultInfo, type StepInfo, stepInfo, type TaskPieces } from "./job.js";
import { OptionError, type SamplingOptions } from "./options.js";
import { type PicturePieces, previewPicture } from "./picture.js";
import { fillSettings } from "./sampler-settings.js";

/** A picture that was drawn. */
export interface Picture extends ResultInfo {
  readonly image: Image;
  /** Its codes, row by row from the top. */
  readonly codes: Int32Array;
  readonly gridHeight: number;
  readonly gridWidth: number;
  /** What was thought before it was drawn, where that was asked for. */
  readonly reasoning?: string;
}

/** A picture as it comes about. */
export interface PictureStep extends StepInfo {
  /** Codes so far, row by row from the top; −1 where masked. */
  readonly codes: Int32Array;
  readonly gridHeight: number;
  readonly gridWidth: number;
  /** Places of the grid revealed at this step, in the order that `remasking` gives. */
  readonly revealed: readonly number[];
  /** The reasoning so far, where that was asked for. */
  readonly reasoning?: string;
  /** The picture so far, its masked places hatched. Costs a decoding, so it is made when asked for. */
  preview(): Promise<Image>;
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
  const { vocabulary, textTokenizer } = pieces;
  const promptIds = textTokenizer.encode(prompt.trim());
  const row = checkLength(
    layoutImage(vocabulary, { prompt: promptIds, image: tokensOf(vocabulary, codes) }),
    pieces,
    `${promptIds.length} are the prompt and ${codes.length} the picture; shorten the prompt`,
  );
  // Without a prompt there is nothing that the unconditional row lacks.
  const isGuided = promptIds.length > 0;
  return rowJob(
    pieces,
    pictures,
    { row, codes, options: isGuided ? options : { ...options, guidanceScale: 0 } },
    paint,
  );
}

/** The job of filling the masked codes of a row's picture. */
export function rowJob(
  pieces: TaskPieces,
  pictures: PicturePieces,
  { row, codes, options }: { row: Row; codes: Int32Array; options: SamplingOptions },
  paint: (codes: Int32Array) => Promise<Image>,
): Job<Picture, PictureStep> {
  const { vocabulary, defaults } = pieces;
  const { gridSide } = pictures;
  const start = row.spans.image?.start ?? 0;
  const numMasked = codes.reduce((count, code) => count + (code === MASKED ? 1 : 0), 0);
  const settings = fillSettings(options, defaults.image, numMasked);
  const seed = options.seed ?? 0;
  const codesOf = (ids: Int32Array) =>
    ids
      .slice(start, start + codes.length)
      .map((id) => (id === vocabulary.special.mask ? MASKED : id - vocabulary.imageOffset));
  return {
    canvas: canvasOf(vocabulary, row, "codes", settings, seed),
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

/** Codes as tokens, masks where they are to be drawn. */
export function tokensOf(vocabulary: Vocabulary, codes: Int32Array): Int32Array {
  return codes.map((code) => (code === MASKED ? vocabulary.special.mask : codeToToken(vocabulary, code)));
}
