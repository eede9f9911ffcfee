/**
 * CLIP's parameters under the names of the open_clip package (and of OpenAI's first release), in which HPS v2 was published: queries, keys
 * and values are parts of one tensor, and projections lie the other way round.
 */

/** Where a parameter is in such a file. */
export interface StoredParameter {
  readonly name: string;
  /** Which third of the tensor's rows it is; left out, all of them. */
  readonly third?: 0 | 1 | 2;
  readonly isTransposed?: true;
}

/** A tensor that every such file has, and no other. */
export const OPEN_CLIP_MARK = "visual.class_embedding";

const SINGLE: Readonly<Record<string, StoredParameter>> = {
  "vision_model.embeddings.class_embedding": { name: OPEN_CLIP_MARK },
  "vision_model.embeddings.patch_embedding.weight": { name: "visual.conv1.weight" },
  "vision_model.embeddings.position_embedding.weight": { name: "visual.positional_embedding" },
  "visual_projection.weight": { name: "visual.proj", isTransposed: true },
  "text_model.embeddings.token_embedding.weight": { name: "token_embedding.weight" },
  "text_model.embeddings.position_embedding.weight": { name: "positional_embedding" },
  "text_projection.weight": { name: "text_projection", isTransposed: true },
  logit_scale: { name: "logit_scale" },
};

const NORMS: Readonly<Record<string, string>> = {
  "vision_model.pre_layrnorm": "visual.ln_pre",
  "vision_model.post_layernorm": "visual.ln_post",
  "text_model.final_layer_norm": "ln_final",
};

const IN_BLOCK: Readonly<Record<string, string>> = {
  layer_norm1: "ln_1",
  layer_norm2: "ln_2",
  "self_attn.out_proj": "attn.out_proj",
  "mlp.fc1": "mlp.c_fc",
  "mlp.fc2": "mlp.c_proj",
};

/** Where the parameter that transformers calls `name` is. @throws RangeError when there is none of that name */
export function inOpenClip(name: string): StoredParameter {
  if (name in SINGLE) return SINGLE[name];
  const [, layer, kind] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  if (layer in NORMS) return { name: `${NORMS[layer]}.${kind}` };
  const [, tower, index, part] = /^(vision|text)_model\.encoder\.layers\.(\d+)\.(.*)$/.exec(layer ?? "") ?? [];
  const block = `${tower === "vision" ? "visual." : ""}transformer.resblocks.${index}`;
  if (part in IN_BLOCK) return { name: `${block}.${IN_BLOCK[part]}.${kind}` };
  const third = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].indexOf(part);
  if (third >= 0) return { name: `${block}.attn.in_proj_${kind}`, third: third as 0 | 1 | 2 };
  throw new RangeError(`CLIP has no parameter ${name}`);
}
