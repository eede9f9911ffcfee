import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createRandom, integer } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { decodeImage } from "./codec-node.js";
import { blankImage, type Image } from "./image.js";
import { FIT_MODES, fitImage, fromPixelValues, pasteImage, toPixelValues } from "./preprocess.js";

const directory = new URL("../../test/parity/preprocess/", import.meta.url);
const load = async (name: string) => decodeImage(await readFile(new URL(name, directory)));

function noise(width: number, height: number, seed = 1): Image {
  const rng = createRandom(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => integer(rng, 256)) };
}

describe("agreement with torchvision", () => {
  const sources = ["dog.png", "clevr.jpg", "llava2.jpg"];
  const cases = sources.flatMap((file) => FIT_MODES.flatMap((mode) => [64, 256].map((size) => ({ file, mode, size }))));
  test.each(cases)("$file, $mode to $size", async ({ file, mode, size }) => {
    const expected = await load(`${file.split(".")[0]}-${mode}-${size}.png`);
    const actual = fitImage(await load(file), size, mode);
    expect([actual.width, actual.height]).toEqual([size, size]);
    let total = 0;
    for (let i = 0; i < actual.data.length; i++) total += Math.abs(actual.data[i] - expected.data[i]);
    // 1.0 is asked for. The resizing is exact; decoders of JPEG may differ by a little.
    expect(total / actual.data.length).toBeLessThan(file.endsWith(".png") ? 1e-9 : 0.5);
  });
});

test("a strip of any length becomes a square without taking the square of its length", () => {
  for (const mode of FIT_MODES) {
    const strip = fitImage(blankImage(1_000_000, 1, [10, 20, 30]), 16, mode);
    expect([strip.width, strip.height]).toEqual([16, 16]);
  }
  expect(fitImage(blankImage(1, 100_000, [10, 20, 30]), 8, "crop").data.slice(0, 3)).toEqual(Uint8Array.of(10, 20, 30));
});

test("a picture of the right size is left alone", () => {
  const image = noise(32, 32);
  for (const mode of FIT_MODES) expect(fitImage(image, 32, mode).data).toEqual(image.data);
});

test("sizes that are not positive whole numbers are refused", () => {
  for (const size of [0, -3, 2.5, Number.NaN]) expect(() => fitImage(noise(8, 8), size, "squash")).toThrow(RangeError);
});

test("pixel values run from -1 to 1 by channel, and back without loss", () => {
  const images = [noise(5, 3, 1), noise(5, 3, 2)];
  const pixels = toPixelValues(images);
  expect(pixels.shape).toEqual([2, 3, 3, 5]);
  const at = (b: number, c: number, y: number, x: number) => pixels.data[((b * 3 + c) * 3 + y) * 5 + x];
  expect(at(1, 2, 1, 4)).toBeCloseTo(images[1].data[(1 * 5 + 4) * 3 + 2] / 127.5 - 1, 6);
  expect(fromPixelValues(pixels)).toEqual(images);
});

test("values beyond the range are clamped, and what is no number is black", () => {
  const pixels = tensor("float32", [1, 3, 1, 2], Float32Array.of(-7, 7, 1, -1, Number.NaN, 0));
  expect([...fromPixelValues(pixels)[0].data]).toEqual([0, 255, 0, 255, 0, 128]);
});

test("pictures that do not fit are refused", () => {
  expect(() => toPixelValues([])).toThrow(/no pictures/);
  expect(() => toPixelValues([noise(4, 4), noise(4, 5)])).toThrow(/4×5/);
  expect(() => fromPixelValues(tensor("float32", [3, 2, 2], new Float32Array(12)))).toThrow(/\[3,2,2\]/);
  expect(() => pasteImage(blankImage(4, 4), noise(3, 3), 2, 0)).toThrow(/not inside/);
});
