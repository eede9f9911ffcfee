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
  [{ mlp_hidden_size: null, mlp_ratio: 1e-9 }, "mlp_ratio 1e-9 of d_model 4096 is no width of the MLP"],
  [{ mlp_hidden_size: null, mlp_ratio: 1e300 }, "mlp_ratio 1e+300 of d_model 4096 is no width of the MLP"],
])("%j changes what is computed, or cannot be, and is refused", (changes, message) => {
  expect(() => parse(changes)).toThrow(ConfigError);
  expect(() => parse(changes)).toThrow(message);
});

test("codes of one bit, whose use cannot be told in two parts, are refused", () => {
  expect(() => parseImageTokenizerConfig({ z_channels: 1 })).toThrow(/z_channels.*got 1/);
  expect(parseImageTokenizerConfig({ z_channels: 2 }).codeBits).toBe(2);
});
