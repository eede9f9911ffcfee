/**
 * Many pictures in one: a grid with room for captions, and the overlay that shows which places of a picture are masked. The words
 * themselves are drawn in `captions-node.ts`.
 */
import { blankImage, type Image } from "./image.js";
import { pasteImage } from "./preprocess.js";
import { resizeImage } from "./resize.js";

/** A picture of a contact sheet, and what stands below it. */
export interface SheetCell {
  readonly image: Image;
  readonly caption?: string;
}

/** How the pictures of a contact sheet are arranged. */
export interface SheetOptions {
  /** Pictures in a row; by default what makes the sheet about square. */
  readonly columns?: number;
  /** Side of the square, in pixels, that each picture is fitted into. Default 256. */
  readonly cellSize?: number;
}

/** Lines of text, and where each block of them stands. */
export interface CaptionBlock {
  readonly left: number;
  readonly top: number;
  readonly lines: readonly string[];
}

export interface SheetLayout {
  /** The pictures on white, without the captions. */
  readonly image: Image;
  readonly captions: readonly CaptionBlock[];
}

/** Pixels of a line of a caption, and what one letter takes of it on average. */
export const LINE_HEIGHT = 18;
export const LETTER_WIDTH = 7.6;
const GAP = 12;

/**
 * Pictures in a grid on white, small ones magnified by whole numbers so that their pixels show; every row is as high as its longest caption asks for.
 * @throws RangeError when there is nothing to show
 */
export function layoutSheet(cells: readonly SheetCell[], options: SheetOptions = {}): SheetLayout {
  if (cells.length === 0) throw new RangeError("a contact sheet needs at least one picture");
  const { cellSize = 256 } = options;
  const columns = Math.min(options.columns ?? Math.ceil(Math.sqrt(cells.length)), cells.length);
  const lettersPerLine = Math.max(Math.floor(cellSize / LETTER_WIDTH), 1);
  const lines = cells.map(({ caption }) => (caption ? wrapText(caption, lettersPerLine) : []));
  const rowTops = [GAP];
  for (let start = 0; start < cells.length; start += columns) {
    const mostLines = Math.max(...lines.slice(start, start + columns).map((block) => block.length));
    rowTops.push(rowTops[rowTops.length - 1] + cellSize + mostLines * LINE_HEIGHT + GAP);
  }
  const sheet = blankImage(GAP + columns * (cellSize + GAP), rowTops[rowTops.length - 1]);
  const captions = cells.map(({ image }, index) => {
    const left = GAP + (index % columns) * (cellSize + GAP);
    const top = rowTops[Math.floor(index / columns)];
    const shown = fitInside(image, cellSize);
    pasteImage(sheet, shown, left + ((cellSize - shown.width) >> 1), top + ((cellSize - shown.height) >> 1));
    return { left, top: top + cellSize, lines: lines[index] };
  });
  return { image: sheet, captions: captions.filter((block) => block.lines.length > 0) };
}

function fitInside(image: Image, size: number): Image {
  const scale = size / Math.max(image.width, image.height);
  if (scale >= 2) return magnify(image, Math.floor(scale));
  const scaled = (side: number) => Math.max(Math.round(side * scale), 1);
  return resizeImage(image, scaled(image.width), scaled(image.height));
}

/** Every pixel as a square of `factor` × `factor` pixels. @throws RangeError when that is no whole number from 1 */
export function magnify(image: Image, factor: number): Image {
  if (!(Number.isInteger(factor) && factor >= 1))
    throw new RangeError(`a picture is magnified by a whole number from 1, not by ${factor}`);
  const large = blankImage(image.width * factor, image.height * factor);
  for (let y = 0; y < large.height; y++) {
    for (let x = 0; x < large.width; x++) {
      const from = (Math.floor(y / factor) * image.width + Math.floor(x / factor)) * 3;
      large.data.set(image.data.subarray(from, from + 3), (y * large.width + x) * 3);
    }
  }
  return large;
}

/** Lines of at most `width` letters, broken at spaces where there are any. Line breaks in the text are kept. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(/\s+/)) {
      let rest = word;
      if (line && line.length + 1 + rest.length > width) {
        lines.push(line);
        line = "";
      }
      for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width));
      line = line ? `${line} ${rest}` : rest;
    }
    lines.push(line);
  }
  return lines;
}

/**
 * `image` with the masked places of its code grid hatched in grey, as views of inpainting show it.
 * @param isMasked one value for each code, row by row; anything true is masked
 * @param columns codes in a row
 * @throws RangeError when the grid has no whole rows
 */
export function drawMask(image: Image, isMasked: ArrayLike<number | boolean>, columns: number): Image {
  const rows = isMasked.length / columns;
  if (!Number.isInteger(rows) || rows === 0) {
    throw new RangeError(`${isMasked.length} places are no grid with ${columns} columns`);
  }
  const { width, height } = image;
  const data = Uint8Array.from(image.data);
  const period = Math.max(Math.round(width / 32), 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
      if (!isMasked[place]) continue;
      const grey = (x + y) % (2 * period) < period ? 150 : 110;
      data.fill(grey, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width, height, data };
}
