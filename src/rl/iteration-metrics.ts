/** What an iteration's rollouts say of the run, as numbers by name: `reward/t2i/clip`, `length/lm_chat`, … */
import type { Group } from "./group.js";

/**
 * By task: the weighted reward, each reward by name, tokens written, the share of answers that ended, the share of groups without
 * signal; and of all together the share of scores that failed. Dropped groups count.
 */
export function iterationMetrics(groups: readonly Group[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const task of new Set(groups.map(({ example }) => example.task))) {
    const own = groups.filter(({ example }) => example.task === task);
    const members = own.flatMap((group) => group.members);
    metrics[`reward/${task}`] = mean(members.map(({ score }) => score.total));
    for (const name of new Set(members.flatMap(({ score }) => Object.keys(score.parts)))) {
      const scored = members.filter(({ score }) => name in score.parts);
      metrics[`reward/${task}/${name}`] = mean(scored.map(({ score }) => score.parts[name]));
    }
    metrics[`length/${task}`] = mean(members.map(({ rollout }) => rollout.numTokens));
    metrics[`finished/${task}`] = mean(members.map(({ rollout }) => Number(rollout.isFinished)));
    metrics[`noSignal/${task}`] = mean(own.map(({ hasSignal }) => Number(!hasSignal)));
  }
  const scores = groups.flatMap(({ members }) =>
    members.flatMap(({ score, partialScores }) => [score, ...partialScores]),
  );
  const numScores = scores.reduce((sum, { parts }) => sum + Object.keys(parts).length, 0);
  const numFailed = scores.reduce((sum, { failed }) => sum + failed.length, 0);
  metrics.rewardFailures = numFailed / Math.max(1, numScores);
  return metrics;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
