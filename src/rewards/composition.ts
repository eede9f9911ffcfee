/**
 * Several rewards as one: each has a weight and the tasks that it is for. A reward that throws, takes too long or gives no number is
 * a zero with a warning; too many of these are an error, since a model must not learn from a judge that has gone.
 */
import type { Task } from "../data/example.js";
import type { Reward, RolloutForReward } from "./reward.js";

export interface WeightedReward {
  readonly reward: Reward;
  /** What its score is multiplied by; negative ones punish. */
  readonly weight: number;
  /** Left out: all. */
  readonly tasks?: readonly Task[];
}

export interface JudgeOptions {
  /**
   * Seconds after which a score is given up, save of rewards that are `isSelfTimed`. One that computes without a pause can only be stopped
   * where it runs in a worker.
   */
  readonly timeoutSeconds: number;
  /** The share of scores that may fail, 0 to 1. */
  readonly maxFailureShare: number;
  /** Scores that are under way at once. */
  readonly concurrency: number;
  /** Told of every failure. */
  readonly onFailure?: (reward: string, error: Error) => void;
}

/** What a rollout got. */
export interface Score {
  /** Σ weight · score. */
  readonly total: number;
  /** Scores by reward, before their weights. */
  readonly parts: Readonly<Record<string, number>>;
  /** Rewards that failed: zeros in `parts`. */
  readonly failed: readonly string[];
}

export interface Judge {
  /**
   * The scores of rollouts, in their order.
   * @throws the signal's reason when it is aborted
   */
  score(rollouts: readonly RolloutForReward[], signal?: AbortSignal): Promise<Score[]>;
  /** Whether what an iteration got can be learnt from. @throws RewardError when more than `maxFailureShare` of its scores failed */
  check(scores: readonly Score[]): void;
  dispose(): Promise<void>;
}

/** Rewards that fail too often, or that are put together wrongly. */
export class RewardError extends Error {
  override readonly name = "RewardError";
}

/** @throws RewardError when two rewards have one name, or a weight is no number */
export function composeRewards(rewards: readonly WeightedReward[], options: JudgeOptions): Judge {
  const names = rewards.map(({ reward }) => reward.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RewardError(`two rewards are called "${twice}": give one of them another name`);
  for (const { reward, weight } of rewards) {
    if (!Number.isFinite(weight)) throw new RewardError(`the weight of the reward "${reward.name}" is ${weight}`);
  }
  let lastFailure: { readonly name: string; readonly error: Error } | undefined;
  return {
    async score(rollouts, signal) {
      const calls = rollouts.flatMap((rollout, index) =>
        rewards
          .filter(({ tasks }) => tasks === undefined || tasks.includes(rollout.task))
          .map((weighted) => ({ ...weighted, rollout, index })),
      );
      const outcomes = await inTurn(calls, options.concurrency, async ({ reward, rollout }) => {
        signal?.throwIfAborted();
        return scoreOnce(reward, rollout, options.timeoutSeconds, signal);
      });
      for (const [i, outcome] of outcomes.entries()) {
        if (!(outcome instanceof Error)) continue;
        lastFailure = { name: calls[i].reward.name, error: outcome };
        options.onFailure?.(lastFailure.name, outcome);
      }
      return rollouts.map((_, index) => {
        const parts: Record<string, number> = {};
        const failed: string[] = [];
        let total = 0;
        calls.forEach(({ index: owner, reward, weight }, i) => {
          if (owner !== index) return;
          const outcome = outcomes[i];
          parts[reward.name] = outcome instanceof Error ? 0 : outcome;
          if (outcome instanceof Error) failed.push(reward.name);
          total += weight * parts[reward.name];
        });
        return { total, parts, failed };
      });
    },
    check(scores) {
      const numCalls = scores.reduce((sum, { parts }) => sum + Object.keys(parts).length, 0);
      const numFailed = scores.reduce((sum, { failed }) => sum + failed.length, 0);
      if (!lastFailure || numFailed <= options.maxFailureShare * numCalls) return;
      const { name, error } = lastFailure;
      throw new RewardError(
        `${numFailed} of ${numCalls} scores failed, more than the share of ${options.maxFailureShare} that is borne (maxFailureShare); ` +
          `the last, of "${name}": ${error.message}`,
        { cause: error },
      );
    },
    async dispose() {
      await Promise.all(rewards.map(({ reward }) => reward.dispose?.()));
    },
  };
}

/** A score, or why there is none. @throws the outer signal's reason when it is aborted */
async function scoreOnce(
  reward: Reward,
  rollout: RolloutForReward,
  timeoutSeconds: number,
  outer?: AbortSignal,
): Promise<number | Error> {
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  outer?.addEventListener("abort", abort, { once: true });
  const giveUp = () => controller.abort(new Error(`no score after ${timeoutSeconds} seconds`));
  const timer = reward.isSelfTimed ? undefined : setTimeout(giveUp, timeoutSeconds * 1000);
  try {
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
    });
    const scored = (async () => reward.score(rollout, controller.signal))();
    const score = await Promise.race([scored, aborted]);
    return Number.isFinite(score) ? score : new Error(`its score is ${score}, not a finite number`);
  } catch (error) {
    outer?.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  }
}

/** Results in the order of the items, so many under way at once. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
