/**
 * The transformer: a pre-norm Llama-like encoder whose attention sees in both directions (LLaDA, arXiv 2502.09992), as
 * functions over symbolic tensors. Rows of different lengths, and several texts packed into one row, are told apart by segment:
 * places see each other when their segments are equal.
 *
 * Letters: B rows, T places of a row, N = B·T, D width, H heads, K key/value heads, d = D/H, F MLP width, V vocabulary,
 * M places whose logits are asked for.
 */

import { tensor } from "../array/tensor.js";
import type { Dim } from "../graph/dims.js";
import * as op from "../graph/ops.js";
import { isOperation, type Symbolic } from "../graph/symbolic.js";
import type { NormParameters, TransformerConfig } from "./config.js";
import { HEAD_PIECE, type Initialization, type LinearAdapter, type ParameterMaker } from "./parameters.js";

/** A linear layer: weight [out, in], and a bias [out] where the configuration says so. */
export interface Linear<P> {
  readonly weight: P;
  readonly bias?: P;
  readonly adapter?: LinearAdapter<P>;
}

/** A norm over the last axis: weight and bias [D], each where the configuration says so. */
export interface Norm<P> {
  readonly weight?: P;
  readonly bias?: P;
}

/** Parameters of one block; `P` is a symbolic tensor, a spec, or weights. */
export interface BlockParameters<P> {
  readonly attentionNorm: Norm<P>;
  readonly query: Linear<P>;
  readonly key: Linear<P>;
  /** Absent where queries and keys are taken as they come. */
  readonly queryNorm?: Norm<P>;
  readonly keyNorm?: Norm<P>;
  readonly value: Linear<P>;
  readonly attentionOut: Linear<P>;
  readonly mlpNorm: Norm<P>;
  readonly gate: Linear<P>;
  readonly up: Linear<P>;
  readonly down: Linear<P>;
}

/** Parameters of the transformer; `P` as in `BlockParameters`. */
export interface TransformerParameters<P> {
  readonly embedding: P;
  readonly blocks: readonly BlockParameters<P>[];
  readonly finalNorm: Norm<P>;
  /** Absent when embeddings are tied: logits then use `embedding`. */
  readonly head?: Linear<P>;
}

/** The two with a row for each token, by their names on disk; blocks have an `ff_out` too. */
export const EMBEDDING_NAME = "model.transformer.wte.weight";
export const HEAD_NAME = "model.transformer.ff_out.weight";

/** The transformer's parameters with their names on disk and their initialization ("mitchell", see facts on `init_fn`). */
export function transformerParameters<P>(config: TransformerConfig, make: ParameterMaker<P>): TransformerParameters<P> {
  const { width: D, mlpWidth: F, numHeads, numKeyValueHeads, vocabularySize: V } = config;
  const keyValueWidth = (D / numHeads) * numKeyValueHeads;
  const all = (value: number): Initialization => ({ kind: "constant", value });
  const normalOf = (fanIn: number): Initialization => ({ kind: "truncatedNormal", deviation: 1 / Math.sqrt(fanIn) });
  const linear = (name: string, outputs: number, inputs: number, hasBias: boolean, fanIn = inputs): Linear<P> => {
    const adapter = make.adapt?.(name, outputs, inputs);
    return {
      weight: make(`${name}.weight`, [outputs, inputs], normalOf(fanIn)),
      ...(hasBias ? { bias: make(`${name}.bias`, [outputs], all(0)) } : {}),
      ...(adapter ? { adapter } : {}),
    };
  };
  const norm = (name: string, size: number, has: NormParameters): Norm<P> => ({
    ...(has !== "none" ? { weight: make(`${name}.weight`, [size], all(1)) } : {}),
    ...(has === "weight and bias" ? { bias: make(`${name}.bias`, [size], all(0)) } : {}),
  });
  const { normParameters, queryKeyNormParameters } = config;
  const root = "model.transformer";
  return {
    embedding: make(EMBEDDING_NAME, [V, D], normalOf(D)),
    blocks: Array.from({ length: config.numLayers }, (_, layer) => {
      const at = `${root}.blocks.${layer}`;
      // The two projections back into the residual stream start smaller, the deeper the layer.
      const residual = 2 * (layer + 1);
      return {
        attentionOut: linear(`${at}.attn_out`, D, D, config.hasBias, D * residual),
        down: linear(`${at}.ff_out`, D, F, config.hasBias, F * residual),
        attentionNorm: norm(`${at}.attn_norm`, D, normParameters),
        mlpNorm: norm(`${at}.ff_norm`, D, normParameters),
        query: linear(`${at}.q_proj`, D, D, config.hasQkvBias),
        key: linear(`${at}.k_proj`, keyValueWidth, D, config.hasQkvBias),
        value: linear(`${at}.v_proj`, keyValueWidth, D, config.hasQkvBias),
        gate: linear(`${at}.ff_proj`, F, D, config.hasBias),
        up: linear(`${at}.up_proj`, F, D, config.hasBias),
        ...(queryKeyNormParameters
          ? {
              queryNorm: norm(`${at}.q_norm`, D, queryKeyNormParameters),
              keyNorm: norm(`${at}.k_norm`, keyValueWidth, queryKeyNormParameters),
            }
          : {}),
      };
    }),
    finalNorm: norm(`${root}.ln_f`, D, normParameters),
    ...(config.hasTiedEmbeddings
      ? {}
      : {
          head: {
            weight: (make.makeHead ?? make)(HEAD_NAME, [V, D], normalOf(D)),
            ...(config.hasBias ? { bias: make(`${root}.ff_out.bias`, [V], all(0)) } : {}),
          },
        }),
  };
}

/** What the network looks at: tensors [B, T] of int32. */
export interface TransformerInputs {
  readonly ids: Symbolic;
  /** Which text of the row a place belongs to; padding is a segment of its own (0). */
  readonly segmentIds: Symbolic;
  /** A second text that the place sees: that of a picture which several texts are about, or its own. Left out: its own. */
  readonly prefixIds?: Symbolic;
  /** The place's number within its text, for the rotary embedding. */
  readonly positions: Symbolic;
}

/** The inputs of a graph over B rows of T places. */
export function transformerInputs(B: Dim = "B", T: Dim = "T"): TransformerInputs {
  const ids = (name: string) => op.input(name, "int32", [B, T]);
  return { ids: ids("ids"), segmentIds: ids("segmentIds"), positions: ids("positions") };
}

/** The same for rows that may share what they begin with. */
export function sharingInputs(): TransformerInputs {
  return { ...transformerInputs(), prefixIds: op.input("prefixIds", "int32", ["B", "T"]) };
}

type Parameters = TransformerParameters<Symbolic>;

/** The last hidden states, normalized: [N, D]. */
export function hiddenStates(config: TransformerConfig, parameters: Parameters, inputs: TransformerInputs): Symbolic {
  const rotation = rotaryAngles(config, inputs.positions);
  const bias = attentionBias(inputs);
  const embedded = op.gather(parameters.embedding, op.flatten(inputs.ids, 0, 1)); // [N, D]
  const { normEpsilon } = config;
  const last = parameters.blocks.reduce(
    (input, block) =>
      op.recomputable(input, (x) => {
        const attended = op.add(
          x,
          attention(config, block, rmsNorm(x, block.attentionNorm, normEpsilon), rotation, bias),
        );
        return op.add(attended, mlp(block, rmsNorm(attended, block.mlpNorm, normEpsilon)));
      }),
    embedded,
  );
  return rmsNorm(last, parameters.finalNorm, normEpsilon);
}

/** A range of the vocabulary: rows `start` to `end` (excluded) of the output head. */
export interface VocabularyRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Logits of hidden states [M, D]: [M, V], or [M, end − start] where a range of the vocabulary is enough.
 * @throws RangeError when the range is empty or goes beyond the vocabulary
 */
export function logitsOf(
  config: TransformerConfig,
  parameters: Parameters,
  hidden: Symbolic,
  range: VocabularyRange = { start: 0, end: config.vocabularySize },
): Symbolic {
  const { start, end } = range;
  if (![start, end].every(Number.isInteger) || start < 0 || start >= end || end > config.vocabularySize) {
    throw new RangeError(`${start} to ${end} is no part of the vocabulary, 0 to ${config.vocabularySize}`);
  }
  const { weight, bias }: Linear<Symbolic> = parameters.head ?? { weight: parameters.embedding };
  const plain = op.concat(
    rowsInPieces(weight, range).map((piece) => op.matmul(hidden, piece, { transposeB: true })),
    -1,
  );
  const logits = bias ? op.add(plain, op.slice(bias, 0, start, end)) : plain;
  return config.hasScaledLogits ? op.mul(logits, 1 / Math.sqrt(config.width)) : logits;
}

/**
 * Rows `start` to `end` of the output head: in one piece, or where it is in few bits in several, so that the floats of one are in memory
 * at a time. Of 134,656 × 4,096 all would take 2.2 GB.
 */
function rowsInPieces(head: Symbolic, { start, end }: VocabularyRange): Symbolic[] {
  const parts = isOperation(head, "concat") ? head.inputs : [head];
  const isQuantized = isOperation(parts[0], "dequantize");
  const pieces: Symbolic[] = [];
  let before = 0;
  for (const part of parts) {
    const size = Number(part.shape[0]);
    const [first, last] = [Math.max(0, start - before), Math.min(size, end - before)];
    const step = isQuantized ? HEAD_PIECE : size;
    for (let at = first; at < last; at += step) pieces.push(op.slice(part, 0, at, Math.min(last, at + step)));
    before += size;
  }
  return pieces;
}

/** w · x / √(mean x² + ε) + b, over the last axis. */
function rmsNorm(x: Symbolic, { weight, bias }: Norm<Symbolic>, epsilon: number): Symbolic {
  const scale = op.div(1, op.sqrt(op.add(op.mean(op.square(x), -1), epsilon)));
  const plain = op.mul(x, scale);
  const weighted = weight ? op.mul(plain, weight) : plain;
  return bias ? op.add(weighted, bias) : weighted;
}

function linear(x: Symbolic, { weight, bias, adapter }: Linear<Symbolic>): Symbolic {
  const plain = op.matmul(x, weight, { transposeB: true });
  const y = bias ? op.add(plain, bias) : plain;
  if (!adapter) return y;
  const inner = op.matmul(x, adapter.down, { transposeB: true }); // [N, rank]
  return op.add(y, op.mul(op.matmul(inner, adapter.up, { transposeB: true }), adapter.scale));
}

function mlp(block: BlockParameters<Symbolic>, x: Symbolic): Symbolic {
  return linear(op.mul(op.silu(linear(x, block.gate)), linear(x, block.up)), block.down);
}

interface Rotation {
  readonly cos: Symbolic;
  readonly sin: Symbolic;
}

/** Cosines and sines [B, 1, T, d/2] of position · θ^(−2i/d). */
function rotaryAngles({ width, numHeads, ropeTheta }: TransformerConfig, positions: Symbolic): Rotation {
  const half = width / numHeads / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => ropeTheta ** (-i / half));
  const [B, T] = positions.shape;
  const places = op.reshape(op.cast(positions, "float32"), [B, 1, T, 1]);
  const angles = op.mul(places, op.constant(tensor("float32", [half], frequencies)));
  return { cos: op.cos(angles), sin: op.sin(angles) };
}

/** Rotates the pairs (i, i + d/2) of the last axis of [B, H, T, d]. */
function rotate(x: Symbolic, { cos, sin }: Rotation): Symbolic {
  const width = Number(x.shape.at(-1));
  const first = op.slice(x, -1, 0, width / 2);
  const second = op.slice(x, -1, width / 2, width);
  return op.concat(
    [op.sub(op.mul(first, cos), op.mul(second, sin)), op.add(op.mul(second, cos), op.mul(first, sin))],
    -1,
  );
}

/** 0 where places see each other, a number that the softmax makes 0 elsewhere: [B, 1, T, T]. */
function attentionBias({ segmentIds, prefixIds }: TransformerInputs): Symbolic {
  const [B, T] = segmentIds.shape;
  const seen = op.reshape(segmentIds, [B, 1, 1, T]);
  const isSeenFrom = (ids: Symbolic) => op.equal(op.reshape(ids, [B, 1, T, 1]), seen);
  const isVisible = prefixIds ? op.or(isSeenFrom(segmentIds), isSeenFrom(prefixIds)) : isSeenFrom(segmentIds);
  return op.where(isVisible, op.scalar(0), op.scalar(-1e9));
}

/** Multi-head attention of [N, D] within rows of T places; query heads share key/value heads in groups of H/K. */
function attention(
  { width: D, numHeads: H, numKeyValueHeads: K, normEpsilon }: TransformerConfig,
  block: BlockParameters<Symbolic>,
  x: Symbolic,
  rotation: Rotation,
  bias: Symbolic,
): Symbolic {
  const [B, , T] = rotation.cos.shape;
  const d = D / H;
  const heads = (linearOf: Linear<Symbolic>, numHeads: number, norm?: Norm<Symbolic>) => {
    const y = linear(x, linearOf);
    const normed = norm ? rmsNorm(y, norm, normEpsilon) : y;
    return op.transpose(op.reshape(normed, [B, T, numHeads, d]), [0, 2, 1, 3]); // [B, heads, T, d]
  };
  const query = op.mul(rotate(heads(block.query, H, block.queryNorm), rotation), 1 / Math.sqrt(d));
  const key = rotate(heads(block.key, K, block.keyNorm), rotation);
  const value = heads(block.value, K);
  // With fewer key/value heads than query heads: [B, K, H/K, T, d] against [B, K, 1, T, d].
  const grouped = (y: Symbolic, perGroup: Dim) => (H === K ? y : op.reshape(y, [B, K, perGroup, T, d]));
  const spreadBias = H === K ? bias : op.reshape(bias, [B, 1, 1, T, T]);
  const scores = op.matmul(grouped(query, H / K), grouped(key, 1), { transposeB: true });
  const mixed = op.matmul(op.softmax(op.add(scores, spreadBias)), grouped(value, 1));
  const joined = op.transpose(op.reshape(mixed, [B, H, T, d]), [0, 2, 1, 3]); // [B, T, H, d]
  return linear(op.reshape(joined, [op.flatten(joined, 0, 1).shape[0], D]), block.attentionOut);
}
