/** CLIP's objective (arXiv 2103.00020): of a batch's pictures and texts, each picture is to find its text and each text its picture. */
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import { clipParameters, clipPixels, clipTextInputs, embedImages, embedTexts } from "../reward-models/clip.js";
import type { ClipConfig } from "../reward-models/clip-config.js";
import { createObjective, type Objective } from "./objective.js";

/** Cosines are multiplied by no more than this, as CLIP's were. */
const MAX_SCALE = 100;

/** Takes `pixels`, `ids` and `ends` of B pictures and their texts (see `clip.ts`), and `targets` [B, B] of `contrastiveLoss`. */
export function clipObjective(config: ClipConfig): Objective {
  return createObjective((make) => {
    const parameters = clipParameters(config, make);
    const images = embedImages(config, parameters.vision, clipPixels(config));
    const texts = embedTexts(config, parameters.text, clipTextInputs(config));
    const targets = op.input("targets", "float32", ["B", "B"]);
    return contrastiveLoss(images, texts, parameters.logitScale, targets);
  });
}

/**
 * The cross-entropy of finding texts by pictures and pictures by texts, a scalar: the mean of both, each the mean over B.
 * @param images unit embeddings [B, E]
 * @param texts those of their texts [B, E]
 * @param logitScale the logarithm of what cosines are multiplied by, a scalar
 * @param targets how likely text j belongs to picture i, [B, B], symmetric; rows add up to 1. Texts that are the same share it
 */
export function contrastiveLoss(
  images: Symbolic,
  texts: Symbolic,
  logitScale: Symbolic,
  targets: Symbolic,
): { loss: Symbolic; reports: { byPicture: Symbolic; byText: Symbolic; scale: Symbolic } } {
  // What is beyond the cap is taken off without a gradient, so that a scale that has come there can still fall.
  const excess = op.maximum(op.sub(logitScale, Math.log(MAX_SCALE)), 0);
  const scale = op.exp(op.sub(logitScale, op.stopGradient(excess)));
  const logits = op.mul(op.matmul(images, texts, { transposeB: true }), scale); // [B, B]
  const crossEntropy = (scores: Symbolic) => {
    const losses = op.neg(op.sum(op.mul(targets, op.logSoftmax(scores)), -1)); // [B, 1]
    return op.meanAll(losses);
  };
  const byPicture = crossEntropy(logits);
  const byText = crossEntropy(op.transpose(logits, [1, 0]));
  return { loss: op.mul(op.add(byPicture, byText), 0.5), reports: { byPicture, byText, scale } };
}
