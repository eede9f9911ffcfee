/** Learning rates over the steps of a run, as pure functions of the step. */

export interface LearningRateSettings {
  readonly peak: number;
  /** Steps of linear warm-up from 0. */
  readonly warmupSteps: number;
  /** The floor, as a share of the peak. */
  readonly floor: number;
  /** Steps of the whole run, over which the cosine falls. */
  readonly totalSteps: number;
}

/** The learning rate of update `step` (0 is the first): linear warm-up, then half a cosine down to the floor. */
export function warmupCosine(step: number, { peak, warmupSteps, floor, totalSteps }: LearningRateSettings): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
