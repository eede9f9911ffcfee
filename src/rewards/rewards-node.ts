/**
 * Rewards by name, as a recipe lists them: `{ type: scene }`, with the reward's own settings beside the type. A new reward is a file, a
 * schema and a line here.
 */
import { z } from "zod";
import type { Reward } from "./reward.js";
import { sceneReward } from "./scene.js";

const named = { name: z.string().min(1).optional() };

export const rewardSchema = z.discriminatedUnion("type", [z.strictObject({ type: z.literal("scene"), ...named })]);

/** An entry of a recipe's `rewards`, without its weight. */
export type RewardConfig = z.infer<typeof rewardSchema>;

export interface OpenRewardContext {
  /** What relative paths are relative to: the recipe's directory. */
  readonly directory: string;
}

/** @throws what is wrong with the files that it needs */
export async function openReward(config: RewardConfig, context: OpenRewardContext): Promise<Reward> {
  const reward = await open(config, context);
  return config.name === undefined ? reward : { ...reward, name: config.name };
}

async function open(config: RewardConfig, _context: OpenRewardContext): Promise<Reward> {
  switch (config.type) {
    case "scene":
      return sceneReward();
    default:
      return config.type satisfies never;
  }
}
