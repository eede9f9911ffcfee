/** Grids of codes as editing needs them: which codes a region covers, codes moved to make room, and pictures put together again. */
import { blankImage, type Image } from "../images/image.js";
import { type FitMode, fitImage, pasteImage } from "../images/preprocess.js";
import { MASKED } from "./grid.js";
import { OptionError } from "./options.js";
import { decodePicture, type ImageInput, loadImage, type PicturePieces } from "./picture.js";

/** In pixels, from the top left corner. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const EXTEND_SIDES = ["left", "right", "top", "bottom"] as const;
/** The side to which a picture is extended. */
export type ExtendSide = (typeof EXTEND_SIDES)[number];

/** Darker than this in the fitted mask is redrawn (it is inverted: what is added to make it square is white, and kept). */
const REDRAWN_BELOW = 128;

/**
 * For each code of the grid 1 where a pixel of it is to be redrawn.
 * @throws OptionError when the region is none, or covers nothing of the picture as it was fitted
 */
export async function regionOfGrid(
  { gridSide, resolution }: PicturePieces,
  original: Image,
  region: Rectangle | ImageInput,
  fit?: FitMode,
): Promise<Uint8Array> {
  const { width, height } = original;
  const keep = isRectangle(region) ? rectangleMask(original, region) : inverted(await loadImage(region));
  if (keep.width !== width || keep.height !== height) {
    throw new OptionError(
      `the region is ${keep.width}×${keep.height} pixels, the picture ${width}×${height}; they must be of one size`,
    );
  }
  const fitted = fitImage(keep, resolution, fit);
  const cell = resolution / gridSide;
  const isRedrawn = new Uint8Array(gridSide ** 2);
  for (let y = 0; y < resolution; y++) {
    for (let x = 0; x < resolution; x++) {
      if (fitted.data[(y * resolution + x) * 3] >= REDRAWN_BELOW) continue;
      isRedrawn[Math.floor(y / cell) * gridSide + Math.floor(x / cell)] = 1;
    }
  }
  if (!isRedrawn.includes(1)) {
    throw new OptionError(
      `the region covers nothing of the picture as the model sees it, ${resolution}×${resolution} pixels of ${width}×${height}: make it larger, or choose another fit`,
    );
  }
  return isRedrawn;
}

function isRectangle(region: Rectangle | ImageInput): region is Rectangle {
  return typeof region === "object" && region !== null && "left" in region;
}

/** Black where the rectangle is, white elsewhere. */
function rectangleMask({ width, height }: Image, { left, top, ...size }: Rectangle): Image {
  const numbers = [left, top, size.width, size.height];
  if (!numbers.every(Number.isFinite) || !(size.width > 0 && size.height > 0)) {
    throw new OptionError(
      `a region is { left, top, width, height } in pixels, of some size, got ${JSON.stringify({ left, top, ...size })}`,
    );
  }
  const mask = blankImage(width, height);
  const [firstX, endX] = [Math.max(0, Math.floor(left)), Math.min(width, Math.ceil(left + size.width))];
  const [firstY, endY] = [Math.max(0, Math.floor(top)), Math.min(height, Math.ceil(top + size.height))];
  for (let y = firstY; y < endY; y++) {
    if (endX > firstX) mask.data.fill(0, (y * width + firstX) * 3, (y * width + endX) * 3);
  }
  return mask;
}

function inverted({ width, height, data }: Image): Image {
  return { width, height, data: data.map((value) => 255 - value) };
}

/** The picture drawn, with the pixels of another where the code was not redrawn. */
export function keptPixels(drawn: Image, original: Image, isRedrawn: Uint8Array, columns: number): Image {
  const data = Uint8Array.from(original.data);
  const cell = original.width / columns;
  isRedrawn.forEach((isNew, place) => {
    if (!isNew) return;
    const x = (place % columns) * cell;
    const y = Math.floor(place / columns) * cell;
    for (let line = y; line < y + cell; line++) {
      const start = (line * original.width + x) * 3;
      data.set(drawn.data.subarray(start, start + cell * 3), start);
    }
  });
  return { ...original, data };
}

/** How far codes move, in rows and columns, when there is to be room at a side. */
function shiftOf(side: ExtendSide, numNew: number): { rows: number; columns: number } {
  switch (side) {
    case "left":
      return { rows: 0, columns: numNew };
    case "right":
      return { rows: 0, columns: -numNew };
    case "top":
      return { rows: numNew, columns: 0 };
    case "bottom":
      return { rows: -numNew, columns: 0 };
    default:
      throw new OptionError(
        `extend must be one of ${EXTEND_SIDES.join(", ")}, got ${JSON.stringify(side satisfies never)}`,
      );
  }
}

/** Codes of a square grid moved away from a side, where `numNew` rows or columns are left masked. */
export function moveCodes(codes: Int32Array, gridSide: number, side: ExtendSide, numNew: number): Int32Array {
  const { rows, columns } = shiftOf(side, numNew);
  return codes.map((_, place) => {
    const row = Math.floor(place / gridSide) - rows;
    const column = (place % gridSide) - columns;
    const isInside = row >= 0 && row < gridSide && column >= 0 && column < gridSide;
    return isInside ? codes[row * gridSide + column] : MASKED;
  });
}

/** The picture with what was drawn beyond its side, decoded as one: larger than what the model sees at a time. */
export async function extendedPicture(
  pictures: PicturePieces,
  {
    original,
    filled,
    side,
    numNew,
    fitted,
    keepOriginal,
  }: {
    original: Int32Array;
    filled: Int32Array;
    side: ExtendSide;
    numNew: number;
    fitted: Image;
    keepOriginal: boolean;
  },
): Promise<{ image: Image; codes: Int32Array; gridHeight: number; gridWidth: number }> {
  const { gridSide, resolution } = pictures;
  const { rows, columns } = shiftOf(side, numNew);
  const gridHeight = gridSide + Math.abs(rows);
  const gridWidth = gridSide + Math.abs(columns);
  // Where the picture begins, and where the square that was filled begins.
  const [pictureTop, pictureLeft] = [Math.max(0, rows), Math.max(0, columns)];
  const [squareTop, squareLeft] = [Math.max(0, -rows), Math.max(0, -columns)];
  const codes = new Int32Array(gridHeight * gridWidth);
  const place = (from: Int32Array, top: number, left: number) => {
    for (let row = 0; row < gridSide; row++) {
      codes.set(from.subarray(row * gridSide, (row + 1) * gridSide), (top + row) * gridWidth + left);
    }
  };
  place(filled, squareTop, squareLeft);
  place(original, pictureTop, pictureLeft);
  const image = await decodePicture(pictures, codes, gridHeight, gridWidth);
  const cell = resolution / gridSide;
  if (keepOriginal) pasteImage(image, fitted, pictureLeft * cell, pictureTop * cell);
  return { image, codes, gridHeight, gridWidth };
}
