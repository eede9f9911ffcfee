/** Settings of CLIP models, from the `config.json` that transformers writes. */
import { z } from "zod";
import { ConfigError, count, numLayers, parseSettings } from "../model/config.js";
import { ACTIVATIONS, type ActivationName } from "./layers.js";

/** One of the two transformers. */
export interface TowerConfig {
  readonly width: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly mlpWidth: number;
  readonly activation: ActivationName;
  readonly normEpsilon: number;
}

export interface ClipConfig {
  /** Elements of an embedding, of pictures and of texts. */
  readonly embeddingWidth: number;
  readonly text: TowerConfig & {
    readonly vocabularySize: number;
    /** Tokens, begin and end included. */
    readonly maxLength: number;
  };
  readonly vision: TowerConfig & {
    /** Pixels of a side. */
    readonly imageSize: number;
    readonly patchSize: number;
  };
}

const tower = (width: number, mlpWidth: number, heads: number) => ({
  hidden_size: count.default(width),
  intermediate_size: count.default(mlpWidth),
  num_hidden_layers: numLayers.default(12),
  num_attention_heads: count.default(heads),
  hidden_act: z.enum(Object.keys(ACTIVATIONS) as [ActivationName, ...ActivationName[]]).default("quick_gelu"),
  layer_norm_eps: z.number().positive().default(1e-5),
});

// What a file leaves out is what transformers takes in its place: ViT-B/32.
const schema = z.object({
  projection_dim: count.default(512),
  text_config: z
    .object({
      ...tower(512, 2048, 8),
      vocab_size: count.default(49408),
      max_position_embeddings: count.max(4096).default(77),
    })
    .prefault({}),
  vision_config: z
    .object({
      ...tower(768, 3072, 12),
      image_size: count.max(4096).default(224),
      patch_size: count.max(4096).default(32),
      num_channels: z.literal(3).default(3),
    })
    .prefault({}),
});

/**
 * @param origin where it was read, for errors
 * @throws ConfigError listing every setting that is missing or not supported
 */
export function parseClipConfig(json: unknown, origin = "config.json"): ClipConfig {
  const raw = parseSettings(schema, json, origin);
  const { text_config: text, vision_config: vision } = raw;
  const config: ClipConfig = {
    embeddingWidth: raw.projection_dim,
    text: { ...towerOf(text), vocabularySize: text.vocab_size, maxLength: text.max_position_embeddings },
    vision: { ...towerOf(vision), imageSize: vision.image_size, patchSize: vision.patch_size },
  };
  for (const [name, { width, numHeads }] of Object.entries({ text: config.text, vision: config.vision })) {
    if (width % numHeads === 0) continue;
    throw new ConfigError(`${origin}: ${name}_config: hidden_size ${width} does not divide into ${numHeads} heads`);
  }
  const { imageSize, patchSize } = config.vision;
  if (imageSize % patchSize !== 0)
    throw new ConfigError(
      `${origin}: vision_config: image_size ${imageSize} is no multiple of patch_size ${patchSize}`,
    );
  return config;
}

function towerOf(raw: z.infer<typeof schema>["text_config"] | z.infer<typeof schema>["vision_config"]): TowerConfig {
  return {
    width: raw.hidden_size,
    numLayers: raw.num_hidden_layers,
    numHeads: raw.num_attention_heads,
    mlpWidth: raw.intermediate_size,
    activation: raw.hidden_act,
    normEpsilon: raw.layer_norm_eps,
  };
}
