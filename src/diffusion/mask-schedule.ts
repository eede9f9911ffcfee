/**
 * Mask schedules: how much of a sequence is masked at diffusion time t, and how many places are revealed at each step of a
 * sampler. Time runs as everywhere here: t = 1 is all masked. (The released code counts the other way: its argument is 1 − t.)
 */

/** The share of places that are masked at time t in [0, 1]; grows with t from 0 to 1. */
export type MaskSchedule = (t: number) => number;

/** Ratios stay this far off 0, as in the released code. */
const SMALLEST_RATIO = 1e-6;

/** Ratios are computed in float32, as released: whole numbers of places hang on the last bit (16 · cos(π/3) is just below 8). */
const f32 = Math.fround;

const power =
  (exponent: number): MaskSchedule =>
  (t) =>
    f32(Math.max(SMALLEST_RATIO, Math.min(1, f32(1 - f32(f32(1 - t) ** exponent)))));

/** MUSE's and MaskGIT's schedules by name. */
export const maskSchedules = {
  /** cos(π(1 − t)/2), MaskGIT's best; the paper's for pictures. */
  cosine: (t) => f32(Math.cos(f32(f32(f32(1 - t) * f32(Math.PI)) / 2))),
  linear: power(1),
  pow2: power(2),
  "pow0.5": power(0.5),
  /** A sigmoid between −3 and 3, scaled to run from 0 to 1. */
  sigmoid: (t) => sigmoidSchedule(1 - t),
} satisfies Record<string, MaskSchedule>;

/** The schedules that have a name. */
export type MaskScheduleName = keyof typeof maskSchedules;

/** A sigmoid between −3 and 3, scaled so that it falls from 1 to 0. */
function sigmoidSchedule(progress: number): number {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const [start, end] = [sigmoid(-3), sigmoid(3)];
  const ratio = (end - sigmoid(progress * 6 - 3)) / (end - start);
  return f32(Math.max(SMALLEST_RATIO, Math.min(1, ratio)));
}

/** Places revealed at each of `steps` steps: as many at each, the first ones one more where they do not divide (LLaDA). */
export function evenTransferCounts(numMasked: number, steps: number): number[] {
  const base = Math.floor(numMasked / steps);
  return Array.from({ length: steps }, (_, step) => base + (step < numMasked % steps ? 1 : 0));
}

/**
 * Places revealed at each of `steps` steps so that after step k the share γ(1 − (k+1)/steps) stays masked (MaskGIT): at least
 * one place stays masked before the last step and, while there are two, at least one is revealed.
 * @throws RangeError for a schedule that gives no number
 */
export function scheduledTransferCounts(numMasked: number, steps: number, schedule: MaskSchedule): number[] {
  let masked = numMasked;
  return Array.from({ length: steps }, (_, step) => {
    const time = 1 - (step + 1) / steps;
    const planned = Math.floor(f32(numMasked * schedule(time)));
    if (Number.isNaN(planned)) throw new RangeError(`the mask schedule gives no number at time ${time}`);
    const remaining = step === steps - 1 ? 0 : Math.max(1, Math.min(masked - 1, planned));
    const revealed = Math.max(0, masked - remaining);
    masked -= revealed;
    return revealed;
  });
}
