/**
 * The forward process q(x_t | x_0): which places of a clean row are masked at diffusion time t. Text masks each place
 * independently with probability t; images mask a number of codes given by a schedule, so that it varies less.
 */
import { type Random, shuffle } from "../array/random.js";
import type { MaskSchedule } from "./mask-schedule.js";

export interface NoisedRow {
  readonly noisyIds: Int32Array;
  /** 1 where a place was masked. */
  readonly isMasked: Uint8Array;
  /** The probability with which each maskable place was masked. */
  readonly maskProb: number;
}

/** How the masked places of a row are chosen at time t. */
export type MaskingRule =
  | { readonly kind: "independent" }
  | { readonly kind: "scheduled"; readonly schedule: MaskSchedule };

/** Times are kept off 0: t = (1 − ε)u + ε. */
const TIME_EPSILON = 1e-3;

/** A diffusion time in (0, 1]. */
export function drawTime(rng: Random): number {
  return (1 - TIME_EPSILON) * rng.uniform() + TIME_EPSILON;
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
    maskProb = rule.schedule(t);
    const count = Math.max(1, Math.round(maskable.length * maskProb));
    for (const place of shuffle(rng, maskable).slice(0, count)) isMasked[place] = 1;
  }
  const noisyIds = cleanIds.map((id, place) => (isMasked[place] ? maskTokenId : id));
  return { noisyIds, isMasked, maskProb };
}
