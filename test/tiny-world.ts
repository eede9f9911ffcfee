/**
 * A world of a few characters and four-code pictures with a transformer of some thousand parameters: enough for every part of
 * reinforcement learning to be run for real in a second.
 */
import { tensor } from "../src/array/tensor.js";
import type { Example } from "../src/data/example.js";
import { createMaskPredictor } from "../src/diffusion/mask-predictor.js";
import type { TransformerConfig } from "../src/model/config.js";
import type { ImageCodec } from "../src/model/image-codec.js";
import type { Backend } from "../src/runtime/backend.js";
import type { TaskPieces } from "../src/tasks/job.js";
import { RELEASED_DEFAULTS } from "../src/tasks/task-defaults.js";
import type { TextTokenizer } from "../src/tokens/text-tokenizer.js";
import type { SpecialTokens, TokenId, Vocabulary } from "../src/tokens/vocabulary.js";
import type { Weights } from "../src/training/objective.js";

const LETTERS = "0123456789abc?";
const SPECIAL = [
  "bos",
  "eos",
  "soi",
  "eoi",
  "t2i",
  "mmu",
  "imagePad",
  "r2i",
  "startHeader",
  "endHeader",
  "endOfTurn",
  "mask",
];
const NUM_CODES = 6;
const id = (name: string) => (LETTERS.length + SPECIAL.indexOf(name)) as TokenId;

export const tinyVocabulary: Vocabulary = {
  size: LETTERS.length + SPECIAL.length + NUM_CODES,
  textSize: LETTERS.length + SPECIAL.length,
  codebookSize: NUM_CODES,
  imageOffset: LETTERS.length + SPECIAL.length,
  special: {
    ...Object.fromEntries(SPECIAL.map((name) => [name, id(name)])),
    pad: id("eos"),
  } as unknown as SpecialTokens,
};

export const tinyConfig: TransformerConfig = {
  width: 32,
  numLayers: 2,
  numHeads: 2,
  numKeyValueHeads: 2,
  mlpWidth: 64,
  vocabularySize: tinyVocabulary.size,
  ropeTheta: 10000,
  maxSequenceLength: 64,
  normEpsilon: 1e-5,
  hasBias: false,
  hasQkvBias: false,
  normParameters: "weight",
  hasTiedEmbeddings: false,
  hasScaledLogits: false,
  maskTokenId: tinyVocabulary.special.mask,
  eosTokenId: tinyVocabulary.special.eos,
  padTokenId: tinyVocabulary.special.pad,
};

const textTokenizer: TextTokenizer = {
  encode: (text) => [...text].map((letter) => LETTERS.indexOf(letter) as TokenId).filter((token) => token >= 0),
  decode: (ids) => Array.from(ids, (token) => LETTERS[token] ?? "").join(""),
  tokenId: () => undefined,
  largestId: LETTERS.length - 1,
  config: {},
};

/** Pictures of 2×2 pixels: the code is the red channel, in steps of a tenth. */
const imageCodec: ImageCodec = {
  config: { resolution: 2, codeBits: 3 } as ImageCodec["config"],
  downsampling: 1,
  encode: async ({ shape, data }) =>
    tensor(
      "int32",
      [shape[0], 4],
      Int32Array.from(
        { length: shape[0] * 4 },
        (_, i) => Math.abs(Math.round(data[Math.floor(i / 4) * 12 + (i % 4)] * 10)) % NUM_CODES,
      ),
    ),
  decode: async ({ shape, data }) => {
    const pixels = new Float32Array(shape[0] * 12);
    data.forEach((code, i) => {
      pixels[Math.floor(i / 4) * 12 + (i % 4)] = code / 10;
    });
    return tensor("float32", [shape[0], 3, 2, 2], pixels);
  },
  dispose: async () => {},
};

/** The tasks' pieces over weights, which may change. */
export function tinyPieces(backend: Backend, weights: Weights): TaskPieces & { dispose(): Promise<void> } {
  const predictor = createMaskPredictor(backend, tinyConfig, { weights, areTrained: true });
  return {
    predict: predictor.predict,
    vocabulary: tinyVocabulary,
    textTokenizer,
    chatTemplate: (messages) => messages.map(({ content }) => content).join(""),
    imageCodec,
    maxSequenceLength: tinyConfig.maxSequenceLength,
    defaults: RELEASED_DEFAULTS,
    dispose: () => predictor.dispose(),
  };
}

/** Prompts of three tasks in turn, with the position as their state. */
export function tinyPrompts(tasks: readonly Example["task"][], position = 0) {
  let next = position;
  return {
    async nextPrompt() {
      const number = next++;
      const task = tasks[number % tasks.length];
      const messages = [{ role: "user" as const, content: `${number % 10}?` }];
      const image = { key: "tiny", load: async () => ({ width: 2, height: 2, data: new Uint8Array(12) }) };
      const example: Example = {
        task,
        messages,
        ...(task === "mmu" ? { image } : {}),
        ...(task === "t2i" ? {} : { answer: "7" }),
      };
      return { example, sourceName: `tiny-${task}` };
    },
    promptState: () => next,
  };
}
