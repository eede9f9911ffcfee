/**
 * The five layouts of a row: plain text, chat, a picture and text about it, text and its picture, reasoning and its picture.
 * Pure functions from token ids to a row with named spans, for training (whole rows) and for generating (answers of masks, see
 * `maskIds`). Given a length a row is filled up as the released models are trained; without one it has its natural length, and
 * `batchRows` pads.
 */
import { type Tensor, tensor } from "../array/tensor.js";
import type { Vocabulary } from "./vocabulary.js";

/**
 * What a row is: plain text (`lm`), chat (`lm_chat`), a picture and text about it (`mmu`), text and the picture it asks for
 * (`t2i`), or text, reasoning and then the picture (`r2i`).
 */
export type Task = "lm" | "lm_chat" | "mmu" | "t2i" | "r2i";

type Ids = ArrayLike<number>;

/** Places `start` to `end`, the latter not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * `given` is the beginning of an answer or of reasoning that is not to be learnt. Answer and reasoning include the end-of-text tokens that
 * fill them up; the prompt is the text without the picture and its marks.
 */
export type SpanName = "prompt" | "answer" | "reasoning" | "given" | "image" | "padding";

/** A sequence for the network: T ids and what each place is. */
export interface Row {
  readonly task: Task;
  readonly ids: Int32Array;
  readonly spans: Readonly<Partial<Record<SpanName, Span>>>;
  /** 1 where the forward process may mask: what the network learns and generates. */
  readonly isMaskable: Uint8Array;
  /** 0 where there is padding, which is not attended to. */
  readonly isReal: Uint8Array;
}

/** A whole text has this length: cut, or filled up with end-of-text (for `t2i` padded on the left). Left out: natural length. */
export interface TextLength {
  /** Places from the first token of text to its last end-of-text; marks of pictures and tasks come on top. */
  readonly length?: number;
}

export interface AnswerOptions extends TextLength {
  /** The answer goes on: no end-of-text after it, as when it is masks to be filled. */
  readonly isOpen?: boolean;
}

/** Plain text, all of it to be learnt: `bos text eos…`. A text that is cut loses its end-of-text. */
export function layoutText(vocabulary: Vocabulary, text: Ids, options: AnswerOptions = {}): Row {
  const { text: answer } = fitText(vocabulary, [], text, { ...options, whenCut: "cut" });
  return layOut("lm", [{ name: "answer", ids: answer, isMaskable: true }]);
}

/** Chat: `bos prompt answer eos…`. A chat that is cut loses its end-of-text. */
export function layoutChat(
  vocabulary: Vocabulary,
  parts: { readonly prompt: Ids; readonly answer: Ids },
  options: AnswerOptions = {},
): Row {
  const { text, promptLength } = fitText(vocabulary, parts.prompt, parts.answer, { ...options, whenCut: "cut" });
  return layOut("lm_chat", [
    { name: "prompt", ids: text.slice(0, promptLength) },
    { name: "answer", ids: text.slice(promptLength), isMaskable: true },
  ]);
}

/** A picture and text about it: `<|mmu|> <|soi|> image <|eoi|> bos prompt answer eos…`; `image` are tokens, not codes. */
export function layoutUnderstanding(
  vocabulary: Vocabulary,
  parts: { readonly image: Ids; readonly prompt: Ids; readonly answer: Ids },
  options: AnswerOptions = {},
): Row {
  const { mmu, soi, eoi } = vocabulary.special;
  const { text, promptLength } = fitText(vocabulary, parts.prompt, parts.answer, {
    ...options,
    whenCut: "end-with-eos",
  });
  return layOut("mmu", [
    { ids: [mmu, soi] },
    { name: "image", ids: parts.image },
    { ids: [eoi] },
    { name: "prompt", ids: text.slice(0, promptLength) },
    { name: "answer", ids: text.slice(promptLength), isMaskable: true },
  ]);
}

/** Text and the picture it asks for: `[iPAD]… <|t2i|> bos prompt eos <|soi|> image <|eoi|>`. An empty prompt is the unconditional one. */
export function layoutImage(
  vocabulary: Vocabulary,
  parts: { readonly prompt: Ids; readonly image: Ids },
  { length }: TextLength = {},
): Row {
  const { t2i, soi, eoi, imagePad } = vocabulary.special;
  const { text: whole } = fitText(vocabulary, parts.prompt, [], { whenCut: "end-with-eos" });
  const textLength = Math.min(whole.length, length ?? whole.length);
  const { text } = fitText(vocabulary, parts.prompt, [], { length: textLength, whenCut: "end-with-eos" });
  const padding = new Int32Array((length ?? textLength) - textLength).fill(imagePad);
  return layOut("t2i", [
    { name: "padding", ids: padding, isPadding: true },
    { ids: [t2i] },
    { name: "prompt", ids: text },
    { ids: [soi] },
    { name: "image", ids: parts.image, isMaskable: true },
    { ids: [eoi] },
  ]);
}

/**
 * Text, reasoning and the picture it leads to: `<|r2i|> bos prompt reasoning eos… <|soi|> image <|eoi|>`. Without reasoning all
 * of the text is prompt.
 */
export function layoutReasonedImage(
  vocabulary: Vocabulary,
  parts: { readonly prompt: Ids; readonly reasoning: Ids; readonly image: Ids },
  options: AnswerOptions = {},
): Row {
  const { r2i, soi, eoi } = vocabulary.special;
  const fitted = fitText(vocabulary, parts.prompt, parts.reasoning, { ...options, whenCut: "end-with-eos" });
  const { text } = fitted;
  const promptLength = parts.reasoning.length === 0 ? text.length : Math.max(1, fitted.promptLength);
  return layOut("r2i", [
    { ids: [r2i] },
    { name: "prompt", ids: text.slice(0, promptLength) },
    { name: "reasoning", ids: text.slice(promptLength), isMaskable: true },
    { ids: [soi] },
    { name: "image", ids: parts.image, isMaskable: true },
    { ids: [eoi] },
  ]);
}

/** The row with the first `count` places of its answer, or of its reasoning, given. */
export function withGiven(row: Row, count: number): Row {
  const { start, end } = row.spans.reasoning ?? row.spans.answer ?? { start: 0, end: 0 };
  const given = { start, end: Math.min(start + count, end) };
  const isMaskable = row.isMaskable.map((flag, place) => (place >= given.start && place < given.end ? 0 : flag));
  return { ...row, spans: { ...row.spans, given }, isMaskable };
}

/**
 * What a row is compared with in classifier-free guidance. For text to picture the row without its text (its picture then ends at
 * the same distance from the end); for text the same row with all that was given masked.
 */
export function unconditionalRow(vocabulary: Vocabulary, row: Row): Row {
  const { image } = row.spans;
  if (image !== undefined && row.isMaskable[image.start] === 1) {
    const ids = row.ids.subarray(image.start, image.end);
    return row.task === "r2i"
      ? layoutReasonedImage(vocabulary, { prompt: [], reasoning: [], image: ids })
      : layoutImage(vocabulary, { prompt: [], image: ids });
  }
  const isGiven = (place: number) => row.isMaskable[place] === 0 && row.isReal[place] === 1;
  return { ...row, ids: row.ids.map((id, place) => (isGiven(place) ? vocabulary.special.mask : id)) };
}

/** Rows as the network takes them: three int32 tensors [B, T]. Place i of row b stands in column i. */
export interface RowBatch {
  readonly ids: Tensor<"int32">;
  /** 0 for padding, 1 for real places. */
  readonly segmentIds: Tensor<"int32">;
  /** Counted from the first real place of a row; 0 in padding. */
  readonly positions: Tensor<"int32">;
}

/**
 * Rows take a multiple of this many places, so that softmax sums them in whole vectors. Measured over random batches of the bundled
 * model, logits alone against in a batch: on the CPU (AVX-512) always alike; in WebAssembly and WebGPU 38 % and 33 % differ in their last
 * bits without this, none with multiples of 4 and up.
 */
const LANES = 8;

/**
 * Rows of any lengths, filled up with padding so that each is to the network, bit for bit, what it is alone. To the network it is the
 * same where padding stands; to the last bits of a sum it is not. Behind the row it adds zeros after terms whose order and grouping
 * stay; before the row (as released code pads) it moves them from one partial sum to the next.
 * @param length columns T; left out: the longest row's, rounded up to whole vectors
 * @throws RangeError when a row is longer than `length`
 */
export function batchRows(vocabulary: Vocabulary, rows: readonly Row[], length?: number): RowBatch {
  const longest = rows.reduce((most, row) => Math.max(most, row.ids.length), 0);
  const T = length ?? Math.ceil(longest / LANES) * LANES;
  if (longest > T) throw new RangeError(`a row has ${longest} places, the batch only ${T}`);
  const shape = [rows.length, T];
  const ids = new Int32Array(rows.length * T).fill(vocabulary.special.pad);
  const segmentIds = new Int32Array(ids.length);
  const positions = new Int32Array(ids.length);
  rows.forEach((row, b) => {
    const start = b * T;
    const firstReal = Math.max(0, row.isReal.indexOf(1));
    ids.set(row.ids, start);
    segmentIds.set(row.isReal, start);
    for (let place = firstReal; place < row.ids.length; place++) positions[start + place] = place - firstReal;
  });
  return {
    ids: tensor("int32", shape, ids),
    segmentIds: tensor("int32", shape, segmentIds),
    positions: tensor("int32", shape, positions),
  };
}

/**
 * `bos prompt answer eos…`, cut or filled to the length asked for, and how many of its places are the prompt's: with the bos,
 * unless the prompt is empty. Text that begins with a bos gets no second one.
 */
function fitText(
  { special: { bos, eos } }: Vocabulary,
  prompt: Ids,
  answer: Ids,
  { length, isOpen, whenCut }: AnswerOptions & { readonly whenCut: "end-with-eos" | "cut" },
): { text: number[]; promptLength: number } {
  const text = [...Array.from(prompt), ...Array.from(answer)];
  const hasBos = text[0] === bos;
  if (!hasBos) text.unshift(bos);
  if (!isOpen) text.push(eos);
  if (length !== undefined) {
    if (text.length > length) {
      text.length = length;
      if (whenCut === "end-with-eos" && length > 0) text[length - 1] = eos;
    }
    while (text.length < length) text.push(eos);
  }
  return { text, promptLength: prompt.length === 0 || hasBos ? prompt.length : prompt.length + 1 };
}

interface Part {
  readonly name?: SpanName;
  readonly ids: Ids;
  readonly isMaskable?: boolean;
  readonly isPadding?: boolean;
}

/** Parts one after another; a part without places makes no span. */
function layOut(task: Task, parts: readonly Part[]): Row {
  const T = parts.reduce((sum, part) => sum + part.ids.length, 0);
  const ids = new Int32Array(T);
  const isMaskable = new Uint8Array(T);
  const isReal = new Uint8Array(T).fill(1);
  const spans: Partial<Record<SpanName, Span>> = {};
  let start = 0;
  for (const part of parts) {
    const end = start + part.ids.length;
    ids.set(part.ids, start);
    if (part.isMaskable) isMaskable.fill(1, start, end);
    if (part.isPadding) isReal.fill(0, start, end);
    if (part.name !== undefined && end > start) spans[part.name] = { start, end };
    start = end;
  }
  return { task, ids, spans, isMaskable, isReal };
}
