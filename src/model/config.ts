/** Settings of the two networks, read from a model's `config.json` with the names that the released checkpoints use. */
import { z } from "zod";

// Numbers of a file are not to be trusted with memory: layers are listed, and everything else is a size that weights must have.
export const count = z.number().int().positive().max(0x7fffffff);
export const numLayers = count.max(4096);
const tokenId = z.number().int().nonnegative().max(0x7fffffff);

const transformerSchema = z.object({
  d_model: count,
  n_layers: numLayers,
  n_heads: count,
  n_kv_heads: count.nullish(),
  multi_query_attention: z.boolean().nullish(),
  mlp_hidden_size: count.nullish(),
  mlp_ratio: z.number().positive().default(4),
  activation_type: z.literal("silu").default("silu"),
  block_type: z.literal("llama").default("llama"),
  block_group_size: z.literal(1).default(1),
  vocab_size: count,
  embedding_size: count.nullish(),
  new_vocab_size: count.nullish(),
  rope: z.literal(true).default(true),
  rope_theta: z.number().positive().default(10000),
  max_sequence_length: count.default(1024),
  layer_norm_type: z.literal("rms").default("rms"),
  rms_norm_eps: z.number().positive().default(1e-5),
  layer_norm_with_affine: z.boolean().default(true),
  bias_for_layer_norm: z.boolean().nullish(),
  attention_layer_norm: z.boolean().default(false),
  attention_layer_norm_with_affine: z.boolean().default(true),
  include_bias: z.boolean().default(false),
  include_qkv_bias: z.boolean().nullish(),
  weight_tying: z.boolean().default(false),
  scale_logits: z.boolean().default(false),
  // What would change the computation without a weight that tells of it.
  alibi: z.literal(false).nullish(),
  input_emb_norm: z.literal(false).nullish(),
  clip_qkv: z.null().optional(),
  mask_token_id: tokenId,
  eos_token_id: tokenId,
  pad_token_id: tokenId,
});

/** What norms learn beside dividing by the root of the mean square. */
export type NormParameters = "none" | "weight" | "weight and bias";

/** The transformer's settings. Widths are numbers of elements. */
export interface TransformerConfig {
  readonly width: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** Fewer than `numHeads`: grouped-query attention. */
  readonly numKeyValueHeads: number;
  readonly mlpWidth: number;
  /** Rows of the embedding: text tokens, then image codes. */
  readonly vocabularySize: number;
  readonly ropeTheta: number;
  readonly maxSequenceLength: number;
  readonly normEpsilon: number;
  readonly hasBias: boolean;
  readonly hasQkvBias: boolean;
  readonly normParameters: NormParameters;
  /** Of queries and keys, over all heads at once; absent where they are taken as they come. */
  readonly queryKeyNormParameters?: NormParameters;
  readonly hasTiedEmbeddings: boolean;
  readonly hasScaledLogits: boolean;
  readonly maskTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
}

/** What is wrong with a model's configuration. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * The transformer's settings from a parsed `config.json`. Keys that do not concern the network are ignored.
 * @param origin where it was read, for errors
 * @throws ConfigError listing every setting that is missing or not supported
 */
export function parseTransformerConfig(json: unknown, origin = "config.json"): TransformerConfig {
  const raw = parseSettings(transformerSchema, json, origin);
  const norm = (hasWeight: boolean): NormParameters =>
    !hasWeight ? "none" : (raw.bias_for_layer_norm ?? raw.include_bias) ? "weight and bias" : "weight";
  const config: TransformerConfig = {
    width: raw.d_model,
    numLayers: raw.n_layers,
    numHeads: raw.n_heads,
    numKeyValueHeads: raw.n_kv_heads ?? (raw.multi_query_attention ? 1 : raw.n_heads),
    mlpWidth: raw.mlp_hidden_size ?? Math.round(raw.mlp_ratio * raw.d_model),
    vocabularySize: raw.new_vocab_size ?? raw.embedding_size ?? raw.vocab_size,
    ropeTheta: raw.rope_theta,
    maxSequenceLength: raw.max_sequence_length,
    normEpsilon: raw.rms_norm_eps,
    hasBias: raw.include_bias,
    hasQkvBias: raw.include_bias || (raw.include_qkv_bias ?? false),
    normParameters: norm(raw.layer_norm_with_affine),
    ...(raw.attention_layer_norm ? { queryKeyNormParameters: norm(raw.attention_layer_norm_with_affine) } : {}),
    hasTiedEmbeddings: raw.weight_tying,
    hasScaledLogits: raw.scale_logits,
    maskTokenId: raw.mask_token_id,
    eosTokenId: raw.eos_token_id,
    padTokenId: raw.pad_token_id,
  };
  if (!count.safeParse(config.mlpWidth).success) {
    throw new ConfigError(
      `${origin}: mlp_ratio ${raw.mlp_ratio} of d_model ${config.width} is no width of the MLP, ${config.mlpWidth}`,
    );
  }
  if (config.width % config.numHeads !== 0 || (config.width / config.numHeads) % 2 !== 0) {
    throw new ConfigError(
      `${origin}: d_model ${config.width} does not divide into n_heads ${config.numHeads} heads of even width`,
    );
  }
  const perQuery = raw.multi_query_attention ? 1 : raw.n_heads;
  if (typeof raw.multi_query_attention === "boolean" && config.numKeyValueHeads !== perQuery) {
    throw new ConfigError(
      `${origin}: n_kv_heads ${config.numKeyValueHeads} and multi_query_attention ${raw.multi_query_attention}, which means ${perQuery}, contradict each other`,
    );
  }
  if (config.numHeads % config.numKeyValueHeads !== 0) {
    throw new ConfigError(
      `${origin}: n_heads ${config.numHeads} is no multiple of n_kv_heads ${config.numKeyValueHeads}`,
    );
  }
  return config;
}

/** Every level halves the sides. */
const MAX_LEVELS = 16;

const imageTokenizerSchema = z.object({
  ch: count.default(128),
  ch_mult: z.array(count).min(1).max(MAX_LEVELS).default([1, 2, 2, 4, 4]),
  ch_mult_decoder: z.array(count).min(1).max(MAX_LEVELS).nullish(),
  num_res_blocks_encoder: z.array(numLayers).min(1).max(MAX_LEVELS).default([4, 3, 4, 3, 4]),
  num_res_blocks_decoder: z.array(numLayers).min(1).max(MAX_LEVELS).default([4, 4, 3, 4, 3]),
  z_channels: z.number().int().min(2).max(24).default(13),
  resolution: count.max(0xffff).default(256),
  patch_size: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]).default(1),
  local_encoder: z.boolean().default(false),
});

/** The image tokenizer's settings. Lists have an entry for each level, the one of full resolution first. */
export interface ImageTokenizerConfig {
  readonly channels: number;
  readonly encoderMultipliers: readonly number[];
  readonly decoderMultipliers: readonly number[];
  readonly encoderBlocks: readonly number[];
  readonly decoderBlocks: readonly number[];
  /** Bits of a code: the codebook has 2^codeBits entries. */
  readonly codeBits: number;
  /** The pixels of a side that it was trained on. */
  readonly resolution: number;
  /** Pixels of a side that the first convolution takes as one place (an extension of this project; released: 1). */
  readonly patchSize: number;
  /**
   * The encoder looks no farther than its first and its halving convolutions reach: same pixels, same code, wherever they stand, which is
   * easier to learn for a small transformer (an extension of this project; released: false).
   */
  readonly isEncoderLocal: boolean;
}

/** The decoder of the released tokenizer is narrower than its encoder at two levels; smaller ones name one list for both. */
const RELEASED_DECODER_MULTIPLIERS = [1, 1, 2, 2, 4];

/** As `parseTransformerConfig`, for the image tokenizer; an empty configuration is the released one. */
export function parseImageTokenizerConfig(json: unknown, origin = "config.json"): ImageTokenizerConfig {
  const raw = parseSettings(imageTokenizerSchema, json, origin);
  const isReleased = (json as Record<string, unknown>).ch_mult === undefined;
  const config: ImageTokenizerConfig = {
    channels: raw.ch,
    encoderMultipliers: raw.ch_mult,
    decoderMultipliers: raw.ch_mult_decoder ?? (isReleased ? RELEASED_DECODER_MULTIPLIERS : raw.ch_mult),
    encoderBlocks: raw.num_res_blocks_encoder,
    decoderBlocks: raw.num_res_blocks_decoder,
    codeBits: raw.z_channels,
    resolution: raw.resolution,
    patchSize: raw.patch_size,
    isEncoderLocal: raw.local_encoder,
  };
  const { encoderMultipliers, decoderMultipliers, encoderBlocks, decoderBlocks } = config;
  const lengths = [encoderMultipliers, decoderMultipliers, encoderBlocks, decoderBlocks].map((list) => list.length);
  if (new Set(lengths).size !== 1) {
    throw new ConfigError(
      `${origin}: ch_mult, ch_mult_decoder, num_res_blocks_encoder and num_res_blocks_decoder need one entry a level, got ${lengths.join(", ")}`,
    );
  }
  if (config.channels % 32 !== 0)
    throw new ConfigError(`${origin}: ch ${config.channels} is no multiple of the 32 norm groups`);
  return config;
}

/** What configurations hold beside what a network computes: read elsewhere, or how a model was made and kept. */
const CARRIED_ALONG = [
  ...["architectures", "model_type", "auto_map", "_class_name", "_name_or_path", "torch_dtype", "transformers_version"],
  ...["llm_vocab_size", "codebook_size", "num_vq_tokens", "num_new_special_tokens", "bos_token_id", "use_cache"],
  ...["attention_dropout", "residual_dropout", "embedding_dropout", "init_fn", "init_device", "init_std"],
  ...["init_cutoff_factor", "precision", "flash_attention", "alibi_bias_max", "rope_full_precision"],
];

/**
 * Keys that no configuration of this kind has, mistyped perhaps: a file may have what this software does not know, what a person writes
 * for a new model should not.
 */
export function unknownSettings(kind: "transformer" | "image tokenizer", json: object): string[] {
  const { shape } = kind === "transformer" ? transformerSchema : imageTokenizerSchema;
  return Object.keys(json).filter((key) => !(key in shape) && !CARRIED_ALONG.includes(key));
}

/** Pixels of a side for each code of a side. */
export function downsamplingOf(config: ImageTokenizerConfig): number {
  return config.patchSize * 2 ** (config.encoderMultipliers.length - 1);
}

/** Settings by a schema. @throws ConfigError listing all that it does not accept, with the values */
export function parseSettings<T extends z.ZodType>(schema: T, json: unknown, origin: string): z.infer<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], json);
    return `  ${issue.path.join(".") || "(whole file)"}: ${issue.message}${value === undefined ? " (missing)" : `, got ${JSON.stringify(value).slice(0, 100)}`}`;
  });
  throw new ConfigError(`${origin} does not describe a model this software can run:\n${faults.join("\n")}`);
}
