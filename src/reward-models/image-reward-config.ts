/**
 * Settings of ImageReward: `med_config.json`, as it was published, for the text side. The picture side is the public code's "large" unless
 * the file has a `vision_config` (an extension of this project).
 */
import { z } from "zod";
import { ConfigError, count, numLayers, parseSettings } from "../model/config.js";

export interface ImageRewardConfig {
  readonly text: {
    readonly width: number;
    readonly numLayers: number;
    readonly numHeads: number;
    readonly mlpWidth: number;
    readonly normEpsilon: number;
    readonly vocabularySize: number;
    /** Rows of the table of positions; prompts are shorter. */
    readonly maxPositions: number;
  };
  readonly vision: {
    readonly width: number;
    readonly numLayers: number;
    readonly numHeads: number;
    readonly mlpWidth: number;
    /** Pixels of a side. */
    readonly imageSize: number;
    readonly patchSize: number;
  };
}

const schema = z.object({
  hidden_size: count,
  num_hidden_layers: numLayers,
  num_attention_heads: count,
  intermediate_size: count,
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.literal("gelu").default("gelu"),
  vocab_size: count,
  max_position_embeddings: count.default(512),
  add_cross_attention: z.literal(true),
  vision_config: z
    .object({
      hidden_size: count.default(1024),
      num_hidden_layers: numLayers.default(24),
      num_attention_heads: count.default(16),
      intermediate_size: count.default(4096),
      image_size: count.max(4096).default(224),
      patch_size: count.max(4096).default(16),
    })
    .prefault({}),
});

/** @throws ConfigError listing every setting that is missing or not supported */
export function parseImageRewardConfig(json: unknown, origin = "med_config.json"): ImageRewardConfig {
  const raw = parseSettings(schema, json, origin);
  const vision = raw.vision_config;
  const config: ImageRewardConfig = {
    text: {
      width: raw.hidden_size,
      numLayers: raw.num_hidden_layers,
      numHeads: raw.num_attention_heads,
      mlpWidth: raw.intermediate_size,
      normEpsilon: raw.layer_norm_eps,
      vocabularySize: raw.vocab_size,
      maxPositions: raw.max_position_embeddings,
    },
    vision: {
      width: vision.hidden_size,
      numLayers: vision.num_hidden_layers,
      numHeads: vision.num_attention_heads,
      mlpWidth: vision.intermediate_size,
      imageSize: vision.image_size,
      patchSize: vision.patch_size,
    },
  };
  for (const [name, { width, numHeads }] of Object.entries(config)) {
    if (width % numHeads === 0) continue;
    throw new ConfigError(`${origin}: ${name}: hidden_size ${width} does not divide into ${numHeads} heads`);
  }
  if (vision.image_size % vision.patch_size !== 0) {
    throw new ConfigError(
      `${origin}: vision_config: image_size ${vision.image_size} is no multiple of patch_size ${vision.patch_size}`,
    );
  }
  return config;
}
