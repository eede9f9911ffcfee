/** The image tokenizer's objective: reconstruction, sharp edges, and the quantizer's commitment and entropy. */
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { ImageTokenizerConfig } from "../model/config.js";
import { decode, decoderParameters, encode, encoderParameters } from "../model/image-tokenizer.js";
import { symbolicParameter } from "../model/parameters.js";
import { quantize, quantizerLosses, reencodingLoss } from "../model/quantizer.js";
import { createObjective, type Objective } from "./objective.js";

/** Weights of the parts of the loss. */
export interface ImageTokenizerLossWeights {
  /** Mean squared error of the pixels in [−1, 1]. */
  readonly squared: number;
  /** Mean absolute error. */
  readonly absolute: number;
  /** Mean absolute error of the differences between neighbouring pixels. */
  readonly edges: number;
  readonly commitment: number;
  readonly entropy: number;
  /** Of the negative entropy of the codebook's use. */
  readonly codebook: number;
  /** Of what the decoded picture, encoded again, lacks to its own codes: see `reencodingLoss`. Not computed at 0. */
  readonly reencoding: number;
}

/**
 * Takes `pixels` [B, 3, S, S] in [−1, 1], S being the configuration's resolution.
 * @param isEncoderFrozen the encoder is not among the trained parameters: codes stay what they are
 */
export function imageTokenizerObjective(
  config: ImageTokenizerConfig,
  weights: ImageTokenizerLossWeights,
  { isEncoderFrozen = false }: { readonly isEncoderFrozen?: boolean } = {},
): Objective {
  return createObjective((make) => {
    const encoder = encoderParameters(config, isEncoderFrozen ? symbolicParameter : make);
    const decoder = decoderParameters(config, make);
    const pixels = op.input("pixels", "float32", ["B", 3, config.resolution, config.resolution]);
    const latent = encode(config, encoder, pixels);
    const quantized = quantize(latent);
    const decoded = decode(config, decoder, quantized);
    const error = op.sub(decoded, pixels);
    const quantizer = quantizerLosses(latent);
    const parts: Partial<Record<keyof ImageTokenizerLossWeights, Symbolic>> = {
      squared: op.meanAll(op.square(error)),
      absolute: op.meanAll(op.abs(error)),
      edges: op.add(meanDifference(error, 2), meanDifference(error, 3)),
      ...quantizer,
      ...(weights.reencoding > 0 ? { reencoding: reencodingLoss(quantized, encode(config, encoder, decoded)) } : {}),
    };
    const terms = Object.entries(parts).map(([name, part]) => op.mul(part, weights[name as keyof typeof parts]));
    return { loss: terms.reduce((a, b) => op.add(a, b)), reports: parts };
  });
}

/** Mean absolute difference of neighbours along an axis. */
function meanDifference(x: Symbolic, axis: number): Symbolic {
  const size = Number(x.shape[axis]);
  return op.meanAll(op.abs(op.sub(op.slice(x, axis, 1, size), op.slice(x, axis, 0, size - 1))));
}
