/**
 * Thinking ahead of an answer or a picture: `<think> reasoning </think>` and then the result. Asked for in words, as models are trained to be
 * (`layout-example.ts` does the same), and bounded by filling the reasoning as a canvas of its own, which ends where its tokens end.
 */
import { REASONING_END, REASONING_START } from "../tokens/reasoning.js";
import type { TextTokenizer } from "../tokens/text-tokenizer.js";
import type { TaskPieces } from "./job.js";
import { checkOptions, OptionError, type TextOptions } from "./options.js";
import type { TaskDefaults } from "./task-defaults.js";

/** Whether, and for how long, to think first. */
export interface ThinkingOptions {
  /** Asks for reasoning ahead of the answer or the picture; false by default. */
  readonly thinking?: boolean | undefined;
  /**
   * The most tokens that reasoning may have; what goes beyond is cut and the answer begun. Where the model goes on reasoning behind the
   * cut and ends it anew, that is reasoning too. Left out, an answer and its reasoning share one canvas, `genLength` tokens, or as many
   * more than an answer alone as the model's `generation_config.json` says.
   */
  readonly thinkingLength?: number | undefined;
}

/** What may be said of how reasoning is sampled: its seed is the request's, its length an option of its own, and nothing guides it. */
export type ReasoningSampling = Omit<TextOptions, "seed" | "guidanceScale">;

const NOT_OF_REASONING = ["seed", "guidanceScale"] as const satisfies readonly (keyof TextOptions)[];

/** @throws OptionError for values that will not do, and for options that reasoning does not have */
export function checkReasoningSampling(options: object): void {
  checkOptions("text", options, [], "reasoningSampling");
  const given = NOT_OF_REASONING.filter((key) => (options as TextOptions)[key] !== undefined);
  if (given.length > 0)
    throw new OptionError(
      `reasoningSampling takes no ${given.join(" and no ")}: the seed is the request's, and nothing guides reasoning; give them to the request itself, for the picture`,
    );
}

/** The names of these options, for `checkOptions`. */
export const THINKING_OPTIONS = ["thinking", "thinkingLength"] as const satisfies readonly (keyof ThinkingOptions)[];

/** @throws OptionError for values that will not do */
export function checkThinking({ thinking, thinkingLength }: ThinkingOptions): void {
  if (thinking !== undefined && typeof thinking !== "boolean")
    throw new OptionError(`thinking must be true or false, got ${JSON.stringify(thinking)}`);
  if (thinkingLength === undefined) return;
  if (!Number.isSafeInteger(thinkingLength) || thinkingLength < 1)
    throw new OptionError(`thinkingLength must be a whole number from 1, got ${JSON.stringify(thinkingLength)}`);
  if (!thinking) throw new OptionError("thinkingLength bounds the reasoning: it needs thinking: true");
}

/** Options of text that is thought through: what they leave open is as the model's section `thinking` has it. */
export function thinkingOptions<Options extends Pick<TextOptions, "endOfText">>(
  options: Options,
  { thinking }: TaskDefaults,
): Options {
  return { ...options, endOfText: options.endOfText ?? thinking.endOfText };
}

/** The options of a canvas for reasoning of at most so many tokens: its steps are as dense as the answer's, its threshold is the same. */
export function reasoningOptions(
  { genLength: asked, blockLength: askedBlock, steps, ...options }: TextOptions,
  length: number,
  defaults: TaskDefaults["text"],
): TextOptions {
  const genLength = asked ?? defaults.genLength;
  const blockLength = Math.min(askedBlock ?? defaults.blockLength, length);
  const numBlocks = Math.ceil(length / blockLength);
  const perBlock = Math.max(1, Math.round(((steps ?? defaults.steps) * length) / genLength / numBlocks));
  // The steps are not the request's own where it says none: the threshold that a model brings stays.
  const confidenceThreshold =
    options.confidenceThreshold ?? (steps === undefined ? defaults.confidenceThreshold : undefined);
  return { ...options, genLength: length, blockLength, steps: numBlocks * perBlock, confidenceThreshold };
}

/**
 * How many of the ids are reasoning, its end mark included; 0 where nothing ends any. The last mark counts: where reasoning was cut, the model
 * may go on with it and end it once more.
 */
export function reasoningEnd(tokenizer: TextTokenizer, ids: Int32Array): number {
  const numMarks = (length: number) => textOf(tokenizer, ids.subarray(0, length)).split(REASONING_END).length - 1;
  const all = numMarks(ids.length);
  if (all === 0) return 0;
  let [open, closed] = [0, ids.length];
  while (closed - open > 1) {
    const middle = (open + closed) >> 1;
    if (numMarks(middle) === all) closed = middle;
    else open = middle;
  }
  return closed;
}

/** The ids of reasoning, with the mark that ends it put after it where it was cut. */
export function closedReasoning({ textTokenizer }: Pick<TaskPieces, "textTokenizer">, ids: Int32Array): Int32Array {
  const end = reasoningEnd(textTokenizer, ids);
  return end > 0 ? ids.slice(0, end) : Int32Array.from([...ids, ...textTokenizer.encode(REASONING_END)]);
}

/** How many tokens reasoning of at most `length` tokens may come to, with the mark that ends it. */
export function longestReasoning(pieces: Pick<TaskPieces, "textTokenizer">, length: number): number {
  return length + closedReasoning(pieces, new Int32Array(0)).length;
}

/**
 * What is said and what was thought before it, from the ids of an answer up to its end. Of reasoning that begins and never ends nothing
 * is an answer.
 */
export function splitReasoning(tokenizer: TextTokenizer, ids: Int32Array): { text: string; reasoning?: string } {
  const isOnlyBegun = () => textOf(tokenizer, ids).trimStart().startsWith(REASONING_START);
  const end = reasoningEnd(tokenizer, ids) || (isOnlyBegun() ? ids.length : 0);
  const text = tokenizer.decode(ids.subarray(end)).trim();
  return end === 0 ? { text } : { text, reasoning: withoutMarks(textOf(tokenizer, ids.subarray(0, end))) };
}

/** Reasoning that may still be under way, without its marks. */
export function withoutMarks(text: string): string {
  return text.replaceAll(REASONING_START, "").replaceAll(REASONING_END, "").trim();
}

/** Text with its marks, which some tokenizers count among the special tokens. */
function textOf(tokenizer: TextTokenizer, ids: Int32Array): string {
  return tokenizer.decode(ids, { skipSpecialTokens: false });
}
