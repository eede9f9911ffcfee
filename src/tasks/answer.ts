/** Answers to messages: a canvas of masks after the chat so far. What `describe` shares with it is the job of filling an answer. */
import { createRandom } from "../array/random.js";
import { type CanvasStep, seededNoise } from "../diffusion/denoise.js";
import { layoutChat, type Row, unconditionalRow } from "../tokens/sequence.js";
import { maskIds } from "../tokens/vocabulary.js";
import { checkLength, type Job, type ResultInfo, type StepInfo, stepInfo, type TaskPieces } from "./job.js";
import { checkOptions, type TextOptions, textSettings } from "./options.js";
import { beforeEnd, encodeChat, type Prompt, textWithMasks } from "./text.js";

export interface AnswerRequest extends TextOptions {
  /** A question, or a conversation that ends with one. */
  readonly messages: Prompt;
}

/** An answer in text. */
export interface Answer extends ResultInfo {
  readonly text: string;
  /** Its tokens, without the one that ends it. */
  readonly ids: Int32Array;
  /** Whether the model ended it, or the canvas did: then it may be cut short, and a larger `genLength` would give it room. */
  readonly finishReason: "end" | "length";
}

/** An answer as it comes about. */
export interface AnswerStep extends StepInfo {
  /** The text so far, with a sign for each masked place (`MASK_SIGN`), up to its end where that is known. */
  readonly text: string;
  /** All places of the canvas, masks included. */
  readonly ids: Int32Array;
  /** Places of the canvas revealed at this step, the most confident first. */
  readonly revealed: readonly number[];
}

/** Lays out a chat to be answered. @throws OptionError when options or length will not do */
export function answerJob(pieces: TaskPieces, request: AnswerRequest): Job<Answer, AnswerStep> {
  const { messages, ...options } = request;
  checkOptions("text", options, ["messages"]);
  const prompt = encodeChat(pieces, messages);
  return textJob(pieces, options, (answer) => layoutChat(pieces.vocabulary, { prompt, answer }, { isOpen: true }));
}

/** The job of filling an answer of masks, which `layOut` puts behind what was given. */
export function textJob(
  pieces: TaskPieces,
  options: TextOptions,
  layOut: (answer: Int32Array) => Row,
): Job<Answer, AnswerStep> {
  const { vocabulary, textTokenizer, defaults, maxSequenceLength } = pieces;
  const numGiven = layOut(new Int32Array(0)).ids.length;
  // A canvas whose length was not asked for takes what room there is.
  const room = Math.max(1, maxSequenceLength - numGiven);
  const { genLength, settings } = textSettings(
    { ...options, genLength: options.genLength ?? Math.min(defaults.text.genLength, room) },
    defaults.text,
  );
  const row = checkLength(
    layOut(maskIds(vocabulary, genLength)),
    pieces,
    `${numGiven} are given and ${genLength} asked for; give less, or take a smaller genLength`,
  );
  const start = row.spans.answer?.start ?? row.ids.length;
  const seed = options.seed ?? 0;
  const answerOf = ({ ids }: CanvasStep) => ids.slice(start);
  return {
    canvas: {
      row,
      unconditional: settings.guidanceScale === 0 ? undefined : unconditionalRow(vocabulary, row),
      settings,
      range: { start: 0, end: vocabulary.textSize },
      noise: seededNoise(createRandom(seed)),
    },
    show(state) {
      const ids = answerOf(state);
      return {
        ...stepInfo(state),
        ids,
        revealed: state.revealed.map((place) => place - start),
        get text() {
          return textWithMasks(textTokenizer, vocabulary, beforeEnd(vocabulary, ids));
        },
      };
    },
    async finish(state) {
      const whole = answerOf(state);
      const ids = beforeEnd(vocabulary, whole).slice();
      return {
        text: textTokenizer.decode(ids).trim(),
        ids,
        finishReason: ids.length < whole.length ? "end" : "length",
        steps: state.step,
        nfe: state.nfe,
        seed,
      };
    },
  };
}
