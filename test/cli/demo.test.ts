/** `mmada demo`, the first command that most people run: its sheet shows what it was given, what it drew and what it repainted. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderScene } from "../../src/data/scenes/render.js";
import { PALETTE } from "../../src/data/scenes/scene.js";
import { decodeImage, encodeImage } from "../../src/images/codec-node.js";
import type { Image } from "../../src/images/image.js";
import { mmada, temporaryDirectory } from "./run-command.js";

/** Where the sheet's pictures lie, in pixels. */
const [GAP, CELL] = [12, 192];

/** Rows of the sheet's picture `index`, from 0, as pixels. */
function rowsOf({ width, data }: Image, index: number, from = 0, to = CELL): Uint8Array[] {
  const left = GAP + index * (CELL + GAP);
  return Array.from({ length: to - from }, (_, row) => {
    const start = ((GAP + from + row) * width + left) * 3;
    return data.subarray(start, start + CELL * 3);
  });
}

it("answers, describes the given picture, draws, and repaints half of that alone", { timeout: 240_000 }, async () => {
  const cwd = await temporaryDirectory();
  const given = renderScene({
    background: [230, 230, 230],
    objects: [{ shape: "circle", color: "red", rgb: PALETTE.red, size: "large", radius: 12, x: 32, y: 32 }],
  });
  await writeFile(join(cwd, "given.png"), await encodeImage(given));
  const { code, stdout, stderr } = await mmada(["demo", "--image", "given.png", "--output", "new/sheet.png"], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^Asked: What is 17 plus 25\?\nAnswered: 42\nDescribed a picture: .*red circle.*\nDrew: /);
  expect(stdout).toMatch(new RegExp(`^Contact sheet: ${join(cwd, "new/sheet.png")}$`, "m"));

  const sheet = await decodeImage(await readFile(join(cwd, "new/sheet.png")));
  expect(sheet.width).toBe(3 * CELL + 4 * GAP);
  expect(sheet.height).toBeGreaterThan(CELL + 2 * GAP); // captions
  // The given picture, each pixel of it 3 × 3.
  const shown = rowsOf(sheet, 0).flatMap((row, y) =>
    y % 3 ? [] : [row.filter((_, i) => Math.floor(i / 3) % 3 === 0)],
  );
  expect(Buffer.concat(shown).equals(given.data)).toBe(true);
  const [drawn, repainted] = [1, 2].map((index) => ({
    upper: rowsOf(sheet, index, 0, CELL / 2),
    lower: rowsOf(sheet, index, CELL / 2),
  }));
  expect(Buffer.concat(repainted.upper).equals(Buffer.concat(drawn.upper))).toBe(true);
  expect(Buffer.concat(repainted.lower).equals(Buffer.concat(drawn.lower))).toBe(false);
});
