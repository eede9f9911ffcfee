import { expect, test } from "vitest";
import { createRandom, normal } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { blockSizeOf, dequantize, quantize } from "./quantize.js";

test("blocks are of 64 columns, or of what divides them", () => {
  expect([4096, 12288, 192, 96, 48, 40].map(blockSizeOf)).toEqual([64, 64, 64, 32, 16, undefined]);
});

test.each([8, 4] as const)("with %s bits no number moves by more than half its block's scale", (bits) => {
  const rng = createRandom("quantize");
  const data = Float32Array.from({ length: 6 * 64 }, () => normal(rng));
  data.fill(0, 32, 64); // a block of zeros
  const quantized = quantize(tensor("float32", [6, 64], data), bits, 32);
  expect(quantized.values.data.length).toBe((6 * 64 * bits) / 8);
  expect(quantized.scales.shape).toEqual([6, 2]);
  const back = dequantize(quantized);
  expect(back.shape).toEqual([6, 64]);
  for (let block = 0; block < 12; block++) {
    const at = [block * 32, block * 32 + 32] as const;
    const largest = Math.max(...data.subarray(...at).map(Math.abs));
    const bound = (largest / (bits === 8 ? 127 : 7) / 2) * 1.0001;
    const moved = back.data.subarray(...at).map((value, i) => Math.abs(value - data[at[0] + i]));
    expect(Math.max(...moved)).toBeLessThanOrEqual(bound);
    expect(Math.max(...back.data.subarray(...at).map(Math.abs))).toBeCloseTo(largest, 5);
  }
});

test("what does not divide into blocks is refused", () => {
  expect(() => quantize(tensor("float32", [2, 40], new Float32Array(80)), 8, 32)).toThrow("blocks of 32 columns");
});
