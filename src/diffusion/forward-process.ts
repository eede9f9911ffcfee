/**
 * The forward process q(x_t | x_0): which places of a clean row are masked at diffusion time t. Text masks each place
 * independently with probability t; images mask a number of codes given by a schedule, so that it varies less.
 */
import { type Random, shuffle } from "../array/random.js";
import type { MaskSchedule } from "./mask-schedule.js";

/** A row after the forward process. */
export interface NoisedRow {
  readonly noisyIds: Int32Array;
  /** 1 where a place was masked. */
  readonly isMasked: Uint8Array;
  /** The probability with which each maskable place was masked. */
  readonly maskProb: number;
}

/**
 * How the masked places of a row are chosen at time t: each with probability t (`independent`), or as many as a schedule says, or as t
 * says (`counted`: ⌈t·n⌉ of n places). The last has the same expectation as the first and varies less (LLaDA, arXiv 2502.09992,
 * equation 6): no short answer is left without a masked place, none weighs 1/t for a tiny t.
 */
export type MaskingRule =
  | { readonly kind: "independent" }
  | { readonly kind: "counted" }
  | { readonly kind: "scheduled"; readonly schedule: MaskSchedule };

/** Times are kept off 0: t = (1 − ε)u + ε. */
const TIME_EPSILON = 1e-3;

/** A diffusion time in (0, 1]. */
export function drawTime(rng: Random): number {
  return (1 - TIME_EPSILON) * rng.uniform() + TIME_EPSILON;
}

/**
 * Diffusion times of `count` rows, one from each of as many equal parts of (0, 1], in a random order: each is uniform as if it were drawn
 * alone, and together they leave no part out, which makes the loss vary less (Sahoo et al. 2024, arXiv 2406.07524).
 */
export function drawStratifiedTimes(count: number, rng: Random): number[] {
  const offset = rng.uniform();
  const parts = shuffle(
    rng,
    Array.from({ length: count }, (_, part) => part),
  );
  return parts.map((part) => (1 - TIME_EPSILON) * ((part + offset) / count) + TIME_EPSILON);
}

/**
 * A noised copy of a row.
 * @param isMaskable 1 at the places that may be masked
 * @param t diffusion time; 1 masks them all
 */
export function forwardProcess(
  cleanIds: Int32Array,
  isMaskable: Uint8Array,
  t: number,
  rule: MaskingRule,
  maskTokenId: number,
  rng: Random,
): NoisedRow {
  const isMasked = new Uint8Array(cleanIds.length);
  const maskable = Array.from(isMaskable.keys()).filter((place) => isMaskable[place]);
  let maskProb = t;
  if (rule.kind === "independent") {
    for (const place of maskable) if (rng.uniform() < t) isMasked[place] = 1;
  } else {
    const numPlaces = maskable.length;
    const count =
      rule.kind === "counted" ? Math.ceil(t * numPlaces) : Math.max(1, Math.round(numPlaces * rule.schedule(t)));
    maskProb = count / numPlaces;
    for (const place of shuffle(rng, maskable).slice(0, count)) isMasked[place] = 1;
  }
  const noisyIds = cleanIds.map((id, place) => (isMasked[place] ? maskTokenId : id));
  return { noisyIds, isMasked, maskProb };
}
