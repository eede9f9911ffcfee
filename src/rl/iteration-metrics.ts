/** What an iteration's rollouts say of the run, as numbers by name: `reward/t2i/clip`, `length/lm_chat`, … */
import type { Example } from "../data/example.js";
import type { Score } from "../rewards/composition.js";
import type { Group } from "./group.js";
import type { Rollout } from "./rollout.js";

/** An example answered, and what that was rewarded with. */
export interface JudgedAnswer {
  readonly example: Example;
  readonly rollout: Rollout;
  readonly score: Score;
}

/**
 * By task: the weighted reward, each reward by name, tokens written, the share of answers that ended, the share of groups without
 * signal; and of all together the share of scores that failed. Dropped groups count.
 */
export function iterationMetrics(groups: readonly Group[]): Record<string, number> {
  const members = groups.flatMap(({ example, members: own }) => own.map((member) => ({ example, ...member })));
  const metrics = rewardMetrics(members);
  for (const task of new Set(groups.map(({ example }) => example.task))) {
    const own = groups.filter(({ example }) => example.task === task);
    metrics[`noSignal/${task}`] = mean(own.map(({ hasSignal }) => Number(!hasSignal)));
  }
  const scores = members.flatMap(({ score, partialScores }) => [score, ...partialScores]);
  return { ...metrics, ...failureMetrics(scores) };
}

/** The share of scores that failed, and count as 0. */
export function failureMetrics(scores: readonly Score[]): Record<string, number> {
  const numScores = scores.reduce((sum, { parts }) => sum + Object.keys(parts).length, 0);
  const numFailed = scores.reduce((sum, { failed }) => sum + failed.length, 0);
  return { "rollouts/rewardFailures": numFailed / Math.max(1, numScores) };
}

/** By task: means of the weighted reward, of each reward, of tokens written, and the share of answers that ended. */
export function rewardMetrics(judged: readonly JudgedAnswer[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const task of new Set(judged.map(({ example }) => example.task))) {
    const own = judged.filter(({ example }) => example.task === task);
    metrics[`reward/${task}`] = mean(own.map(({ score }) => score.total));
    for (const name of new Set(own.flatMap(({ score }) => Object.keys(score.parts)))) {
      metrics[`reward/${task}/${name}`] = mean(own.flatMap(({ score }) => score.parts[name] ?? []));
    }
    metrics[`length/${task}`] = mean(own.map(({ rollout }) => rollout.numTokens));
    metrics[`finished/${task}`] = mean(own.map(({ rollout }) => Number(rollout.isFinished)));
  }
  return metrics;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
