/**
 * The settings of the released MMaDA-8B checkpoints, as their `config.json` has them: what a dry run goes by where the checkpoint itself
 * is not there yet. Nothing that computes reads them.
 */

/** Source: `config.json` of Gen-Verse/MMaDA-8B-Base; the other released 8B checkpoints have the same network. */
export const RELEASED_8B = {
  architectures: ["MMadaModelLM"],
  model_type: "mmada",
  d_model: 4096,
  n_layers: 32,
  n_heads: 32,
  n_kv_heads: 32,
  mlp_hidden_size: 12288,
  activation_type: "silu",
  block_type: "llama",
  vocab_size: 134656,
  embedding_size: 134656,
  new_vocab_size: 134656,
  llm_vocab_size: 126464,
  codebook_size: 8192,
  rope: true,
  rope_theta: 500000,
  max_sequence_length: 4096,
  layer_norm_type: "rms",
  rms_norm_eps: 1e-5,
  include_bias: false,
  include_qkv_bias: false,
  weight_tying: false,
  scale_logits: false,
  mask_token_id: 126336,
  eos_token_id: 126081,
  pad_token_id: 126081,
} as const;

/** Codes of a picture of theirs: 512 pixels a side. */
export const RELEASED_PICTURE_CODES = 1024;

/** Whether a path or an id of the Hub names one of them: `Gen-Verse/MMaDA-8B-Base`, or a directory called so. */
export function isReleased8B(pathOrHubId: string): boolean {
  return /(^|[/\\])MMaDA-8B-(Base|MixCoT|Max)[/\\]?$/i.test(pathOrHubId);
}
