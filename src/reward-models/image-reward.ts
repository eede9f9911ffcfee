/**
 * ImageReward (arXiv 2304.05977): BLIP (arXiv 2201.12086) reads a prompt while it looks at a picture, and a few linear layers make a number
 * of what it has at the prompt's first token. A vision transformer over patches; a BERT whose every block also attends to these. Names on
 * disk are those of `ImageReward.pt`.
 *
 * Letters: B rows, T places of a prompt, S places of a picture (one more than it has patches), D width.
 */
import type { Dim } from "../graph/dims.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { Initialization, ParameterMaker } from "../model/parameters.js";
import type { ImageRewardConfig } from "./image-reward-config.js";
import {
  ACTIVATIONS,
  type Affine,
  type AttentionShape,
  affineLayers,
  attention,
  embedPatches,
  layerNorm,
  linear,
  paddingBias,
  withClassPlace,
} from "./layers.js";

interface VisionBlock<P> {
  readonly norm1: Affine<P>;
  /** Queries, keys and values, one after another: [3D, D]. */
  readonly queryKeyValue: Affine<P>;
  readonly out: Affine<P>;
  readonly norm2: Affine<P>;
  readonly up: Affine<P>;
  readonly down: Affine<P>;
}

interface BertAttention<P> {
  readonly query: Affine<P>;
  readonly key: Affine<P>;
  readonly value: Affine<P>;
  readonly out: Affine<P>;
  readonly norm: Affine<P>;
}

interface TextBlock<P> {
  readonly self: BertAttention<P>;
  readonly cross: BertAttention<P>;
  readonly up: Affine<P>;
  readonly down: Affine<P>;
  readonly norm: Affine<P>;
}

export interface ImageRewardParameters<P> {
  readonly vision: {
    readonly classEmbedding: P;
    readonly positions: P;
    readonly patchEmbedding: Affine<P>;
    readonly blocks: readonly VisionBlock<P>[];
    readonly normOut: Affine<P>;
  };
  readonly text: {
    readonly tokens: P;
    readonly positions: P;
    readonly norm: Affine<P>;
    readonly blocks: readonly TextBlock<P>[];
  };
  readonly head: readonly Affine<P>[];
}

/** Outputs of the head's linear layers, between which there is nothing else. */
const HEAD_WIDTHS = [1024, 128, 64, 16, 1];
/** Their numbers on disk: dropout stands between them. */
const HEAD_NAMES = [0, 2, 4, 6, 7];

const VISION_EPSILON = 1e-6;

/** Mean and deviation of the head's numbers on the public validation set, by which rewards are standardized. */
const REWARD_MEAN = 0.16717362830052426;
const REWARD_DEVIATION = 1.0333394966054072;

/** Tokens of a prompt that are read, begin and end included. */
export const MAX_PROMPT_LENGTH = 35;

/** The parameters with their names on disk; they are loaded, so that how they start does not matter. */
export function imageRewardParameters<P>(config: ImageRewardConfig, make: ParameterMaker<P>): ImageRewardParameters<P> {
  const deviation = 0.02;
  const { linear: linearOf, norm } = affineLayers(make);
  const linear = (name: string, outputs: number, inputs: number) => linearOf(name, outputs, inputs, deviation);
  const normal: Initialization = { kind: "truncatedNormal", deviation };
  const { text, vision } = config;
  const [D, V] = [text.width, vision.width];
  const numPatches = (vision.imageSize / vision.patchSize) ** 2;
  const attentionOf = (name: string, keyWidth: number): BertAttention<P> => ({
    query: linear(`${name}.self.query`, D, D),
    key: linear(`${name}.self.key`, D, keyWidth),
    value: linear(`${name}.self.value`, D, keyWidth),
    out: linear(`${name}.output.dense`, D, D),
    norm: norm(`${name}.output.LayerNorm`, D),
  });
  const encoder = "blip.visual_encoder";
  const bert = "blip.text_encoder";
  const patches = `${encoder}.patch_embed.proj`;
  return {
    vision: {
      classEmbedding: make(`${encoder}.cls_token`, [1, 1, V], normal),
      positions: make(`${encoder}.pos_embed`, [1, numPatches + 1, V], normal),
      patchEmbedding: {
        weight: make(`${patches}.weight`, [V, 3, vision.patchSize, vision.patchSize], normal),
        bias: make(`${patches}.bias`, [V], { kind: "constant", value: 0 }),
      },
      blocks: Array.from({ length: vision.numLayers }, (_, i) => {
        const at = `${encoder}.blocks.${i}`;
        return {
          norm1: norm(`${at}.norm1`, V),
          queryKeyValue: linear(`${at}.attn.qkv`, 3 * V, V),
          out: linear(`${at}.attn.proj`, V, V),
          norm2: norm(`${at}.norm2`, V),
          up: linear(`${at}.mlp.fc1`, vision.mlpWidth, V),
          down: linear(`${at}.mlp.fc2`, V, vision.mlpWidth),
        };
      }),
      normOut: norm(`${encoder}.norm`, V),
    },
    text: {
      tokens: make(`${bert}.embeddings.word_embeddings.weight`, [text.vocabularySize, D], normal),
      positions: make(`${bert}.embeddings.position_embeddings.weight`, [text.maxPositions, D], normal),
      norm: norm(`${bert}.embeddings.LayerNorm`, D),
      blocks: Array.from({ length: text.numLayers }, (_, i) => {
        const at = `${bert}.encoder.layer.${i}`;
        return {
          self: attentionOf(`${at}.attention`, D),
          cross: attentionOf(`${at}.crossattention`, V),
          up: linear(`${at}.intermediate.dense`, text.mlpWidth, D),
          down: linear(`${at}.output.dense`, D, text.mlpWidth),
          norm: norm(`${at}.output.LayerNorm`, D),
        };
      }),
    },
    head: HEAD_WIDTHS.map((width, i) => linear(`mlp.layers.${HEAD_NAMES[i]}`, width, HEAD_WIDTHS[i - 1] ?? D)),
  };
}

/** What else is in the file: BLIP's projections for retrieval, which the reward does not use, and buffers. */
export const IMAGE_REWARD_UNUSED = [/(^|\.)position_ids$/, /^blip\.(vision|text)_proj\./];

/** What the graph takes. */
export interface ImageRewardInputs {
  /** Pixels [B, 3, side, side], normalized. */
  readonly pixels: Symbolic;
  /** Tokens [B, T] (int32). */
  readonly ids: Symbolic;
  /** 1 for tokens, 0 for what fills a row up: [B, T] (int32). */
  readonly isText: Symbolic;
}

export function imageRewardInputs({ vision: { imageSize } }: ImageRewardConfig, B: Dim = "B"): ImageRewardInputs {
  return {
    pixels: op.input("pixels", "float32", [B, 3, imageSize, imageSize]),
    ids: op.input("ids", "int32", [B, MAX_PROMPT_LENGTH]),
    isText: op.input("isText", "int32", [B, MAX_PROMPT_LENGTH]),
  };
}

/** How well each picture follows its prompt and pleases, [B]: about 0 on average, most within ±2. */
export function imageReward(
  config: ImageRewardConfig,
  { vision, text, head }: ImageRewardParameters<Symbolic>,
  { pixels, ids, isText }: ImageRewardInputs,
): Symbolic {
  const [B, T] = ids.shape;
  const seen = picturePlaces(config.vision, vision, pixels); // [B, S, D of pictures]
  const S = seen.shape[1];
  const picture = op.flatten(seen, 0, 1);
  const epsilon = config.text.normEpsilon;
  const { numHeads } = config.text;
  const amongWords = { B, T, S: T, numHeads, bias: paddingBias(isText) };
  const amongPatches = { B, T, S, numHeads };
  const embedded = op.add(op.gather(text.tokens, ids), op.slice(text.positions, 0, 0, Number(T))); // [B, T, D]
  const last = text.blocks.reduce(
    (x, block) => {
      const read = attended(x, x, block.self, amongWords, epsilon);
      const looked = attended(read, picture, block.cross, amongPatches, epsilon);
      const inner = linear(ACTIVATIONS.gelu(linear(looked, block.up)), block.down);
      return layerNorm(op.add(looked, inner), block.norm, epsilon);
    },
    layerNorm(op.flatten(embedded, 0, 1), text.norm, epsilon),
  );
  const first = op.reshape(op.slice(op.reshape(last, embedded.shape), 1, 0, 1), [B, config.text.width]);
  const raw = op.reshape(head.reduce(linear, first), [B]);
  return op.mul(op.sub(raw, REWARD_MEAN), 1 / REWARD_DEVIATION);
}

/** BERT normalizes behind the sum, not before the layer. */
function attended(
  x: Symbolic,
  others: Symbolic,
  { query, key, value, out, norm }: BertAttention<Symbolic>,
  shape: AttentionShape,
  epsilon: number,
): Symbolic {
  const mixed = attention(linear(x, query), linear(others, key), linear(others, value), shape);
  return layerNorm(op.add(x, linear(mixed, out)), norm, epsilon);
}

function picturePlaces(
  config: ImageRewardConfig["vision"],
  parameters: ImageRewardParameters<Symbolic>["vision"],
  pixels: Symbolic,
): Symbolic {
  const B = pixels.shape[0];
  const n = (config.imageSize / config.patchSize) ** 2;
  const { patchEmbedding, classEmbedding, positions, blocks, normOut } = parameters;
  const patches = op.add(embedPatches(pixels, patchEmbedding.weight), patchEmbedding.bias);
  const places = op.add(withClassPlace(patches, classEmbedding, B, n), positions); // [B, n+1, D]
  const shape = { B, T: n + 1, S: n + 1, numHeads: config.numHeads };
  const last = blocks.reduce(
    (x, block) => {
      const joint = linear(layerNorm(x, block.norm1, VISION_EPSILON), block.queryKeyValue);
      const [query, key, value] = [0, 1, 2].map((i) => op.slice(joint, 1, i * config.width, (i + 1) * config.width));
      const mixed = op.add(x, linear(attention(query, key, value, shape), block.out));
      const inner = ACTIVATIONS.gelu(linear(layerNorm(mixed, block.norm2, VISION_EPSILON), block.up));
      return op.add(mixed, linear(inner, block.down));
    },
    op.flatten(places, 0, 1),
  );
  return op.reshape(layerNorm(last, normOut, VISION_EPSILON), places.shape);
}
