/**
 * The UniGRPO loss of noised answers (arXiv 2505.15809, section 4), as a graph. Text and pictures are alike here: what differs,
 * how rows are noised and what places weigh, is decided where batches are made. Old and reference log-probabilities come from
 * the graph's own `logProbs`, on the same noise.
 *
 * Letters: M scored places of the batch, all of them masked.
 */
import { guidanceInputs } from "../diffusion/guidance.js";
import { tokenLogProbs } from "../diffusion/masked-loss.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { TransformerConfig } from "../model/config.js";
import type { LoraConfig } from "../model/lora.js";
import { transformerInputs, transformerParameters } from "../model/transformer.js";
import { createObjective, type Objective } from "../training/objective.js";

export interface UnigrpoLossSettings {
  /** ε: ratios below 1 − ε are clipped … */
  readonly clipEpsilon: number;
  /** … and those above 1 + this; larger than ε it is clip-higher (DAPO, arXiv 2503.14476). Default: ε. */
  readonly clipEpsilonHigh?: number;
  /** β, the weight of the KL divergence to the reference; at 0 the graph has no reference. */
  readonly klBeta: number;
  /** Takes replayed places too, each with its weight: the input `replayWeights` [M]. Default: false. */
  readonly hasReplay?: boolean;
  /** Likelihoods are those of sampling: the inputs `unconditionalPlaces`, `guidanceScales` and `temperatures` [M]. Default: false. */
  readonly isOfSampling?: boolean;
}

/** All [M] and float32. Of several batches of a step the weights are shares of the whole step. */
export interface PolicyInputs {
  readonly oldLogProbs: Symbolic;
  /** Of the answer, or of the part of it that a place belongs to. */
  readonly advantages: Symbolic;
  /** 1/(G·|M_i|) of the answer that a place belongs to. */
  readonly weights: Symbolic;
}

export interface PolicyTerms {
  /** −J without its KL term; a scalar. */
  readonly policy: Symbolic;
  /** ρ [M]. */
  readonly ratios: Symbolic;
  /** [M]: 1 where clipping cuts the gradient off. */
  readonly isClipped: Symbolic;
}

/** −Σ w · min(ρ·A, clip(ρ, 1 − ε, 1 + ε')·A), with ρ = exp(new − old). */
export function clippedPolicy(
  logProbs: Symbolic,
  { oldLogProbs, advantages, weights }: PolicyInputs,
  { clipEpsilon, clipEpsilonHigh = clipEpsilon }: UnigrpoLossSettings,
): PolicyTerms {
  const ratios = op.exp(op.sub(logProbs, oldLogProbs));
  const clipped = op.minimum(op.maximum(ratios, 1 - clipEpsilon), 1 + clipEpsilonHigh);
  const free = op.mul(ratios, advantages);
  const bounded = op.mul(clipped, advantages);
  return {
    policy: op.neg(op.sumAll(op.mul(weights, op.minimum(free, bounded)))),
    ratios,
    isClipped: op.cast(op.less(bounded, free), "float32"),
  };
}

/** The k3 estimate of KL(new ‖ reference) at each place [M]: exp(ref − new) − (ref − new) − 1. */
function klEstimate(logProbs: Symbolic, refLogProbs: Symbolic): Symbolic {
  const difference = op.sub(refLogProbs, logProbs);
  return op.sub(op.sub(op.exp(difference), difference), 1);
}

/**
 * The objective over a transformer's parameters. Inputs: those of the transformer, `places` and `targets` (int32 [M]), the
 * `PolicyInputs` by name and, with a β, `refLogProbs` and `klWeights`; with replay `replayWeights`, with likelihoods of sampling
 * `unconditionalPlaces`, `guidanceScales` and `temperatures`.
 *
 * `lora` as in `createObjective`. Reports, all [M]: `logProbs`, `entropies`, `ratios`, `isClipped` and, with a β, `divergences`.
 */
export function unigrpoObjective(
  config: TransformerConfig,
  settings: UnigrpoLossSettings,
  lora?: LoraConfig,
): Objective {
  return createObjective((make) => {
    const perPlace = (name: string) => op.input(name, "float32", ["M"]);
    const { logProbs, entropies } = tokenLogProbs(config, transformerParameters(config, make), transformerInputs(), {
      places: op.input("places", "int32", ["M"]),
      targets: op.input("targets", "int32", ["M"]),
      ...(settings.isOfSampling ? { guidance: guidanceInputs("M"), temperatures: perPlace("temperatures") } : {}),
    });
    const inputs = {
      oldLogProbs: perPlace("oldLogProbs"),
      advantages: perPlace("advantages"),
      weights: perPlace("weights"),
    };
    const { policy, ratios, isClipped } = clippedPolicy(logProbs, inputs, settings);
    const reports = { logProbs, entropies, ratios, isClipped };
    const replayed = settings.hasReplay ? op.neg(op.sumAll(op.mul(perPlace("replayWeights"), logProbs))) : undefined;
    const loss = replayed ? op.add(policy, replayed) : policy;
    if (settings.klBeta === 0) return { loss, reports };
    const divergences = klEstimate(logProbs, perPlace("refLogProbs"));
    const kl = op.sumAll(op.mul(perPlace("klWeights"), divergences));
    return { loss: op.add(loss, op.mul(kl, settings.klBeta)), reports: { ...reports, divergences } };
  }, lora);
}
