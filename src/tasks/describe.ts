/** Text about a picture: its codes, then the chat, then an answer of masks. */
import type { FitMode } from "../images/preprocess.js";
import { layoutUnderstanding } from "../tokens/sequence.js";
import { codesToTokens } from "../tokens/vocabulary.js";
import { type Answer, type AnswerStep, textJob } from "./answer.js";
import type { Job, TaskPieces } from "./job.js";
import { checkOptions, type TextOptions } from "./options.js";
import { encodePicture, type ImageInput, loadFitted, picturePieces } from "./picture.js";
import { encodeChat, type Prompt } from "./text.js";

/** What is asked where nothing is, as in the released code. */
export const DEFAULT_QUESTION = "Please describe this image in detail.";

export interface DescribeRequest extends TextOptions {
  readonly image: ImageInput;
  /** What to say about it; left out, a description. */
  readonly question?: Prompt;
  /** How it is made square; `crop` by default. */
  readonly fit?: FitMode;
}

/** Lays out a question about a picture. @throws OptionError, ImageError, FileError when the request will not do */
export async function describeJob(pieces: TaskPieces, request: DescribeRequest): Promise<Job<Answer, AnswerStep>> {
  const { image, question = DEFAULT_QUESTION, fit, ...options } = request;
  checkOptions("text", options, ["image", "question", "fit"]);
  const prompt = encodeChat(pieces, question);
  const canvas = picturePieces(pieces);
  const codes = await encodePicture(canvas, await loadFitted(canvas, image, fit));
  const tokens = codesToTokens(pieces.vocabulary, codes);
  return textJob(pieces, options, (answer) =>
    layoutUnderstanding(pieces.vocabulary, { image: tokens, prompt, answer }, { isOpen: true }),
  );
}
