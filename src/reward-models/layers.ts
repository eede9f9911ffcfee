/**
 * What the transformers of reward models are made of, as functions over symbolic tensors: layers with biases, normalization by mean and
 * deviation, attention of several heads, pictures as rows of patches. Knows no model.
 *
 * Letters: B rows, T places of a row, S places that are looked at, N = B·T, D width, H heads, p pixels of a patch's side.
 */
import { tensor } from "../array/tensor.js";
import type { Dim } from "../graph/dims.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { ParameterMaker } from "../model/parameters.js";

/** A weight [out, in] and a bias [out] of a linear layer, or both [D] of a normalization. */
export interface Affine<P> {
  readonly weight: P;
  readonly bias: P;
}

/** Makers of layers by their names on disk; a linear layer starts normal with the deviation, a normalization as none. */
export function affineLayers<P>(make: ParameterMaker<P>) {
  const constant = (name: string, width: number, value: number) => make(name, [width], { kind: "constant", value });
  return {
    linear: (name: string, outputs: number, inputs: number, deviation: number): Affine<P> => ({
      weight: make(`${name}.weight`, [outputs, inputs], { kind: "truncatedNormal", deviation }),
      bias: constant(`${name}.bias`, outputs, 0),
    }),
    norm: (name: string, width: number): Affine<P> => ({
      weight: constant(`${name}.weight`, width, 1),
      bias: constant(`${name}.bias`, width, 0),
    }),
  };
}

/** x · Wᵀ + b: [N, in] → [N, out]. */
export function linear(x: Symbolic, { weight, bias }: Affine<Symbolic>): Symbolic {
  return op.add(op.matmul(x, weight, { transposeB: true }), bias);
}

/** (x − mean) / √(variance + ε) · w + b over the last axis (arXiv 1607.06450). */
export function layerNorm(x: Symbolic, { weight, bias }: Affine<Symbolic>, epsilon: number): Symbolic {
  const centered = op.sub(x, op.mean(x, -1));
  const scale = op.div(1, op.sqrt(op.add(op.mean(op.square(centered), -1), epsilon)));
  return op.add(op.mul(op.mul(centered, scale), weight), bias);
}

/** By the names that public configurations give them. */
export const ACTIVATIONS = {
  /** x · Φ(x), Φ the normal distribution. */
  gelu: (x: Symbolic) => op.mul(op.mul(x, 0.5), op.add(op.erf(op.mul(x, Math.SQRT1_2)), 1)),
  /** x · σ(1.702 x), OpenAI's approximation of it. */
  quick_gelu: (x: Symbolic) => op.mul(x, op.sigmoid(op.mul(x, 1.702))),
} as const satisfies Record<string, (x: Symbolic) => Symbolic>;

export type ActivationName = keyof typeof ACTIVATIONS;

/** How attention reads its operands. */
export interface AttentionShape {
  readonly B: Dim;
  readonly T: Dim;
  readonly S: Dim;
  readonly numHeads: number;
  /** Added to the scores [B, H, T, S], which it broadcasts to: 0 where places see each other, very negative elsewhere. */
  readonly bias?: Symbolic;
}

/** Attention of queries [B·T, D] among keys and values [B·S, D]: [B·T, D]. */
export function attention(
  query: Symbolic,
  key: Symbolic,
  value: Symbolic,
  { B, T, S, numHeads, bias }: AttentionShape,
): Symbolic {
  const D = Number(query.shape[1]);
  const d = D / numHeads;
  const heads = (x: Symbolic, places: Dim) => op.transpose(op.reshape(x, [B, places, numHeads, d]), [0, 2, 1, 3]); // [B, H, places, d]
  const scores = op.matmul(heads(op.mul(query, 1 / Math.sqrt(d)), T), heads(key, S), { transposeB: true });
  const weights = op.softmax(bias ? op.add(scores, bias) : scores);
  const mixed = op.transpose(op.matmul(weights, heads(value, S)), [0, 2, 1, 3]); // [B, T, H, d]
  return op.reshape(mixed, [query.shape[0], D]);
}

/** What the softmax of scores makes nothing of, whatever the score. */
const UNSEEN = -1e9;

/** The bias [T, T] of attention that looks back only. */
export function causalBias(T: number): Symbolic {
  const data = Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? UNSEEN : 0));
  return op.constant(tensor("float32", [T, T], data));
}

/** The bias [B, 1, 1, S] of attention to places that are text and not padding, given as 1 and 0 [B, S] (int32). */
export function paddingBias(isText: Symbolic): Symbolic {
  const [B, S] = isText.shape;
  return op.mul(op.sub(1, op.cast(op.reshape(isText, [B, 1, 1, S]), "float32")), UNSEEN);
}

/** Linear layer of patches of p × p pixels: [B, 3, side, side] → [B·n, D] for n = (side/p)² patches, row by row; weight [D, 3, p, p]. */
export function embedPatches(pixels: Symbolic, weight: Symbolic): Symbolic {
  const [B, , side] = pixels.shape;
  const [D, , p] = weight.shape.map(Number);
  const n = Number(side) / p;
  const split = op.transpose(op.reshape(pixels, [B, 3, n, p, n, p]), [0, 2, 4, 1, 3, 5]); // [B, n, n, 3, p, p]
  const rows = op.flatten(op.flatten(split, 3, 5), 0, 2);
  return op.matmul(rows, op.reshape(weight, [D, 3 * p * p]), { transposeB: true });
}

/** Places [B·n, D] of B pictures with a place before them that is all pictures' own, given in any shape of D elements: [B, n+1, D]. */
export function withClassPlace(patches: Symbolic, classEmbedding: Symbolic, B: Dim, n: number): Symbolic {
  const D = patches.shape[1];
  const first = op.broadcastTo(op.reshape(classEmbedding, [1, 1, D]), [B, 1, D]);
  return op.concat([first, op.reshape(patches, [B, n, D])], 1);
}
