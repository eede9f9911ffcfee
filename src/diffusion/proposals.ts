/**
 * The arithmetic of a sampling step, as graphs: guidance, drawing a candidate for every place that may be revealed, and how sure
 * the network is of it. Logits stay in the graph; what leaves it is a few numbers a place.
 *
 * Letters: P places that may be revealed, in all rows together, D width, V columns of the output head.
 */
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { TransformerConfig } from "../model/config.js";
import {
  hiddenStates,
  logitsOf,
  type TransformerParameters,
  transformerInputs,
  type VocabularyRange,
} from "../model/transformer.js";
import { guidanceInputs, guidedStates } from "./guidance.js";

type Parameters = TransformerParameters<Symbolic>;

/** Hidden states [P, D] at the input `places`, guided. */
export function guidedHiddenStates(config: TransformerConfig, parameters: Parameters): Symbolic {
  const hidden = hiddenStates(config, parameters, transformerInputs());
  return guidedStates(hidden, { places: op.input("places", "int32", ["P"]), ...guidanceInputs("P") });
}

/** How a candidate is drawn: with one uniform a place (inverse of the cumulative distribution), or with one a column (Gumbel-max). */
export type Drawing = "inverse" | "gumbel";

export interface Proposals {
  /** The candidate's column [P] (int32). */
  readonly candidates: Symbolic;
  /** log p(candidate) [P], at temperature 1. */
  readonly logProbs: Symbolic;
  /** p(best) − p(second best) [P]. */
  readonly margins: Symbolic;
  /** −Σ p log p [P], in nats. */
  readonly entropies: Symbolic;
}

/** Candidates and confidences from hidden states [P, D]. Temperature 0 takes the best column. */
export function proposals(
  config: TransformerConfig,
  parameters: Parameters,
  hidden: Symbolic,
  range: VocabularyRange,
  drawing: Drawing,
): Proposals {
  const numColumns = range.end - range.start;
  const logits = logitsOf(config, parameters, hidden, range); // [P, V]
  const logProbs = op.logSoftmax(logits);
  const temperatures = op.reshape(op.input("temperatures", "float32", ["P"]), ["P", 1]);
  const best = op.argMax(logits, -1); // [P, 1]
  const drawn =
    drawing === "gumbel"
      ? gumbelMax(logits, temperatures, numColumns)
      : inverseCumulative(logits, temperatures, numColumns);
  const candidates = op.where(op.lessOrEqual(temperatures, 0), best, drawn);

  const probs = op.exp(logProbs);
  const largest = op.max(probs, -1);
  const columns = op.constant({
    dtype: "int32",
    shape: [1, numColumns],
    data: Int32Array.from({ length: numColumns }, (_, i) => i),
  });
  const second = op.max(op.where(op.equal(columns, best), 0, probs), -1);
  const perPlace = (x: Symbolic) => op.reshape(x, ["P"]);
  return {
    candidates: perPlace(candidates),
    logProbs: perPlace(op.takeAlong(logProbs, candidates)),
    margins: perPlace(op.sub(largest, second)),
    entropies: perPlace(op.neg(op.sum(op.mul(probs, op.maximum(logProbs, -1e9)), -1))),
  };
}

/** argmax(logit − T·log(−log u)): the released formula, with a uniform for every column. */
function gumbelMax(logits: Symbolic, temperatures: Symbolic, numColumns: number): Symbolic {
  const uniforms = op.input("uniforms", "float32", ["P", numColumns]);
  const noise = op.neg(op.log(op.neg(op.log(uniforms))));
  return op.argMax(op.add(logits, op.mul(noise, temperatures)), -1);
}

/** The column at which the running sum of softmax(logits / T) passes u: the same distribution, with one uniform a place. */
function inverseCumulative(logits: Symbolic, temperatures: Symbolic, numColumns: number): Symbolic {
  const uniforms = op.reshape(op.input("uniforms", "float32", ["P"]), ["P", 1]);
  const sums = op.cumSum(op.softmax(op.div(logits, op.maximum(temperatures, 1e-4))), -1);
  // In float32 the whole sum is often a little less than 1: what lies between belongs to no column.
  const total = op.slice(sums, 1, numColumns - 1, numColumns);
  const isPassed = op.cast(op.less(sums, op.mul(uniforms, total)), "float32");
  return op.cast(op.minimum(op.sum(isPassed, -1), numColumns - 1), "int32");
}
