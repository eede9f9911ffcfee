import { expect, test, vi } from "vitest";
import { createRandom } from "../array/random.js";
import { initializeParameters, listParameters } from "../model/parameters.js";
import type { Backend } from "../runtime/backend.js";
import { clipParameters } from "./clip.js";
import { parseClipConfig } from "./clip-config.js";
import { createClipScorer } from "./clip-scorer.js";
import { CLIP_NORMALIZATION } from "./pixels.js";

test("the graph of pictures is given back where that of texts cannot be compiled", async () => {
  const tower = { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1 };
  const config = parseClipConfig(
    {
      ...{ model_type: "clip", projection_dim: 4 },
      text_config: { ...tower, vocab_size: 16, max_position_embeddings: 4 },
      vision_config: { ...tower, image_size: 8, patch_size: 4 },
    },
    "test",
  );
  const weights = initializeParameters(
    listParameters((make) => clipParameters(config, make)),
    createRandom(1),
  );
  const dispose = vi.fn(async () => {});
  const compile = vi.fn().mockResolvedValueOnce({ dispose }).mockRejectedValueOnce(new Error("out of memory"));
  const model = { config, weights, encodeTexts: vi.fn(), normalization: CLIP_NORMALIZATION };
  await expect(createClipScorer({ compile } as unknown as Backend, model)).rejects.toThrow("out of memory");
  expect(dispose).toHaveBeenCalledOnce();
});
