/**
 * A font of ASCII in pixels, for systems that have no fonts. Letters are 7 pixels wide and 14 high, one bit each, drawn after DejaVu Sans Mono
 * (free to use and embed); any other letter is a box.
 */
import type { Image } from "./image.js";

const PIXEL_LETTER_WIDTH = 7;
const HEIGHT = 14;
const BITS_PER_LETTER = PIXEL_LETTER_WIDTH * HEIGHT;

/** The letters from "!" to "~", each row by row, the leftmost pixel first. */
const GLYPHS = [
  "AAAAgQIECAAAQAAAAAAAUKFAAAAAAAAAAAAAChT8oU/JFAAAAAAAAg8ocHBQp4IAAAAAAwkSGxgcJDAAAAAAAHGBBgpyJnwAAAAAAAgQIAAAAAAA",
  "AAAAAAEECBBgQIEDAAAAAAEBAgQMECBBgAAAAAAh8cVCAAAAAAAAAAAAACBD4QIAAAAAAAAAAAAAAACBAgAAAAAAAAAACAAAAAAAAAAAAAAAAAAI",
  "EAAAAAAAAggQQIIEGCAAAAAABxEiVKkSI4AAAAAAAYECBAgQIPAAAAAAAPAwIIMMEHwAAAAAADwECOBgQJ4AAAAAAAEGFCiR8ECAAAAAAAPEDB4C",
  "BBngAAAAAAB5ggeIkSI4AAAAAAA+DBAgwQIIAAAAAAAHESI42RIjgAAAAAABxEiRPgQZ4AAAAAAAAACBAAAIEAAAAAAAAAAgQAACBAgAAAAAAAAC",
  "OMDgYAAAAAAAAAAAHwB8AAAAAAAAAAACA4GGMAAAAAAAABwEGGCBAAQAAAAAAAAJIB9GjLQMBgAAAACDhQo2fIsYAAAAAADxEieIkSJ4AAAAAAAe",
  "YIECBAwPAAAAAAAPEyJEiRJngAAAAAAD5AgfMECB8AAAAAAA+YMHzBgwYAAAAAAAHmCBAmRMjwAAAAAACJEifIkSJEAAAAAAA+ECBAgQIfAAAAAA",
  "AHAgQIECBHgAAAAAACJIocKEiZEAAAAAAAwYMGDBgwfAAAAAAAImzZ8qRIkQAAAAAADJkyVKkyZMAAAAAAAcRIkSJEiOAAAAAAAPESJE8QIEAAAA",
  "AAABxEiRIkSI4EAAAAAA8TIkzxMiRgAAAAAAHkCBwGBAngAAAAAAH8QIECBAgQAAAAAAAiRIkSJEiOAAAAAAAIkSJsUKHBAAAAAAAEGCrVNmzZsA",
  "AAAAAAiLFBBwoiRAAAAAAAIkRQ4IECBAAAAAAAD4EEGCCDB+AAAAAAAIECBAgQIECBAAAAAIGBAgIEBAgIAAAAAAgQIECBAgQIEAAAAAIKIgAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAACAgAAAAAAAAAAAAAAAAAPAR5EmfAAAAAAAIEDxkiRMngAAAAAAAAAeIIEBA8AAAAAAACBHkyJEmPAAAAAAAAABxE+",
  "QIDwAAAAAAAwQ+ECBAgQAAAAAAAAAHkyJEmPAjgAAAAIEDxkiRIkQAAAAAAAgAYECBAh8AAAAAAAIAGBAgQIECDAAAAAMGDZ44aNmQAAAAAABgQI",
  "ECBAgcAAAAAAAAAPlSpUqVAAAAAAAAADxkiRIkQAAAAAAAAAcRIkSI4AAAAAAAAAPGSJEyeIEAAAAAAAB5MiRIjwIEAAAAAAAeMECBAgAAAAAAAA",
  "AHGBgMCeAAAAAAAADD4wYMCBwAAAAAAAAAiRIkSI8AAAAAAAAAIkRQocEAAAAAAAAAEHGqVNmwAAAAAAAAAiKCDhREAAAAAAAAAIkRQocECCAAAA",
  "AAAB4IMEEHwAAAAAAAwQIEGBAgQIDAAAAAIECBAgQIECBAgAAAGBAgQMECBAhgAAAAAAAAAPgAAAAAAA",
].join("");

let glyphBytes: Uint8Array | undefined;

/** Draws one line of text onto `image`, in place, cut off at its edges; (`left`, `top`) is its upper left corner. */
export function drawPixelText(image: Image, text: string, left: number, top: number, grey = 34): void {
  [...text].forEach((letter, position) => {
    for (let bit = 0; bit < BITS_PER_LETTER; bit++) {
      if (!isInked(letter, bit)) continue;
      const x = left + position * PIXEL_LETTER_WIDTH + (bit % PIXEL_LETTER_WIDTH);
      const y = top + Math.floor(bit / PIXEL_LETTER_WIDTH);
      if (x < 0 || y < 0 || x >= image.width || y >= image.height) continue;
      image.data.fill(grey, (y * image.width + x) * 3, (y * image.width + x) * 3 + 3);
    }
  });
}

function isInked(letter: string, bit: number): boolean {
  if (letter.trim() === "") return false;
  const glyph = letter.charCodeAt(0) - 33;
  if (glyph < 0 || glyph >= 94) return isBox(bit);
  glyphBytes ??= Uint8Array.from(atob(GLYPHS), (char) => char.charCodeAt(0));
  const at = glyph * BITS_PER_LETTER + bit;
  return ((glyphBytes[at >> 3] >> (7 - (at & 7))) & 1) === 1;
}

function isBox(bit: number): boolean {
  const [x, y] = [bit % PIXEL_LETTER_WIDTH, Math.floor(bit / PIXEL_LETTER_WIDTH)];
  return x < 6 && y > 1 && y < 11 && (x === 0 || x === 5 || y === 2 || y === 10);
}
