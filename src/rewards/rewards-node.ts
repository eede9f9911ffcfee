/**
 * Rewards by name, as a recipe lists them: `{ type: scene }`, with the reward's own settings beside the type. A new reward is a file, a
 * schema and a line here.
 */
import { resolve } from "node:path";
import { z } from "zod";
import { choiceReward } from "./choice.js";
import { exactReward } from "./exact.js";
import { formatReward } from "./format.js";
import { httpReward } from "./http.js";
import { lengthReward } from "./length.js";
import { mathReward } from "./math-node.js";
import { moduleReward } from "./module-node.js";
import { numericReward } from "./numeric.js";
import type { Reward } from "./reward.js";
import { sceneReward } from "./scene.js";

const named = { name: z.string().min(1).optional() };

export const rewardSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("exact"), ...named }),
  z.strictObject({ type: z.literal("numeric"), ...named, tolerance: z.number().min(0).optional() }),
  z.strictObject({ type: z.literal("math"), ...named, timeoutSeconds: z.number().positive().optional() }),
  z.strictObject({ type: z.literal("choice"), ...named }),
  z.strictObject({ type: z.literal("format"), ...named, isEndRequired: z.boolean().optional() }),
  z.strictObject({
    type: z.literal("length"),
    ...named,
    free: z.int().positive(),
    max: z.int().positive(),
    min: z.int().min(0).optional(),
  }),
  z.strictObject({ type: z.literal("scene"), ...named }),
  z.strictObject({
    type: z.literal("http"),
    ...named,
    url: z.url(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** A JavaScript module, which runs with all rights of this process. */
  z.strictObject({ type: z.literal("module"), ...named, path: z.string().min(1), options: z.unknown().optional() }),
]);

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

async function open(config: RewardConfig, { directory }: OpenRewardContext): Promise<Reward> {
  switch (config.type) {
    case "exact":
      return exactReward();
    case "numeric":
      return numericReward(config);
    case "math":
      return mathReward(config);
    case "choice":
      return choiceReward();
    case "format":
      return formatReward(config);
    case "length":
      return lengthReward(config);
    case "scene":
      return sceneReward();
    case "http":
      return httpReward(config);
    case "module":
      return moduleReward({ path: resolve(directory, config.path), options: config.options });
    default:
      return config satisfies never;
  }
}
