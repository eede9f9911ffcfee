/** Classifier-free guidance (arXiv 2207.12598) as a graph, for sampling and for likelihoods alike. */
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";

/** Where guidance is applied, all [P]: a place without it names itself as its unconditional one, with a scale of 0. */
export interface GuidanceInputs {
  /** Indices into the B·T places of the batch (int32). */
  readonly places: Symbolic;
  /** The same places in rows without a prompt (int32). */
  readonly unconditionalPlaces: Symbolic;
  /** s of (1 + s)·conditional − s·unconditional (float32). */
  readonly guidanceScales: Symbolic;
}

/** Its inputs beside `places`. */
export function guidanceInputs(P: "P" | "M"): Omit<GuidanceInputs, "places"> {
  return {
    unconditionalPlaces: op.input("unconditionalPlaces", "int32", [P]),
    guidanceScales: op.input("guidanceScales", "float32", [P]),
  };
}

/**
 * Hidden states [P, D] at `places` of all [N, D], guided: (1 + s)·conditional − s·unconditional. The output head is linear, so guiding the
 * hidden states is guiding the logits, and the head is computed once.
 */
export function guidedStates(
  hidden: Symbolic,
  { places, unconditionalPlaces, guidanceScales }: GuidanceInputs,
): Symbolic {
  const conditional = op.gather(hidden, places);
  const unconditional = op.gather(hidden, unconditionalPlaces);
  const scale = op.reshape(guidanceScales, [places.shape[0], 1]);
  return op.sub(op.mul(conditional, op.add(scale, 1)), op.mul(unconditional, scale));
}
