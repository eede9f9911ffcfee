import { expect, test } from "vitest";
import { blankImage, type Image } from "./image.js";
import { drawPixelText } from "./pixel-font.js";

function rows(image: Image): string[] {
  return Array.from({ length: image.height }, (_, y) =>
    Array.from({ length: image.width }, (_, x) => (image.data[(y * image.width + x) * 3] < 128 ? "#" : ".")).join(""),
  );
}

test("letters are themselves", () => {
  const image = blankImage(14, 14);
  drawPixelText(image, "Lt", 0, 0);
  expect(rows(image).slice(2, 12)).toEqual([
    "..............",
    ".##...........",
    ".##......##...",
    ".##.....#####.",
    ".##......##...",
    ".##......##...",
    ".##......##...",
    ".##.......#...",
    ".#####....###.",
    "..............",
  ]);
});

test("spaces are empty, letters beyond ASCII are boxes, edges cut", () => {
  const image = blankImage(20, 14);
  drawPixelText(image, "  ", 0, 0);
  expect(image).toEqual(blankImage(20, 14));
  drawPixelText(image, "汉字汉字", 0, 0);
  expect(rows(image)[2]).toBe("######.######.######");
  drawPixelText(image, "edge", -3, -5);
  drawPixelText(image, "edge", 10, 12);
});
