import { expect, it } from "vitest";
import { createRandom, normal } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { startCodesFromBits } from "./code-embedding.js";

const vocabulary = { imageOffset: 4, codebookSize: 16 } as Vocabulary;
const WIDTH = 64;

function table() {
  const rng = createRandom(1);
  const data = Float32Array.from({ length: 20 * WIDTH }, () => 0.1 * normal(rng));
  return tensor("float32", [20, WIDTH], data);
}
const row = (data: Float32Array, code: number) => data.subarray((4 + code) * WIDTH, (5 + code) * WIDTH);
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

it("codes that share bits begin alike, text and scale stay", () => {
  const before = table();
  const after = table();
  startCodesFromBits(new Map([["model.transformer.wte.weight", after]]), vocabulary, 0, createRandom(2));
  expect(after.data.subarray(0, 4 * WIDTH)).toEqual(before.data.subarray(0, 4 * WIDTH));
  const rms = (data: Float32Array) => Math.sqrt(dot(data, data) / data.length);
  expect(rms(after.data.subarray(4 * WIDTH))).toBeCloseTo(rms(before.data.subarray(4 * WIDTH)), 1);
  // Without noise, the row of a code and of the code with all bits turned are opposite …
  for (const code of [0, 5, 9]) {
    const turned = row(after.data, 15 - code);
    for (const [i, value] of row(after.data, code).entries()) expect(value).toBeCloseTo(-turned[i], 6);
  }
  // … and three shared bits of four bring rows closer than one.
  expect(dot(row(after.data, 0b1111), row(after.data, 0b1110))).toBeGreaterThan(
    dot(row(after.data, 0b1111), row(after.data, 0b1000)),
  );
});

it("refuses codebooks that have no bits", () => {
  const weights = new Map([["model.transformer.wte.weight", table()]]);
  const other = { imageOffset: 4, codebookSize: 12 } as Vocabulary;
  expect(() => startCodesFromBits(weights, other, 0.3, createRandom(0))).toThrow(
    /12 entries have no whole number of bits/,
  );
});
