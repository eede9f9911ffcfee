/** Advantages within a group of answers to one prompt: how much better each is than its siblings (GRPO, arXiv 2402.03300). */

/** Keeps the division finite; as in the paper. */
const DEVIATION_FLOOR = 1e-4;

/** Rewards that differ by less are alike. */
const ALIKE = 1e-6;

/**
 * A_i = (r_i − mean r) / (std r + 1e-4), the deviation over the group as a whole population.
 * @param isScaled false leaves the division out (Dr. GRPO, arXiv 2503.20783), so that easy and hard prompts weigh what they weigh
 */
export function groupAdvantages(rewards: readonly number[], isScaled = true): number[] {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const variance = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / rewards.length;
  const scale = isScaled ? Math.sqrt(variance) + DEVIATION_FLOOR : 1;
  return rewards.map((reward) => (reward - mean) / scale);
}

/** Whether a group can teach anything: rewards that are all alike say nothing of which answer is better. */
export function hasSignal(rewards: readonly number[]): boolean {
  return rewards.some((reward) => Math.abs(reward - rewards[0]) > ALIKE);
}
