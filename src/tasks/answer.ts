/** Answers to messages: a canvas of masks after the chat so far. What `describe` shares with it is the job of filling an answer. */
import { createRandom } from "../array/random.js";
import { type CanvasStep, seededNoise } from "../diffusion/canvas.js";
import { layoutChat, type Row } from "../tokens/sequence.js";
import { maskIds, type TokenId } from "../tokens/vocabulary.js";
import {
  canvasOf,
  checkNumPlaces,
  type Job,
  type ResultInfo,
  type StepInfo,
  stepInfo,
  type TaskPieces,
} from "./job.js";
import { checkOptions, type TextOptions } from "./options.js";
import { textSettings } from "./sampler-settings.js";
import { beforeEnd, encodeChat, type Prompt, textWithMasks } from "./text.js";
import {
  checkThinking,
  closedReasoning,
  longestReasoning,
  reasoningEnd,
  reasoningOptions,
  splitReasoning,
  THINKING_OPTIONS,
  type ThinkingOptions,
  thinkingOptions,
} from "./thinking.js";

export interface AnswerRequest extends TextOptions, ThinkingOptions {
  /** A question, or a conversation that ends with one. */
  readonly messages: Prompt;
}

/** An answer in text. */
export interface Answer extends ResultInfo {
  readonly text: string;
  /** What was thought before it, where something was. */
  readonly reasoning?: string;
  /** The tokens of both, without the one that ends them. */
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
  /** Places of the canvas revealed at this step, in the order that `remasking` gives. */
  readonly revealed: readonly number[];
}

/** Lays out a chat to be answered. @throws OptionError when options or length will not do */
export function answerJob(pieces: TaskPieces, request: AnswerRequest): Job<Answer, AnswerStep> {
  const { messages, ...options } = request;
  checkOptions("text", options, ["messages", ...THINKING_OPTIONS]);
  return thoughtJob(pieces, options, messages, (prompt, answer) =>
    layoutChat(pieces.vocabulary, { prompt, answer }, { isOpen: true }),
  );
}

/** The job of answering a prompt, after reasoning where that is asked for; `layOut` puts both where they belong. */
export function thoughtJob(
  pieces: TaskPieces,
  { thinking, thinkingLength, ...asked }: TextOptions & ThinkingOptions,
  messages: Prompt,
  layOut: (prompt: TokenId[], answer: Int32Array) => Row,
): Job<Answer, AnswerStep> {
  checkThinking({ thinking, thinkingLength });
  const { defaults } = pieces;
  const prompt = encodeChat(pieces, messages, thinking ? defaults.thinking.prompts.text : undefined);
  const layOutAnswer = (answer: Int32Array) => layOut(prompt, answer);
  if (!thinking) return textJob(pieces, asked, layOutAnswer);
  const thought = thinkingOptions(asked, defaults);
  if (thinkingLength === undefined) {
    return textJob(pieces, thought, layOutAnswer, defaults.text.genLength + defaults.thinking.length);
  }
  const start = layOutAnswer(new Int32Array(0)).ids.length;
  const longest = start + longestReasoning(pieces, thinkingLength);
  checkNumPlaces(
    longest + (asked.genLength ?? 1),
    pieces,
    `${start} are given and ${thinkingLength} for reasoning; give less, or take a smaller thinkingLength or genLength`,
  );
  // The answer has the room that the longest reasoning leaves, so that what will not do is said before any.
  const genLength = asked.genLength ?? Math.min(defaults.text.genLength, pieces.maxSequenceLength - longest);
  const options = { ...thought, genLength };
  textSettings(options, defaults.text);
  const reasoned = textJob(pieces, reasoningOptions(thought, thinkingLength, defaults.text), layOutAnswer);
  return {
    ...reasoned,
    next({ ids: all }) {
      const whole = all.slice(start);
      const ids = beforeEnd(pieces.vocabulary, whole);
      const end = reasoningEnd(pieces.textTokenizer, ids);
      const isWhole = ids.length < whole.length && end > 0;
      if (isWhole && ids.length - end <= genLength) return undefined;
      const given = closedReasoning(pieces, ids);
      const job = textJob(pieces, options, (answer) => {
        const row = layOutAnswer(Int32Array.from([...given, ...answer]));
        // The reasoning stands: blocks begin behind it.
        return { ...row, isMaskable: row.isMaskable.map((flag, place) => (place < start + given.length ? 0 : flag)) };
      });
      // Chance of its own: the answer's draws are none of the reasoning's.
      const noise = seededNoise(createRandom(options.seed ?? 0).fork("answer"));
      return { ...job, canvas: { ...job.canvas, noise } };
    },
  };
}

/** The job of filling an answer of masks, which `layOut` puts behind what was given. */
function textJob(
  pieces: TaskPieces,
  options: TextOptions,
  layOut: (answer: Int32Array) => Row,
  defaultLength = pieces.defaults.text.genLength,
): Job<Answer, AnswerStep> {
  const { vocabulary, textTokenizer, defaults, maxSequenceLength } = pieces;
  const numGiven = layOut(new Int32Array(0)).ids.length;
  // A canvas whose length was not asked for takes what room there is.
  const room = Math.max(1, maxSequenceLength - numGiven);
  const { genLength, settings } = textSettings(
    { ...options, genLength: options.genLength ?? Math.min(defaultLength, room) },
    defaults.text,
  );
  checkNumPlaces(
    numGiven + genLength,
    pieces,
    options.genLength === undefined
      ? `${numGiven} are given, and an answer needs room; give less`
      : `${numGiven} are given and ${genLength} asked for; give less, or take a smaller genLength`,
  );
  const row = layOut(maskIds(vocabulary, genLength));
  const start = row.spans.answer?.start ?? row.ids.length;
  const seed = options.seed ?? 0;
  const answerOf = ({ ids }: CanvasStep) => ids.slice(start);
  return {
    canvas: canvasOf(vocabulary, row, "text", settings, seed),
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
        ...splitReasoning(textTokenizer, ids),
        ids,
        finishReason: ids.length < whole.length ? "end" : "length",
        steps: state.step,
        nfe: state.nfe,
        seed,
      };
    },
  };
}
