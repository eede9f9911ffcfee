/** Codes of training pictures: each is encoded once, many at a time, and remembered by its key. */
import type { Image, ImageSource } from "../images/image.js";

/** Codes of pictures, in their order. */
export type ImageEncoder = (images: readonly Image[]) => Promise<readonly ArrayLike<number>[]>;

export interface ImageCodes {
  /** Makes the codes of all these pictures known. @throws what loading a picture throws */
  prepare(images: readonly ImageSource[]): Promise<void>;
  /** Whether the codes of the picture with this key are there. */
  isKnown(key: string): boolean;
  /** The codes of a picture that was prepared. */
  get(image: ImageSource): Uint16Array;
}

/** Pixels encoded in one call: 32 pictures of 128 pixels a side, two of 512, which already take a gigabyte in the released network. */
const PIXELS_AT_ONCE = 2 ** 19;

/** Pictures of so many pixels a side that are encoded in one call. */
export function picturesAtOnce(resolution: number): number {
  return Math.min(32, Math.max(1, Math.floor(PIXELS_AT_ONCE / resolution ** 2)));
}

/** @param atOnce pictures that `encode` is given at most */
export function createImageCodes(encode: ImageEncoder, atOnce: number): ImageCodes {
  const known = new Map<string, Uint16Array>();
  return {
    async prepare(images) {
      const missing = [
        ...new Map(images.filter(({ key }) => !known.has(key)).map((image) => [image.key, image])).values(),
      ];
      for (let start = 0; start < missing.length; start += atOnce) {
        const part = missing.slice(start, start + atOnce);
        const codes = await encode(await Promise.all(part.map((image) => image.load())));
        part.forEach(({ key }, i) => {
          known.set(key, Uint16Array.from(codes[i]));
        });
      }
    },
    isKnown: (key) => known.has(key),
    get({ key }) {
      const codes = known.get(key);
      if (!codes) throw new Error(`the picture "${key}" was not encoded`);
      return codes;
    },
  };
}
