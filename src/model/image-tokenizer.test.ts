import { expect, it } from "vitest";
import { openBackend } from "#backends";
import { createRandom } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { parseImageTokenizerConfig } from "./config.js";
import { createImageCodec } from "./image-codec.js";
import { imageTokenizerParameters } from "./load-model.js";
import { initializeParameters, listParameters } from "./parameters.js";

const SIDE = 64;
const config = parseImageTokenizerConfig({
  ...{ patch_size: 4, local_encoder: true, ch: 32, ch_mult: [1, 1], resolution: SIDE, z_channels: 10 },
  ...{ num_res_blocks_encoder: [1, 1], num_res_blocks_decoder: [1, 1] },
});

it("a local encoder gives the same pixels the same code, wherever they stand and whatever is far from them", async () => {
  const specs = listParameters((make) => imageTokenizerParameters(config, make));
  const rng = createRandom(3);
  const weights = initializeParameters(specs, rng);
  const codec = createImageCodec(await openBackend("cpu"), config, { weights, areTrained: false });
  const noise = () => Float32Array.from({ length: 3 * SIDE ** 2 }, () => rng.uniform() * 2 - 1);
  const [one, two] = [noise(), noise()];
  // The window of code (2, 2) reaches 4 pixels before its 8 × 8 patch and 8 behind: put at (4, 3) of another picture.
  for (let c = 0; c < 3; c++)
    for (let y = 12; y < 32; y++)
      for (let x = 12; x < 32; x++) two[(c * SIDE + y + 16) * SIDE + x + 8] = one[(c * SIDE + y) * SIDE + x];
  const codesOf = async (pixels: Float32Array) =>
    Array.from((await codec.encode(tensor("float32", [1, 3, SIDE, SIDE], pixels))).data);
  const [a, b] = [await codesOf(one), await codesOf(two)];
  expect(b[4 * 8 + 3]).toBe(a[2 * 8 + 2]);
  expect(new Set([...a, ...b]).size).toBeGreaterThan(8);
  await codec.dispose();
});

it("nothing has no codes and no pixels", async () => {
  const codec = createImageCodec(await openBackend("cpu"), config, { weights: new Map(), areTrained: false });
  const noPixels = tensor("float32", [0, 3, SIDE, SIDE], new Float32Array());
  await expect(codec.encode(noPixels)).rejects.toThrow(/of a picture or more.*got \[0,3,64,64\]/);
  const decode = (shape: number[], side: number) => codec.decode(tensor("int32", shape, new Int32Array()), side, side);
  await expect(decode([0, 4], 2)).rejects.toThrow(/got \[0,4\]/);
  await expect(decode([1, 0], 0)).rejects.toThrow(/got \[1,0\]/);
});
