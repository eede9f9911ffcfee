/**
 * Picture files in browsers and workers, through createImageBitmap and OffscreenCanvas. `codec-node.ts` is the same for Node; both are
 * reached as "#image-codec". Knows no document: it runs in workers.
 */
import { toRgba } from "./gif.js";
import type { Image } from "./image.js";
import { ImageError, readImageHeader } from "./image-header.js";

export { encodeGif } from "./gif.js";

/** What of the browser is used here, so that this file needs no other globals than the rest. */
interface Bitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}
interface Context2d {
  readonly canvas: { convertToBlob(options: { type: string; quality: number }): Promise<Blob> };
  fillStyle: string;
  fillRect(x: number, y: number, width: number, height: number): void;
  drawImage(bitmap: Bitmap, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  putImageData(data: unknown, x: number, y: number): void;
}
const browser = globalThis as unknown as {
  createImageBitmap(blob: Blob, options: { imageOrientation: "from-image" }): Promise<Bitmap>;
  ImageData: new (rgba: Uint8ClampedArray, width: number, height: number) => unknown;
  OffscreenCanvas: new (
    width: number,
    height: number,
  ) => { getContext(kind: "2d", options: { willReadFrequently: boolean }): Context2d | null };
};

/** File formats that pictures are written in. */
export type EncodedFormat = "png" | "jpeg" | "webp";

/**
 * Pixels of a PNG, JPEG, WebP or GIF (its first frame) as 8-bit sRGB: EXIF orientation applied, transparency over white, colours as
 * the browser converts them.
 * @throws ImageError when the bytes are no such picture, are cut short or damaged, or have too many pixels
 */
export async function decodeImage(bytes: Uint8Array): Promise<Image> {
  const { format, width, height } = readImageHeader(bytes);
  // A copy: a Blob takes no view of shared memory.
  const blob = new Blob([new Uint8Array(bytes)], { type: `image/${format}` });
  let bitmap: Bitmap;
  try {
    bitmap = await browser.createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch (cause) {
    const found = `the ${format.toUpperCase()} file (${width}×${height} pixels, ${bytes.length} bytes)`;
    throw new ImageError(`${found} is damaged or cut short: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  try {
    const context = contextOf(bitmap.width, bitmap.height);
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, bitmap.width, bitmap.height);
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    const data = new Uint8Array(bitmap.width * bitmap.height * 3);
    for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) data.set(rgba.subarray(from, from + 3), to);
    return { width: bitmap.width, height: bitmap.height, data };
  } finally {
    bitmap.close();
  }
}

/** A picture as a file; `jpeg` and `webp` at quality 92. @throws ImageError when the browser cannot write the format */
export async function encodeImage(image: Image, format: EncodedFormat = "png"): Promise<Uint8Array> {
  const context = contextOf(image.width, image.height);
  const rgba = new Uint8ClampedArray(toRgba(image).buffer);
  context.putImageData(new browser.ImageData(rgba, image.width, image.height), 0, 0);
  const blob = await context.canvas.convertToBlob({ type: `image/${format}`, quality: 0.92 });
  if (blob.type !== `image/${format}`)
    throw new ImageError(`this browser cannot write ${format.toUpperCase()} files; use png`);
  return new Uint8Array(await blob.arrayBuffer());
}

function contextOf(width: number, height: number): Context2d {
  const context = new browser.OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new ImageError(`the browser gave no canvas of ${width}×${height} pixels`);
  return context;
}
