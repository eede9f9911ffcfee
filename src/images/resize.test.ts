import { expect, test } from "vitest";
import { blankImage, type Image } from "./image.js";
import { resizeImage } from "./resize.js";

const grey = (width: number, height: number, values: number[]): Image => ({
  width,
  height,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const levels = (image: Image) => [...image.data].filter((_, i) => i % 3 === 0);

test("one colour stays that colour at any size", () => {
  for (const [width, height] of [
    [3, 50],
    [200, 1],
    [7, 7],
  ]) {
    const resized = resizeImage(blankImage(20, 13, [1, 128, 255]), width, height);
    expect(resized).toEqual(blankImage(width, height, [1, 128, 255]));
  }
});

test("doubling weighs four neighbours by the cubic kernel, cut off at the ends", () => {
  // The kernel at 0.25, 0.75, 1.25 and 1.75 is 0.8672, 0.2266, -0.0703, -0.0234; at the ends what is left is divided by its sum.
  const resized = levels(resizeImage(grey(4, 1, [0, 0, 200, 200]), 8, 1));
  const mixed = Math.round(200 * (0.2265625 - 0.0234375));
  expect(resized.slice(3, 5)).toEqual([mixed, 200 - mixed]);
  expect(resized[0]).toBe(0);
  const end = levels(resizeImage(grey(4, 1, [0, 0, 0, 200]), 8, 1))[7];
  expect(end).toBe(Math.round((200 * 0.8671875) / (0.8671875 - 0.0703125)));
});

test("shrinking averages instead of leaving pixels out", () => {
  const stripes = grey(
    64,
    2,
    Array.from({ length: 128 }, (_, i) => (i % 2 ? 255 : 0)),
  );
  for (const value of levels(resizeImage(stripes, 8, 2)).slice(2, 6)) expect(Math.abs(value - 127.5)).toBeLessThan(3);
});

test("a region is what would be cut out of the whole", () => {
  const image = grey(
    9,
    7,
    Array.from({ length: 63 }, (_, i) => (i * 37) % 256),
  );
  const whole = resizeImage(image, 20, 16);
  const part = resizeImage(image, 20, 16, { left: 3, top: 5, width: 11, height: 6 });
  for (let y = 0; y < 6; y++) {
    const start = ((y + 5) * 20 + 3) * 3;
    expect(part.data.slice(y * 33, y * 33 + 33)).toEqual(whole.data.slice(start, start + 33));
  }
  const untouched = resizeImage(image, 9, 7, { left: 2, top: 1, width: 3, height: 2 });
  expect(levels(untouched)).toEqual([11, 12, 13, 20, 21, 22].map((i) => (i * 37) % 256));
});

test("sides and regions that make no sense are refused", () => {
  expect(() => resizeImage(blankImage(4, 4), 0, 4)).toThrow("0×4");
  expect(() => resizeImage(blankImage(4, 4), 4, 4, { left: 2, top: 0, width: 3, height: 4 })).toThrow("not inside");
});
