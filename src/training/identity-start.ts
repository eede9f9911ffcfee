/**
 * A start in which every block passes on what it gets: the projections back into the residual stream are zero, and embeddings have unit
 * variance, so that what blocks add later is small beside them. The released start (`transformerParameters`) drowns embeddings of
 * deviation 1/√width in what random blocks add. In mini-world trials answers looked at pictures after half of the rows.
 */
import type { Tensor } from "../array/tensor.js";
import type { TransformerConfig } from "../model/config.js";
import { transformerParameters } from "../model/transformer.js";
import type { Weights } from "./objective.js";

/** Logits start close together. */
const HEAD_SCALE = 0.3;

/** Changes fresh weights of a transformer, in place. */
export function startAsIdentity(weights: Weights, config: TransformerConfig): void {
  const { embedding, blocks, head } = transformerParameters(config, (name) => name);
  for (const { attentionOut, down } of blocks) {
    for (const { weight } of [attentionOut, down]) dataOf(weights, weight).fill(0);
  }
  scale(weights, embedding, Math.sqrt(config.width));
  if (head) scale(weights, head.weight, HEAD_SCALE);
}

function scale(weights: Weights, name: string, factor: number): void {
  const data = dataOf(weights, name);
  for (let i = 0; i < data.length; i++) data[i] *= factor;
}

function dataOf(weights: Weights, name: string): Float32Array {
  return (weights.get(name) as Tensor<"float32">).data;
}
