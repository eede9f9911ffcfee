import { expect, it } from "vitest";
import { picturePaths } from "./picture-command.js";

it("an animation and a sheet are named as the picture is, or as asked", () => {
  expect(picturePaths({}, "a.b.webp")).toEqual({ output: "a.b.webp" });
  expect(picturePaths({ stepsGif: true, grid: true }, "out/a.jpg")).toEqual({
    output: "out/a.jpg",
    stepsGif: "out/a.gif",
    grid: "out/a-steps.png",
  });
  expect(picturePaths({ stepsGif: "b.GIF", grid: "c.webp" }, "a.png")).toMatchObject({
    stepsGif: "b.GIF",
    grid: "c.webp",
  });
});

it.each([
  [{ stepsGif: "a.png" }, /a.png: give the animation a name that ends in .gif/],
  [{ grid: "./a.png" }, /--output and --grid are both a.png/],
  [{ grid: "a.gif", stepsGif: "a.gif" }, /a.gif: give the picture a name that ends in .png/],
])("%j beside a.png is refused", (options, message) => {
  expect(() => picturePaths(options, "a.png")).toThrow(message);
});
