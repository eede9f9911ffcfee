import { expect, test } from "vitest";
import type { ImageSource } from "../images/image.js";
import { createImageCodes } from "./image-codes.js";

test("pictures are encoded once, and forgotten when there are too many, those used longest ago first", async () => {
  const encoded: number[] = [];
  const imageCodes = createImageCodes(
    async (images) =>
      images.map(({ data }) => {
        encoded.push(data[0]);
        return [data[0], data[0]];
      }),
    2,
    6, // codes: three pictures
  );
  const picture = (value: number): ImageSource => ({
    key: String(value),
    load: async () => ({ width: 1, height: 1, data: Uint8Array.of(value, 0, 0) }),
  });
  const prepare = (...values: number[]) => imageCodes.prepare(values.map(picture));
  await prepare(1, 2, 1, 3);
  expect(encoded).toEqual([1, 2, 3]);
  await prepare(1); // used again
  await prepare(4);
  expect([1, 2, 3, 4].map((value) => imageCodes.isKnown(String(value)))).toEqual([true, false, true, true]);
  expect(Array.from(imageCodes.get(picture(3)))).toEqual([3, 3]);
  await prepare(5, 6, 7, 8, 9); // all of what is prepared at once is kept
  expect([5, 6, 7, 8, 9].every((value) => imageCodes.isKnown(String(value)))).toBe(true);
  expect([1, 3, 4].some((value) => imageCodes.isKnown(String(value)))).toBe(false);
  expect(encoded).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("codes are kept as they are, of the largest codebook too", async () => {
  const codes = [0, 2 ** 16, 2 ** 24 - 1];
  const imageCodes = createImageCodes(async () => [codes], 1);
  const image: ImageSource = { key: "x", load: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }) };
  await imageCodes.prepare([image]);
  expect(Array.from(imageCodes.get(image))).toEqual(codes);
});
