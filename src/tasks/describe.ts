/** Text about a picture: its codes, then the chat, then an answer of masks. */
import type { FitMode } from "../images/preprocess.js";
import { layoutUnderstanding } from "../tokens/sequence.js";
import { codesToTokens } from "../tokens/vocabulary.js";
import { type Answer, type AnswerStep, thoughtJob } from "./answer.js";
import type { Job, TaskPieces } from "./job.js";
import { checkOptions, type TextOptions } from "./options.js";
import { encodePicture, type ImageInput, loadFitted, picturePieces } from "./picture.js";
import type { Prompt } from "./text.js";
import { THINKING_OPTIONS, type ThinkingOptions } from "./thinking.js";

export interface DescribeRequest extends TextOptions, ThinkingOptions {
  readonly image: ImageInput;
  /** What to say about it; left out, a description, asked for in the words that the model knows. */
  readonly question?: Prompt | undefined;
  /** How it is made square; `crop` by default. */
  readonly fit?: FitMode | undefined;
}

/** Lays out a question about a picture. @throws OptionError, ImageError, FileError when the request will not do */
export async function describeJob(pieces: TaskPieces, request: DescribeRequest): Promise<Job<Answer, AnswerStep>> {
  const { image, question = pieces.defaults.descriptionQuestion, fit, ...options } = request;
  checkOptions("text", options, ["image", "question", "fit", ...THINKING_OPTIONS]);
  const canvas = picturePieces(pieces);
  const codes = await encodePicture(canvas, await loadFitted(canvas, image, fit));
  const tokens = codesToTokens(pieces.vocabulary, codes);
  return thoughtJob(pieces, options, question, (prompt, answer) =>
    layoutUnderstanding(pieces.vocabulary, { image: tokens, prompt, answer }, { isOpen: true }),
  );
}
