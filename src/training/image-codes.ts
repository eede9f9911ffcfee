/** Codes of training pictures: each is encoded once, many at a time, and remembered by its key while there is room. */
import type { Image, ImageSource } from "../images/image.js";

/** Codes of pictures, in their order. */
export type ImageEncoder = (images: readonly Image[]) => Promise<readonly ArrayLike<number>[]>;

export interface ImageCodes {
  /** Makes the codes of all these pictures known. @throws what loading a picture throws */
  prepare(images: readonly ImageSource[]): Promise<void>;
  /** Whether the codes of the picture with this key are there. */
  isKnown(key: string): boolean;
  /** The codes of a picture that was prepared. */
  get(image: ImageSource): Int32Array;
}

/** Pixels encoded in one call: 32 pictures of 128 pixels a side, two of 512, which already take a gigabyte in the released network. */
const PIXELS_AT_ONCE = 2 ** 19;

/** Pictures of so many pixels a side that are encoded in one call. */
export function picturesAtOnce(resolution: number): number {
  return Math.min(32, Math.max(1, Math.floor(PIXELS_AT_ONCE / resolution ** 2)));
}

/** Codes that are remembered: 128 MB of them, half a million pictures of 64 codes. */
const MAX_REMEMBERED = 2 ** 25;

/**
 * @param atOnce pictures that `encode` is given at most
 * @param maxRemembered codes beyond which the pictures used longest ago are forgotten, unless they were just prepared
 */
export function createImageCodes(encode: ImageEncoder, atOnce: number, maxRemembered = MAX_REMEMBERED): ImageCodes {
  /** The one used last comes last. */
  const known = new Map<string, Int32Array>();
  let numRemembered = 0;
  const remember = (key: string, codes: Int32Array): void => {
    numRemembered += codes.length - (known.get(key)?.length ?? 0);
    known.delete(key);
    known.set(key, codes);
  };
  const forget = (inUse: number): void => {
    for (const [key, codes] of known) {
      if (numRemembered <= maxRemembered || known.size <= inUse) return;
      known.delete(key);
      numRemembered -= codes.length;
    }
  };
  return {
    async prepare(images) {
      const keys = new Set(images.map(({ key }) => key));
      const missing = [
        ...new Map(images.filter(({ key }) => !known.has(key)).map((image) => [image.key, image])).values(),
      ];
      for (let start = 0; start < missing.length; start += atOnce) {
        const part = missing.slice(start, start + atOnce);
        const codes = await encode(await Promise.all(part.map((image) => image.load())));
        part.forEach(({ key }, i) => {
          remember(key, Int32Array.from(codes[i]));
        });
      }
      for (const key of keys) remember(key, known.get(key) as Int32Array);
      forget(keys.size);
    },
    isKnown: (key) => known.has(key),
    get({ key }) {
      const codes = known.get(key);
      if (!codes) throw new Error(`the picture "${key}" was not encoded`);
      return codes;
    },
  };
}
