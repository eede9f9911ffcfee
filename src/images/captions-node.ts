/** Words under pictures, in Node: captions are set as SVG, which sharp draws with the fonts of the system; where it has none, in pixels. */
import sharp from "sharp";
import type { Image } from "./image.js";
import { drawPixelText } from "./pixel-font.js";
import {
  LETTER_WIDTH,
  LINE_HEIGHT,
  layoutSheet,
  type SheetCell,
  type SheetLayout,
  type SheetOptions,
} from "./sheet.js";

/**
 * A contact sheet: pictures in a grid, with their captions under them.
 * @throws RangeError when there is nothing to show
 */
export async function contactSheet(cells: readonly SheetCell[], options: SheetOptions = {}): Promise<Image> {
  const { image, captions } = layoutSheet(cells, options);
  if (captions.length === 0) return image;
  if (!(await hasFonts())) {
    for (const { left, top, lines } of captions) {
      for (const [i, line] of lines.entries()) drawPixelText(image, line, left, top + i * LINE_HEIGHT + 2);
    }
    return image;
  }
  const { width, height, data } = image;
  const drawn = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: new TextEncoder().encode(captionSvg(image, captions)) as Buffer }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data: new Uint8Array(drawn.buffer, drawn.byteOffset, drawn.byteLength) };
}

/** Without fonts every letter is drawn as the same box. */
async function hasFonts(): Promise<boolean> {
  const draw = (letter: string) =>
    sharp(
      new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg" width="16" height="20">
<text x="0" y="16" font-family="sans-serif" font-size="14">${letter}</text></svg>`),
    )
      .raw()
      .toBuffer();
  const [narrow, wide] = await Promise.all([draw("i"), draw("W")]);
  return !narrow.equals(wide);
}

function captionSvg(sheet: Image, captions: SheetLayout["captions"]): string {
  const fontSize = LETTER_WIDTH / 0.56;
  const lines = captions.flatMap(({ left, top, lines }) =>
    lines.map((line, i) => `<text x="${left}" y="${top + (i + 0.8) * LINE_HEIGHT}">${escapeXml(line)}</text>`),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${sheet.width}" height="${sheet.height}">
<g font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="${fontSize}" fill="#222222">${lines.join("\n")}</g></svg>`;
}

/** Also drops the control characters that no XML may hold. */
function escapeXml(text: string): string {
  const safe = [...text].filter((letter) => letter >= " " && letter !== "\ufffe" && letter !== "\uffff").join("");
  return safe.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
