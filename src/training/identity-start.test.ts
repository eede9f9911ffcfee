import { expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { parseTransformerConfig } from "../model/config.js";
import { initializeParameters, listParameters } from "../model/parameters.js";
import { transformerParameters } from "../model/transformer.js";
import { startAsIdentity } from "./identity-start.js";

it("blocks begin as the identity on embeddings of unit variance", () => {
  const config = parseTransformerConfig(
    {
      ...{ d_model: 32, n_layers: 2, n_heads: 4, mlp_hidden_size: 64, vocab_size: 96, embedding_size: 96 },
      ...{ llm_vocab_size: 64, codebook_size: 32, max_sequence_length: 64, weight_tying: false },
      ...{ mask_token_id: 63, eos_token_id: 62, pad_token_id: 61 },
    },
    "test",
  );
  const specs = listParameters((make) => transformerParameters(config, make));
  const before = initializeParameters(specs, createRandom(1));
  const after = initializeParameters(specs, createRandom(1));
  startAsIdentity(after, config);
  const rms = (data: Float32Array) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  const changed: string[] = [];
  for (const [name, { data }] of after) {
    if (data.some((value, i) => value !== before.get(name)?.data[i]))
      changed.push(name.replace("model.transformer.", ""));
    if (/blocks\.\d\.(attn_out|ff_out)/.test(name)) expect(rms(data)).toBe(0);
  }
  expect(changed.sort()).toEqual([
    ...["blocks.0.attn_out.weight", "blocks.0.ff_out.weight", "blocks.1.attn_out.weight", "blocks.1.ff_out.weight"],
    ...["ff_out.weight", "wte.weight"],
  ]);
  expect(rms(after.get("model.transformer.wte.weight")?.data as Float32Array)).toBeCloseTo(1, 1);
});
