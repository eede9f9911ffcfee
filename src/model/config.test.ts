import { expect, test } from "vitest";
import { RELEASED_8B } from "../runs/released-config.js";
import { ConfigError, parseImageTokenizerConfig, parseTransformerConfig } from "./config.js";

const parse = (changes: object) => parseTransformerConfig({ ...RELEASED_8B, ...changes }, "x/config.json");

test("what the released configurations say of what is not done is accepted", () => {
  const off = { alibi: false, alibi_bias_max: 8, input_emb_norm: false, clip_qkv: null, multi_query_attention: null };
  expect(parse(off)).toEqual(parse({}));
  expect(parse({ mlp_hidden_size: null, mlp_ratio: 2.5 }).mlpWidth).toBe(10240);
});

test.each([
  [{ alibi: true }, "alibi: Invalid input: expected false, got true"],
  [{ input_emb_norm: true }, "input_emb_norm: Invalid input: expected false, got true"],
  [{ clip_qkv: 8 }, "clip_qkv: Invalid input: expected null, received number, got 8"],
  [{ block_group_size: 2 }, "block_group_size: Invalid input: expected 1, got 2"],
  [{ n_kv_heads: 8, multi_query_attention: true }, "n_kv_heads 8 and multi_query_attention true, which means 1,"],
  [{ mlp_hidden_size: null, mlp_ratio: 1e-9 }, "mlp_ratio 1e-9 of d_model 4096 is no width of the MLP"],
  [{ mlp_hidden_size: null, mlp_ratio: 1e300 }, "mlp_ratio 1e+300 of d_model 4096 is no width of the MLP"],
])("%j changes what is computed, or cannot be, and is refused", (changes, message) => {
  expect(() => parse(changes)).toThrow(ConfigError);
  expect(() => parse(changes)).toThrow(message);
});

test("norms, biases and shared heads mean what they do in the released code", () => {
  expect(parse({}).normParameters).toBe("weight");
  expect(parse({ include_bias: true }).normParameters).toBe("weight and bias");
  expect(parse({ include_bias: true, bias_for_layer_norm: false }).normParameters).toBe("weight");
  expect(parse({ layer_norm_with_affine: false, bias_for_layer_norm: true }).normParameters).toBe("none");
  expect(parse({ attention_layer_norm_with_affine: true }).queryKeyNormParameters).toBeUndefined();
  expect(parse({ attention_layer_norm: true }).queryKeyNormParameters).toBe("weight");
  expect(parse({ n_kv_heads: null, multi_query_attention: true }).numKeyValueHeads).toBe(1);
});

test("codes of one bit, whose use cannot be told in two parts, are refused", () => {
  expect(() => parseImageTokenizerConfig({ z_channels: 1 })).toThrow(/z_channels.*got 1/);
  expect(parseImageTokenizerConfig({ z_channels: 2 }).codeBits).toBe(2);
});
