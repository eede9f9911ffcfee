/**
 * A reward of one's own: a JavaScript module that exports `score(rollout, signal)`, or `createReward(options)` that gives such an object.
 * It runs in this process with all its rights: name only modules that you would run yourself.
 */
import { pathToFileURL } from "node:url";
import type { Reward } from "./reward.js";

export interface ModuleRewardOptions {
  readonly path: string;
  /** What `createReward` is called with. */
  readonly options?: unknown;
}

/** @throws Error when the module cannot be loaded, or exports neither */
export async function moduleReward({ path, options }: ModuleRewardOptions): Promise<Reward> {
  const found = (await import(pathToFileURL(path).href)) as {
    score?: Reward["score"];
    createReward?: (options: unknown) => Partial<Reward> | Promise<Partial<Reward>>;
  };
  const made: Partial<Reward> = typeof found.createReward === "function" ? await found.createReward(options) : found;
  const { name = "module", isSelfTimed, score } = made;
  if (typeof score !== "function")
    throw new Error(`${path} must export score(rollout, signal), or createReward(options) that gives it`);
  return {
    name,
    isSelfTimed,
    score: (rollout, signal) => score.call(made, rollout, signal),
    ...(made.dispose ? { dispose: () => Promise.resolve(made.dispose?.()) } : {}),
  };
}
