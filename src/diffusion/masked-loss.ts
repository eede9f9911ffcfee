/**
 * The masked-diffusion loss as a graph: cross-entropy at masked places, each with its own weight. What the weights are (1/t, answer
 * lengths, the recipe's coefficients) is decided where a batch is made; here every modality is alike.
 */

import type { Dim } from "../graph/dims.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { TransformerConfig } from "../model/config.js";
import { hiddenStates, logitsOf, type TransformerInputs, type TransformerParameters } from "../model/transformer.js";
import { type GuidanceInputs, guidedStates } from "./guidance.js";

/** The places that the loss is taken over. All are [M]; a place of weight 0 is filling. */
export interface LossInputs {
  /** Masked places, as indices into the B·T places of the batch (int32). */
  readonly places: Symbolic;
  /** The clean ids of these places (int32). */
  readonly targets: Symbolic;
  /** float32 */
  readonly weights: Symbolic;
}

/** The inputs of a loss over M places. */
export function lossInputs(M: Dim = "M"): LossInputs {
  return {
    places: op.input("places", "int32", [M]),
    targets: op.input("targets", "int32", [M]),
    weights: op.input("weights", "float32", [M]),
  };
}

/**
 * log p(target) [M] at the given places, and the entropy −Σ p log p [M], in nats, of what is predicted there.
 * @param at `guidance` and `temperatures` (float32 [M]) for the distribution that sampling draws from
 */
export function tokenLogProbs(
  config: TransformerConfig,
  parameters: TransformerParameters<Symbolic>,
  inputs: TransformerInputs,
  {
    places,
    targets,
    guidance,
    temperatures,
  }: Pick<LossInputs, "places" | "targets"> & {
    readonly guidance?: Omit<GuidanceInputs, "places"> | undefined;
    readonly temperatures?: Symbolic | undefined;
  },
): { logProbs: Symbolic; entropies: Symbolic } {
  const states = hiddenStates(config, parameters, inputs);
  const hidden = guidance ? guidedStates(states, { places, ...guidance }) : op.gather(states, places);
  const [M] = places.shape;
  const logits = logitsOf(config, parameters, hidden); // [M, V]
  const all = op.logSoftmax(temperatures ? op.div(logits, op.reshape(temperatures, [M, 1])) : logits);
  return {
    logProbs: op.reshape(op.takeAlong(all, op.reshape(targets, [M, 1])), [M]),
    entropies: op.reshape(op.neg(op.sum(op.mul(op.exp(all), all), -1)), [M]),
  };
}

/** The weighted sum of the negative log-probabilities (a scalar), and these themselves [M]. */
export function maskedLoss(
  config: TransformerConfig,
  parameters: TransformerParameters<Symbolic>,
  inputs: TransformerInputs,
  at: LossInputs,
): { loss: Symbolic; tokenLosses: Symbolic } {
  const tokenLosses = op.neg(tokenLogProbs(config, parameters, inputs, at).logProbs);
  return { loss: op.sumAll(op.mul(at.weights, tokenLosses)), tokenLosses };
}
