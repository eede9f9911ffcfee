/**
 * What the first bytes of a picture say: its format and size, without decoding. Both codecs read it first, so that something that is
 * no picture, or is absurdly large, is refused with the same words and before any memory is taken. Decodes no pixels.
 */

export type ImageFormat = "png" | "jpeg" | "webp" | "gif";

export interface ImageHeader {
  readonly format: ImageFormat;
  /** As stored: before the EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
}

/** Bytes that are no usable picture: what was found, and what would do. */
export class ImageError extends Error {
  override readonly name = "ImageError";
}

/** The most pixels that are decoded: 8192 × 8192. A file of a few kilobytes can claim billions. */
export const MAX_PIXELS = 2 ** 26;

/**
 * Format, width and height of a PNG, JPEG, WebP or GIF file.
 * @throws ImageError naming what was found when it is something else, ends within its header, or has more than `MAX_PIXELS` pixels
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const format = sniffFormat(bytes);
  if (!format) {
    throw new ImageError(
      `not a picture that can be read: found ${describeBytes(bytes)}; give a PNG, JPEG, WebP or GIF file`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: readonly [number, number];
  try {
    size = READERS[format](view);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageError(`the ${format.toUpperCase()} file ends within its header, after ${bytes.length} bytes`, {
      cause,
    });
  }
  const [width, height] = size;
  if (width === 0 || height === 0)
    throw new ImageError(`the ${format.toUpperCase()} file says that it is ${width}×${height} pixels`);
  if (width * height > MAX_PIXELS) {
    throw new ImageError(
      `the picture is ${width}×${height} pixels, more than the ${MAX_PIXELS} that are read; make it smaller`,
    );
  }
  return { format, width, height };
}

const READERS: Record<ImageFormat, (view: DataView) => readonly [number, number]> = {
  png: (view) => {
    if (view.getUint32(12) !== 0x49484452) throw new ImageError("the PNG file does not begin with an IHDR chunk");
    return [view.getUint32(16), view.getUint32(20)];
  },
  gif: (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  webp: (view) => {
    const chunk = view.getUint32(12);
    if (chunk === 0x56503820) return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]; // "VP8 "
    if (chunk === 0x5650384c) {
      const bits = view.getUint32(21, true); // "VP8L": twice 14 bits
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    if (chunk === 0x56503858) return [uint24(view, 24) + 1, uint24(view, 27) + 1]; // "VP8X"
    throw new ImageError("the WebP file begins with an unknown chunk");
  },
  jpeg: (view) => {
    let offset = 2;
    for (;;) {
      if (view.getUint8(offset) !== 0xff)
        throw new ImageError(`the JPEG file has no marker at byte ${offset}, where one must be`);
      const marker = view.getUint8(offset + 1);
      if (marker === 0xff) {
        offset += 1; // filler
        continue;
      }
      // Start of frame: C0 to CF, but for the tables C4, C8 and CC.
      const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
      if (isFrame) return [view.getUint16(offset + 7), view.getUint16(offset + 5)];
      if (marker === 0xd9 || marker === 0xda) throw new ImageError("the JPEG file has no frame header before its data");
      const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
      offset += isBare ? 2 : 2 + view.getUint16(offset + 2);
    }
  },
};

function uint24(view: DataView, offset: number): number {
  return view.getUint8(offset) | (view.getUint8(offset + 1) << 8) | (view.getUint8(offset + 2) << 16);
}

function sniffFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "png";
  if (startsWith(bytes, "\xff\xd8\xff")) return "jpeg";
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) return "gif";
  if (startsWith(bytes, "RIFF") && startsWith(bytes.subarray(8), "WEBP")) return "webp";
  return undefined;
}

const OTHERS: readonly (readonly [prefix: string, name: string])[] = [
  ["%PDF", "a PDF document"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "gzip data"],
  ["BM", "a BMP picture"],
  ["II*\0", "a TIFF picture"],
  ["MM\0*", "a TIFF picture"],
  ["RIFF", "a RIFF file that is not WebP"],
  ["\xff\x0a", "a JPEG XL picture"],
  ["<svg", "an SVG drawing"],
  ["<!doctype html", "an HTML page"],
  ["<html", "an HTML page"],
  ["<?xml", "an XML document"],
  ["version https://git-lfs", "a Git LFS pointer in place of the file"],
];

/** A few words on what the bytes look like, for error messages. */
function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  if (startsWith(bytes.subarray(4), "ftypavif")) return "an AVIF picture";
  if (startsWith(bytes.subarray(4), "ftyphei")) return "a HEIC picture";
  const known = OTHERS.find(([prefix]) => startsWith(bytes, prefix));
  if (known) return known[1];
  const head = bytes.subarray(0, 40);
  const isText = head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
  if (isText) return `text that begins with ${JSON.stringify(new TextDecoder().decode(head))}`;
  const hex = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${bytes.length} bytes that begin with ${hex}`;
}

/** Letters match in either case. */
function startsWith(bytes: Uint8Array, prefix: string): boolean {
  if (bytes.length < prefix.length) return false;
  const head = String.fromCharCode(...bytes.subarray(0, prefix.length));
  return head === prefix || head.toLowerCase() === prefix;
}
