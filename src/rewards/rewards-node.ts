/**
 * Rewards by name, as a recipe lists them: `{ type: scene }`, with the reward's own settings beside the type. A new reward is a file, a
 * schema and a line here.
 */
import { resolve } from "node:path";
import { z } from "zod";
import type { Backend } from "../runtime/backend.js";
import type { DownloadOptions } from "../weights/hub.js";
import { pathOrHubIdIn } from "../weights/path-or-hub-id-node.js";
import { choiceReward } from "./choice.js";
import { clipReward } from "./clip.js";
import { equationsReward } from "./equations.js";
import { exactReward } from "./exact.js";
import { formatReward } from "./format.js";
import { hpsReward } from "./hps.js";
import { httpReward } from "./http.js";
import { imageRewardReward } from "./image-reward.js";
import { lengthReward } from "./length.js";
import { mathReward } from "./math-node.js";
import { moduleReward } from "./module-node.js";
import { numericReward } from "./numeric.js";
import { objectsReward } from "./objects.js";
import { pickScoreReward } from "./pick-score.js";
import type { Reward } from "./reward.js";
import { sceneReward } from "./scene.js";

const named = { name: z.string().min(1).optional() };
/** A directory, relative to the recipe, or an id of the Hub. */
const model = z.string().min(1);

export const rewardSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("exact"), ...named }),
  z.strictObject({ type: z.literal("numeric"), ...named, tolerance: z.number().min(0).optional() }),
  z.strictObject({ type: z.literal("equations"), ...named }),
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
  z.strictObject({ type: z.literal("objects"), ...named }),
  z.strictObject({ type: z.literal("clip"), ...named, model }),
  z.strictObject({ type: z.literal("pick-score"), ...named, model: model.optional() }),
  /** `weights` is a file, relative to the recipe. */
  z.strictObject({
    type: z.literal("hps"),
    ...named,
    model: model.optional(),
    weights: z.string().min(1).optional(),
  }),
  z.strictObject({
    type: z.literal("image-reward"),
    ...named,
    model: model.optional(),
    tokenizer: model.optional(),
  }),
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

export interface OpenRewardContext extends DownloadOptions {
  /** What relative paths are relative to: the recipe's directory. */
  readonly directory: string;
  /** What networks are computed on; rewards that are none do without. */
  readonly backend?: Backend;
}

/** @throws what is wrong with the files that it needs */
export async function openReward(config: RewardConfig, context: OpenRewardContext): Promise<Reward> {
  const reward = await open(config, context);
  return config.name === undefined ? reward : { ...reward, name: config.name };
}

async function open(
  config: RewardConfig,
  { directory, backend, signal, onProgress }: OpenRewardContext,
): Promise<Reward> {
  const inRecipe = (path: string) => resolve(directory, path);
  const placeOf = (model: string) => pathOrHubIdIn(directory, model);
  const network = () => {
    if (backend) return { backend, signal, onProgress };
    throw new Error(`the reward ${config.type} computes a network, which only a training run can`);
  };
  switch (config.type) {
    case "exact":
      return exactReward();
    case "numeric":
      return numericReward(config);
    case "equations":
      return equationsReward();
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
    case "objects":
      return objectsReward();
    case "clip":
      return clipReward({ ...network(), model: placeOf(config.model) });
    case "pick-score":
      return pickScoreReward({ ...network(), model: config.model && placeOf(config.model) });
    case "hps": {
      const weights = config.weights && inRecipe(config.weights);
      return hpsReward({ ...network(), model: config.model && placeOf(config.model), weights });
    }
    case "image-reward": {
      const tokenizer = config.tokenizer && placeOf(config.tokenizer);
      return imageRewardReward({ ...network(), model: config.model && placeOf(config.model), tokenizer });
    }
    case "http":
      return httpReward(config);
    case "module":
      return moduleReward({ path: inRecipe(config.path), options: config.options });
    default:
      return config satisfies never;
  }
}
