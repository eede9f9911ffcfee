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

/** Pictures encoded in one call. */
const CHUNK = 32;

export function createImageCodes(encode: ImageEncoder): ImageCodes {
  const known = new Map<string, Uint16Array>();
  return {
    async prepare(images) {
      const missing = [
        ...new Map(images.filter(({ key }) => !known.has(key)).map((image) => [image.key, image])).values(),
      ];
      for (let start = 0; start < missing.length; start += CHUNK) {
        const chunk = missing.slice(start, start + CHUNK);
        const codes = await encode(await Promise.all(chunk.map((image) => image.load())));
        chunk.forEach(({ key }, i) => {
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
