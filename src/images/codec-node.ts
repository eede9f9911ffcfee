/**
 * Picture files in Node, through sharp (libvips). `codec-web.ts` is the same for browsers; both are reached as "#image-codec".
 * Sizing to what a model wants is in `preprocess.ts`.
 */
import sharp from "sharp";
import type { Image } from "./image.js";
import { ImageError, MAX_PIXELS, readImageHeader } from "./image-header.js";

export { encodeGif } from "./gif.js";

/** File formats that pictures are written in. */
export type EncodedFormat = "png" | "jpeg" | "webp";

/**
 * Pixels of a PNG, JPEG, WebP or GIF (its first frame) as 8-bit sRGB: EXIF orientation applied, transparency over white, grey,
 * 16-bit and CMYK pictures converted.
 * @throws ImageError when the bytes are no such picture, are cut short or damaged, or have too many pixels
 */
export async function decodeImage(bytes: Uint8Array): Promise<Image> {
  const { format, width, height } = readImageHeader(bytes);
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error" })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`);
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\s*\n\s*/g, "; ");
    const found = `the ${format.toUpperCase()} file (${width}×${height} pixels, ${bytes.length} bytes)`;
    throw new ImageError(`${found} is damaged or cut short: ${reason}`, { cause });
  }
}

/** A picture as a file; `jpeg` and `webp` at quality 92, without subsampled colours in JPEG. */
export async function encodeImage(image: Image, format: EncodedFormat = "png"): Promise<Uint8Array> {
  const { width, height, data } = image;
  const pipeline = sharp(data, { raw: { width, height, channels: 3 } });
  switch (format) {
    case "png":
      return toBytes(await pipeline.png().toBuffer());
    case "webp":
      return toBytes(await pipeline.webp({ quality: 92 }).toBuffer());
    case "jpeg":
      return toBytes(await pipeline.jpeg({ quality: 92, chromaSubsampling: "4:4:4" }).toBuffer());
    default:
      throw new RangeError(
        `pictures are written as png, jpeg or webp, not as ${JSON.stringify(format satisfies never)}`,
      );
  }
}

function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
