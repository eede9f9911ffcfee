/**
 * Editing: a canvas some of which is given. Gaps in a text, a region of a picture, or the side that a picture is to be extended to;
 * all three are the generator's usual call with fewer masks.
 */
import { blocksOf, maskedPlaces } from "../diffusion/blocks.js";
import type { SamplerSettings } from "../diffusion/canvas.js";
import type { FitMode } from "../images/preprocess.js";
import { layoutChat, layoutText, type Row } from "../tokens/sequence.js";
import { maskIds } from "../tokens/vocabulary.js";
import { type ExtendSide, extendedPicture, keptPixels, moveCodes, type Rectangle, regionOfGrid } from "./edit-grid.js";
import { gridJob, MASKED, type Picture, type PictureStep } from "./grid.js";
import {
  canvasOf,
  checkLength,
  checkNumPlaces,
  type Job,
  type ResultInfo,
  type StepInfo,
  stepInfo,
  type TaskPieces,
} from "./job.js";
import { checkOptions, OptionError, type SamplingOptions, show, type TextOptions } from "./options.js";
import { decodePicture, encodePicture, type ImageInput, loadFitted, loadImage, picturePieces } from "./picture.js";
import { fillSettings } from "./sampler-settings.js";
import { encodeChat, type Prompt, textWithMasks } from "./text.js";

/** A gap of so many tokens. Most tokenizers have the space before a word in its token: `["a", { gap: 1 }, " circle"]`. */
export interface Gap {
  readonly gap: number;
}

/** A text with gaps to be filled. */
export interface TextEditRequest extends Omit<TextOptions, "genLength"> {
  /** Text and gaps in turn, or one text in which `[[3]]` is a gap of three tokens. */
  readonly text: string | readonly (string | Gap)[];
  /** The messages that the text answers; left out, the text stands alone. */
  readonly prompt?: Prompt | undefined;
}

/** A text whose gaps are filled. */
export interface EditedText extends ResultInfo {
  readonly text: string;
  /** What stands in each gap. */
  readonly gaps: readonly string[];
  readonly ids: Int32Array;
}

/** A text as its gaps are filled. */
export interface TextEditStep extends StepInfo {
  /** The text so far, with a sign for each masked place (`MASK_SIGN`). */
  readonly text: string;
  readonly ids: Int32Array;
  /** Places of the text revealed at this step, in the order that `remasking` gives. */
  readonly revealed: readonly number[];
}

/** What every edit of a picture takes. */
export interface PictureEdit extends SamplingOptions {
  readonly image: ImageInput;
  /** What is to be seen in the whole picture. */
  readonly prompt?: string | undefined;
  /** How it is made square; `crop` by default. */
  readonly fit?: FitMode | undefined;
  /** Whether pixels that were not redrawn are those of the picture given (true by default), or what the image tokenizer makes of them. */
  readonly keepOriginal?: boolean | undefined;
}

/** A picture, a region of which is redrawn. */
export interface InpaintRequest extends PictureEdit {
  /** In pixels of the picture given: a rectangle, or a picture of the same size, white where it is to be redrawn. */
  readonly region: Rectangle | ImageInput;
  readonly extend?: undefined;
  readonly by?: undefined;
}

/** A picture that goes on beyond one of its sides. */
export interface ExtendRequest extends PictureEdit {
  readonly extend: ExtendSide;
  readonly region?: undefined;
  /** How far, as a share of the picture's side: above 0, below 1; 0.5 by default. Rounded to whole codes. */
  readonly by?: number | undefined;
}

/** A picture, a region of which is redrawn or which goes on beyond a side. */
export type PictureEditRequest = InpaintRequest | ExtendRequest;
/** What can be edited: a text with gaps, or a picture. */
export type EditRequest = TextEditRequest | PictureEditRequest;

const GAP_MARK = /\[\[(\d+)\]\]/;

/** Lays out a text with gaps. @throws OptionError when options, gaps or length will not do */
export function textEditJob(pieces: TaskPieces, request: TextEditRequest): Job<EditedText, TextEditStep> {
  const { text, prompt, ...options } = request;
  if ("genLength" in options) throw new OptionError("genLength is for answers; a gap says itself how long it is");
  checkOptions("text", options, ["text", "prompt"]);
  const { vocabulary, textTokenizer } = pieces;
  const written = partsOf(text);
  const numAsked = written.reduce((sum, part) => sum + (typeof part === "string" ? 0 : part.gap), 0);
  checkNumPlaces(numAsked, pieces, "gaps have that many tokens; ask for fewer");
  const parts = written.map((part) =>
    typeof part === "string" ? Int32Array.from(textTokenizer.encode(part)) : maskIds(vocabulary, part.gap),
  );
  const ids = Int32Array.from(parts.flatMap((part) => [...part]));
  if (numAsked === 0) throw new OptionError(`the text has no gap: mark one as [[3]], a gap of three tokens`);

  const given = prompt === undefined ? undefined : encodeChat(pieces, prompt);
  const row = checkLength(
    given === undefined
      ? layoutText(vocabulary, ids)
      : layoutChat(vocabulary, { prompt: given, answer: [...ids, vocabulary.special.endOfTurn] }),
    pieces,
    "shorten the text",
  );
  const settings = gapSettings(pieces, row, options);
  if (settings.guidanceScale !== 0 && given === undefined) {
    throw new OptionError(
      `guidanceScale ${settings.guidanceScale} has nothing to compare with: give a prompt, or leave it 0`,
    );
  }
  const seed = options.seed ?? 0;
  const start = row.ids.length - ids.length - (given === undefined ? 1 : 2); // what follows is end-of-turn, end-of-text
  const textIds = (filled: Int32Array) => filled.slice(start, start + ids.length);
  return {
    canvas: canvasOf(vocabulary, row, "text", settings, seed),
    show(state) {
      const shown = textIds(state.ids);
      return {
        ...stepInfo(state),
        ids: shown,
        revealed: state.revealed.map((place) => place - start),
        get text() {
          return textWithMasks(textTokenizer, vocabulary, shown);
        },
      };
    },
    async finish(state) {
      const filled = textIds(state.ids);
      let at = 0;
      const gaps = parts.flatMap((part, i) => {
        at += part.length;
        return typeof written[i] !== "string" ? [textTokenizer.decode(filled.subarray(at - part.length, at))] : [];
      });
      const { step: steps, nfe } = state;
      return { text: textTokenizer.decode(filled), gaps, ids: filled, steps, nfe, seed };
    },
  };
}

/** One step for each place of the fullest block, since gaps are short, and as many in each block that has any. @throws OptionError for steps that will not do */
function gapSettings({ vocabulary, defaults }: TaskPieces, row: Row, options: TextOptions): SamplerSettings {
  const masked = maskedPlaces(row, vocabulary.special.mask);
  const blocks = blocksOf(row, masked, options.blockLength);
  const numBlocks = blocks.length;
  const steps = numBlocks * Math.max(...blocks.map(({ length }) => length));
  if (options.steps !== undefined && options.steps % numBlocks !== 0) {
    throw new OptionError(
      `${options.steps} steps cannot be shared out evenly among the ${numBlocks} blocks of ${options.blockLength} places that have gaps; take a multiple of ${numBlocks}, or leave steps out`,
    );
  }
  return fillSettings(options, { ...defaults.text, steps }, steps);
}

function partsOf(text: TextEditRequest["text"]): readonly (string | Gap)[] {
  if (typeof text === "string") {
    // A split by a pattern with a group gives text and lengths in turn.
    return text.split(GAP_MARK).map((part, i) => (i % 2 === 0 ? part : checkGap({ gap: Number(part) })));
  }
  if (!Array.isArray(text)) {
    throw new OptionError(`text must be a text, or a list of texts and gaps, got ${JSON.stringify(text)}`);
  }
  return text.map((part: string | Gap) => (typeof part === "string" ? part : checkGap(part)));
}

function checkGap(gap: Gap): Gap {
  if (Number.isInteger(gap?.gap) && gap.gap >= 1) return gap;
  throw new OptionError(`a gap is { gap: number of tokens, from 1 }, got ${JSON.stringify(gap)}`);
}

const PICTURE_INPUTS = ["image", "prompt", "fit", "keepOriginal"];

/** Lays out a picture with a region to be redrawn. @throws OptionError, ImageError, FileError when the request will not do */
export async function inpaintJob(pieces: TaskPieces, request: InpaintRequest): Promise<Job<Picture, PictureStep>> {
  const { image, region, prompt = "", fit, keepOriginal = true, ...options } = request;
  checkOptions("image", options, [...PICTURE_INPUTS, "region"]);
  const pictures = picturePieces(pieces);
  const original = await loadImage(image);
  const fitted = await loadFitted(pictures, original, fit);
  const isRedrawn = await regionOfGrid(pictures, original, region, fit);
  const codes = (await encodePicture(pictures, fitted)).map((code, i) => (isRedrawn[i] ? MASKED : code));
  const { gridSide } = pictures;
  return gridJob(pieces, pictures, { prompt, codes, options }, async (filled) => {
    const drawn = await decodePicture(pictures, filled, gridSide, gridSide);
    return keepOriginal ? keptPixels(drawn, fitted, isRedrawn, gridSide) : drawn;
  });
}

/** Lays out a picture that goes on beyond a side: what fits of it is moved to the other side, the rest is drawn. @throws as `inpaintJob` */
export async function extendJob(pieces: TaskPieces, request: ExtendRequest): Promise<Job<Picture, PictureStep>> {
  const { image, extend, by = 0.5, prompt = "", fit, keepOriginal = true, ...options } = request;
  checkOptions("image", options, [...PICTURE_INPUTS, "extend", "by"]);
  if (!(typeof by === "number" && by > 0 && by < 1))
    throw new OptionError(`by must be above 0 and below 1, a share of the side, got ${show(by)}`);
  const pictures = picturePieces(pieces);
  const { gridSide } = pictures;
  const numNew = Math.min(gridSide - 1, Math.max(1, Math.round(by * gridSide)));
  const fitted = await loadFitted(pictures, image, fit);
  const original = await encodePicture(pictures, fitted);
  const codes = moveCodes(original, gridSide, extend, numNew);
  const job = gridJob(pieces, pictures, { prompt, codes, options }, async () => fitted);
  return {
    ...job,
    async finish(state) {
      const { codes: filled, ...rest } = await job.finish(state);
      const extended = await extendedPicture(pictures, {
        original,
        filled,
        side: extend,
        numNew,
        fitted,
        keepOriginal,
      });
      return { ...rest, ...extended };
    },
  };
}
