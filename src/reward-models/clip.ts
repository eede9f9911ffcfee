/**
 * CLIP (arXiv 2103.00020): a transformer over patches of a picture and one over the tokens of a text, whose results lie in one space. Names
 * on disk are those of transformers' `CLIPModel`; PickScore and HPS v2 are such models that were trained on people's choices.
 *
 * Letters: B rows, T places of a row, N = B·T, D width, E width of embeddings.
 */
import type { Dim } from "../graph/dims.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { Initialization, ParameterMaker } from "../model/parameters.js";
import type { ClipConfig, TowerConfig } from "./clip-config.js";
import {
  ACTIVATIONS,
  type Affine,
  type AttentionShape,
  affineLayers,
  attention,
  causalBias,
  embedPatches,
  layerNorm,
  linear,
  withClassPlace,
} from "./layers.js";

interface Block<P> {
  readonly norm1: Affine<P>;
  readonly query: Affine<P>;
  readonly key: Affine<P>;
  readonly value: Affine<P>;
  readonly out: Affine<P>;
  readonly norm2: Affine<P>;
  readonly up: Affine<P>;
  readonly down: Affine<P>;
}

export interface ClipVisionParameters<P> {
  readonly classEmbedding: P;
  readonly patchEmbedding: P;
  readonly positions: P;
  readonly normIn: Affine<P>;
  readonly blocks: readonly Block<P>[];
  readonly normOut: Affine<P>;
  readonly projection: P;
}

export interface ClipTextParameters<P> {
  readonly tokens: P;
  readonly positions: P;
  readonly blocks: readonly Block<P>[];
  readonly normOut: Affine<P>;
  readonly projection: P;
}

export interface ClipParameters<P> {
  readonly vision: ClipVisionParameters<P>;
  readonly text: ClipTextParameters<P>;
  /** The logarithm of what similarities are multiplied by; a scalar. */
  readonly logitScale: P;
}

/** The number that training starts from: similarities are divided by 0.07. */
const INITIAL_LOGIT_SCALE = Math.log(1 / 0.07);

const normal = (deviation: number): Initialization => ({ kind: "truncatedNormal", deviation });

/** The parameters with their names on disk, and initialized as CLIP was. */
export function clipParameters<P>(config: ClipConfig, make: ParameterMaker<P>): ClipParameters<P> {
  const { linear, norm } = affineLayers(make);
  const { text, vision, embeddingWidth: E } = config;
  const blocks = (name: string, { width: D, mlpWidth, numLayers }: TowerConfig): Block<P>[] =>
    Array.from({ length: numLayers }, (_, i) => {
      const at = `${name}.encoder.layers.${i}`;
      const residual = 1 / Math.sqrt(2 * numLayers * D); // the two that add to the stream start smaller
      return {
        norm1: norm(`${at}.layer_norm1`, D),
        query: linear(`${at}.self_attn.q_proj`, D, D, D ** -0.5),
        key: linear(`${at}.self_attn.k_proj`, D, D, D ** -0.5),
        value: linear(`${at}.self_attn.v_proj`, D, D, D ** -0.5),
        out: linear(`${at}.self_attn.out_proj`, D, D, residual),
        norm2: norm(`${at}.layer_norm2`, D),
        up: linear(`${at}.mlp.fc1`, mlpWidth, D, (2 * D) ** -0.5),
        down: linear(`${at}.mlp.fc2`, D, mlpWidth, residual),
      };
    });
  const numPatches = (vision.imageSize / vision.patchSize) ** 2;
  const inVision = (name: string) => `vision_model.${name}`;
  const inText = (name: string) => `text_model.${name}`;
  return {
    vision: {
      classEmbedding: make(inVision("embeddings.class_embedding"), [vision.width], normal(vision.width ** -0.5)),
      patchEmbedding: make(
        inVision("embeddings.patch_embedding.weight"),
        [vision.width, 3, vision.patchSize, vision.patchSize],
        normal((3 * vision.patchSize ** 2) ** -0.5),
      ),
      positions: make(inVision("embeddings.position_embedding.weight"), [numPatches + 1, vision.width], normal(0.02)),
      normIn: norm(inVision("pre_layrnorm"), vision.width), // so it is spelt in the files
      blocks: blocks("vision_model", vision),
      normOut: norm(inVision("post_layernorm"), vision.width),
      projection: make("visual_projection.weight", [E, vision.width], normal(vision.width ** -0.5)),
    },
    text: {
      tokens: make(inText("embeddings.token_embedding.weight"), [text.vocabularySize, text.width], normal(0.02)),
      positions: make(inText("embeddings.position_embedding.weight"), [text.maxLength, text.width], normal(0.01)),
      blocks: blocks("text_model", text),
      normOut: norm(inText("final_layer_norm"), text.width),
      projection: make("text_projection.weight", [E, text.width], normal(text.width ** -0.5)),
    },
    logitScale: make("logit_scale", [], { kind: "constant", value: INITIAL_LOGIT_SCALE }),
  };
}

/** Buffers that files hold beside the parameters; they follow from the settings. */
export const CLIP_BUFFERS = [/(^|\.)position_ids$/, /(^|\.)attn_mask$/];

/** What a graph over B pictures takes: pixels [B, 3, side, side], normalized. */
export function clipPixels({ vision: { imageSize } }: ClipConfig, B: Dim = "B"): Symbolic {
  return op.input("pixels", "float32", [B, 3, imageSize, imageSize]);
}

/** What a graph over B texts takes. */
export interface ClipTextInputs {
  /** Tokens [B, T] (int32), T the longest that the model takes; what follows a text's end is never looked at. */
  readonly ids: Symbolic;
  /** Where texts end, among all places: row · T + place of the end token, [B] (int32). */
  readonly ends: Symbolic;
}

export function clipTextInputs({ text: { maxLength } }: ClipConfig, B: Dim = "B"): ClipTextInputs {
  return { ids: op.input("ids", "int32", [B, maxLength]), ends: op.input("ends", "int32", [B]) };
}

/** Embeddings [B, E] of pictures, of length 1. */
export function embedImages(
  { vision: config }: ClipConfig,
  parameters: ClipVisionParameters<Symbolic>,
  pixels: Symbolic,
): Symbolic {
  const B = pixels.shape[0];
  const n = (config.imageSize / config.patchSize) ** 2;
  const patches = embedPatches(pixels, parameters.patchEmbedding);
  const places = op.add(withClassPlace(patches, parameters.classEmbedding, B, n), parameters.positions); // [B, n+1, D]
  const first = layerNorm(op.flatten(places, 0, 1), parameters.normIn, config.normEpsilon);
  const shape = { B, T: n + 1, S: n + 1, numHeads: config.numHeads };
  const last = parameters.blocks.reduce((x, block) => blockOf(x, block, config, shape), first);
  const ofClass = op.reshape(op.slice(op.reshape(last, places.shape), 1, 0, 1), [B, config.width]);
  return unit(project(layerNorm(ofClass, parameters.normOut, config.normEpsilon), parameters.projection));
}

/** Embeddings [B, E] of texts, of length 1. */
export function embedTexts(
  { text: config }: ClipConfig,
  parameters: ClipTextParameters<Symbolic>,
  { ids, ends }: ClipTextInputs,
): Symbolic {
  const [B, T] = ids.shape;
  const places = op.add(op.gather(parameters.tokens, ids), op.slice(parameters.positions, 0, 0, Number(T)));
  const shape = { B, T, S: T, numHeads: config.numHeads, bias: causalBias(Number(T)) };
  const last = parameters.blocks.reduce((x, block) => blockOf(x, block, config, shape), op.flatten(places, 0, 1));
  const ofEnd = op.gather(last, ends); // [B, D]
  return unit(project(layerNorm(ofEnd, parameters.normOut, config.normEpsilon), parameters.projection));
}

function blockOf(x: Symbolic, block: Block<Symbolic>, config: TowerConfig, shape: AttentionShape): Symbolic {
  const seen = layerNorm(x, block.norm1, config.normEpsilon);
  const mixed = attention(linear(seen, block.query), linear(seen, block.key), linear(seen, block.value), shape);
  const attended = op.add(x, linear(mixed, block.out));
  const inner = ACTIVATIONS[config.activation](linear(layerNorm(attended, block.norm2, config.normEpsilon), block.up));
  return op.add(attended, linear(inner, block.down));
}

function project(x: Symbolic, projection: Symbolic): Symbolic {
  return op.matmul(x, projection, { transposeB: true });
}

function unit(x: Symbolic): Symbolic {
  return op.div(x, op.sqrt(op.sum(op.square(x), -1)));
}
