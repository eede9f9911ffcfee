import { expect, test } from "vitest";
import { contactSheet } from "./captions-node.js";
import { psnr } from "./compare.js";
import { blankImage, type Image } from "./image.js";
import { drawMask, layoutSheet, magnify, wrapText } from "./sheet.js";

const pixel = (image: Image, x: number, y: number) => [
  ...image.data.subarray((y * image.width + x) * 3).subarray(0, 3),
];
const red = blankImage(8, 8, [255, 0, 0]);

test("pictures stand in a grid, magnified by whole numbers", () => {
  const { image, captions } = layoutSheet([{ image: red }, { image: red }, { image: red }], {
    columns: 2,
    cellSize: 20,
  });
  expect([image.width, image.height]).toEqual([12 + 2 * 32, 12 + 2 * 32]);
  expect(captions).toEqual([]);
  // 8 pixels become 16 in the middle of 20.
  expect(pixel(image, 12 + 2, 12 + 2)).toEqual([255, 0, 0]);
  expect(pixel(image, 12 + 17, 12 + 17)).toEqual([255, 0, 0]);
  expect(pixel(image, 12 + 18, 12 + 10)).toEqual([255, 255, 255]);
  expect(pixel(image, 12 + 32 + 10, 12 + 32 + 10)).toEqual([255, 255, 255]); // the fourth place is empty
});

test("a row is as high as its longest caption", () => {
  const cells = [
    { image: red, caption: "one" },
    { image: red, caption: "words ".repeat(12) },
  ];
  const long = layoutSheet(cells, { columns: 2, cellSize: 80 });
  const short = layoutSheet(cells.slice(0, 1), { columns: 2, cellSize: 80 });
  const lines = long.captions[1].lines.length;
  expect(lines).toBeGreaterThan(4);
  expect(long.image.height - short.image.height).toBe((lines - 1) * 18);
});

test("captions are drawn under the pictures, whatever letters they have", async () => {
  const sheet = await contactSheet([{ image: red, caption: 'a <red> & "round" \u0007 thing' }], { cellSize: 128 });
  const plain = await contactSheet([{ image: red, caption: " " }], { cellSize: 128 });
  const darkBelow = (image: Image) =>
    image.data.subarray((12 + 128) * image.width * 3).filter((value) => value < 128).length;
  expect(pixel(sheet, 76, 76)).toEqual([255, 0, 0]);
  expect(darkBelow(plain)).toBe(0);
  expect(darkBelow(sheet)).toBeGreaterThan(30);
});

test("text is broken at spaces, long words where they must be", () => {
  expect(wrapText("a small red circle", 8)).toEqual(["a small", "red", "circle"]);
  expect(wrapText("abcdefghij k", 4)).toEqual(["abcd", "efgh", "ij k"]);
  expect(wrapText("one\n\ntwo", 10)).toEqual(["one", "", "two"]);
});

test("a mask is hatched over its places alone", () => {
  const masked = drawMask(red, [0, 1, 0, 0], 2);
  expect(pixel(masked, 1, 1)).toEqual([255, 0, 0]);
  expect(pixel(masked, 6, 6)).toEqual([255, 0, 0]);
  for (let x = 4; x < 8; x++) expect([110, 150]).toContain(pixel(masked, x, 2)[0]);
  expect(red).toEqual(blankImage(8, 8, [255, 0, 0]));
  expect(() => drawMask(red, [0, 1, 0], 2)).toThrow("3 places");
});

test("magnified pixels are squares", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect([...magnify(image, 2).data]).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
});

test("PSNR", () => {
  expect(psnr(red, red)).toBe(Number.POSITIVE_INFINITY);
  expect(psnr(blankImage(4, 4, [0, 0, 0]), blankImage(4, 4, [255, 255, 255]))).toBe(0);
  expect(psnr(blankImage(4, 4, [10, 10, 10]), blankImage(4, 4, [20, 20, 20]))).toBeCloseTo(28.13, 2);
  expect(() => psnr(red, blankImage(4, 4))).toThrow("8×8 with 4×4");
});
