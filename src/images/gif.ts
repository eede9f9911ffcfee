/** Animated GIFs from pictures, in plain JavaScript: the same for Node and browsers. Reading them is the codecs' part. */
import * as gifencModule from "gifenc";
import type { Image } from "./image.js";

// Node sees the CommonJS build, as one default export; bundlers see the named exports.
const gifenc = (
  "GIFEncoder" in gifencModule ? gifencModule : (gifencModule as { default: typeof gifencModule }).default
) as typeof gifencModule;

/** How long the pictures of an animation stay. */
export interface GifOptions {
  /** How long each picture stays, in milliseconds (GIF keeps hundredths of a second). Default 100. */
  readonly delayMs?: number;
  /** How long the last one stays, to look at it. Default: as the others. */
  readonly lastDelayMs?: number;
}

/**
 * An endless animation, each frame with its own palette of 256 colours.
 * @throws RangeError when there is no picture, or they differ in size
 */
export async function encodeGif(images: readonly Image[], options: GifOptions = {}): Promise<Uint8Array> {
  if (images.length === 0) throw new RangeError("a GIF needs at least one picture");
  const { width, height } = images[0];
  const { delayMs = 100, lastDelayMs = delayMs } = options;
  const encoder = gifenc.GIFEncoder();
  images.forEach((image, index) => {
    if (image.width !== width || image.height !== height) {
      throw new RangeError(`frame ${index} is ${image.width}×${image.height}, the first is ${width}×${height}`);
    }
    const rgba = toRgba(image);
    const palette = gifenc.quantize(rgba, 256);
    const delay = index === images.length - 1 ? lastDelayMs : delayMs;
    encoder.writeFrame(gifenc.applyPalette(rgba, palette), width, height, { palette, delay, repeat: 0 });
  });
  encoder.finish();
  return encoder.bytes();
}

/** The same pixels with an opaque fourth channel. */
export function toRgba(image: Image): Uint8Array<ArrayBuffer> {
  const numPixels = image.width * image.height;
  const rgba = new Uint8Array(numPixels * 4).fill(255);
  for (let i = 0; i < numPixels; i++) rgba.set(image.data.subarray(i * 3, i * 3 + 3), i * 4);
  return rgba;
}
