/**
 * From an example to a row of the network: its text in tokens, its picture in codes, an answer filled up to a canvas as long as
 * those that sampling will begin with.
 */
import type { Random } from "../array/random.js";
import type { Example, Message } from "../data/example.js";
import type { ThinkingPrompts } from "../tokens/chat-template.js";
import { REASONING_START, withReasoning } from "../tokens/reasoning.js";
import {
  layoutChat,
  layoutImage,
  layoutReasonedImage,
  layoutText,
  layoutUnderstanding,
  type Row,
  type TextLength,
  withGiven,
} from "../tokens/sequence.js";
import { codesToTokens, type Vocabulary } from "../tokens/vocabulary.js";

/** What turns the parts of an example into tokens. */
export interface Encoders {
  readonly vocabulary: Vocabulary;
  /** Plain text, without special tokens. */
  encodeText(text: string): readonly number[];
  /** A chat up to where the assistant's answer begins, asking to think first ahead of a text or of a picture. */
  encodeChat(messages: readonly Message[], thinkingFor?: keyof ThinkingPrompts): readonly number[];
  /** The codes of a picture. */
  encodeImage(image: NonNullable<Example["image"]>): Promise<ArrayLike<number>>;
}

export interface LayoutSettings {
  /** Share of drawing prompts that are emptied, for guidance. */
  readonly conditionDropout: number;
  /** Answers are filled up to a multiple of this … */
  readonly canvasUnit: number;
  /** … and then by so many units more, each equally likely: sampling must know canvases longer than their answers. */
  readonly extraUnits: readonly number[];
  /** The most places that a row may have: it gets no more units than fit. Left out, any. */
  readonly lineLength?: number;
}

/** The row of an example. @throws Error when a part that its task needs is missing */
export async function layoutExample(
  { task, messages, image, reasoning, answer, given }: Example,
  encoders: Encoders,
  settings: LayoutSettings,
  rng: Random,
): Promise<Row> {
  const { vocabulary, encodeText, encodeChat } = encoders;
  const need = <T>(part: T | undefined, name: string): T => {
    if (part === undefined) throw new Error(`an example of task ${task} has no ${name}`);
    return part;
  };
  /** Rows begin with it even where the chat template does not write it. */
  const withStart = (prompt: readonly number[]) =>
    prompt[0] === vocabulary.special.bos ? prompt : [vocabulary.special.bos, ...prompt];
  const promptIds = () => withStart(encodeChat(messages, reasoning === undefined ? undefined : "text"));
  const answerIds = () => encodeText(withReasoning(need(answer, "answer"), reasoning));
  /** The row with what is given of its text `ids`, before which `numBefore` places stand in its span. */
  const goingOn = (row: Row, ids: readonly number[], numBefore = 0) => {
    if (given === undefined) return row;
    const beginning = encodeText(reasoning === undefined ? given : `${REASONING_START}${given}`);
    return withGiven(row, numBefore + numShared(ids, beginning));
  };
  const imageIds = async () => codesToTokens(vocabulary, await encoders.encodeImage(need(image, "image")));
  switch (task) {
    case "lm": {
      const text = answerIds();
      return goingOn(plainText(vocabulary, text, settings), text, 1);
    }
    case "lm_chat": {
      const parts = { prompt: promptIds(), answer: answerIds() };
      const row = onCanvas(parts.prompt, parts.answer, settings, rng, (text) => layoutChat(vocabulary, parts, text));
      return goingOn(row, parts.answer);
    }
    case "mmu": {
      const parts = { image: await imageIds(), prompt: promptIds(), answer: answerIds() };
      const row = onCanvas(parts.prompt, parts.answer, settings, rng, (text) =>
        layoutUnderstanding(vocabulary, parts, text),
      );
      return goingOn(row, parts.answer);
    }
    case "t2i": {
      const isDropped = rng.uniform() < settings.conditionDropout;
      const prompt = isDropped ? [] : encodeText(need(messages.at(-1), "message").content);
      return layoutImage(vocabulary, { prompt, image: await imageIds() });
    }
    case "r2i": {
      const image = await imageIds();
      if (rng.uniform() < settings.conditionDropout)
        return layoutReasonedImage(vocabulary, { prompt: [], reasoning: [], image });
      const thought = encodeText(withReasoning("", need(reasoning, "reasoning")));
      const parts = { image, prompt: withStart(encodeChat(messages, "image")), reasoning: thought };
      const row = onCanvas(parts.prompt, thought, settings, rng, (text) =>
        layoutReasonedImage(vocabulary, parts, text),
      );
      return goingOn(row, thought);
    }
    default:
      return task satisfies never;
  }
}

/** Text longer than a line is cut, as the released code does; an answer that lost its end would teach to say half of it. */
function plainText(vocabulary: Vocabulary, ids: readonly number[], { lineLength }: LayoutSettings): Row {
  const row = layoutText(vocabulary, ids);
  return lineLength !== undefined && row.ids.length > lineLength
    ? layoutText(vocabulary, ids, { length: lineLength })
    : row;
}

/** How many ids at the beginning of both are alike. */
function numShared(ids: readonly number[], others: readonly number[]): number {
  const end = others.findIndex((id, i) => id !== ids[i]);
  return end < 0 ? others.length : end;
}

/** Lays a row out with its text filled up to a canvas: whole units, and some more where the line has room for them. */
function onCanvas(
  prompt: ArrayLike<number>,
  text: ArrayLike<number>,
  { canvasUnit, extraUnits, lineLength = Number.POSITIVE_INFINITY }: LayoutSettings,
  rng: Random,
  layOut: (text: TextLength) => Row,
): Row {
  const units = Math.ceil((text.length + 1) / canvasUnit);
  const extra = extraUnits[Math.floor(rng.uniform() * extraUnits.length)] ?? 0;
  const withUnits = (count: number) => layOut({ length: prompt.length + count * canvasUnit });
  const row = withUnits(units + extra);
  const tooMany = Math.ceil((row.ids.length - lineLength) / canvasUnit);
  return tooMany > 0 && extra > 0 ? withUnits(units + Math.max(0, extra - tooMany)) : row;
}
