/** Decodes files as the browser does, and encodes what came out. */
import { decodeImage, encodeImage } from "#image-codec";

export default async function decode({ bytes, format }: { bytes: Uint8Array; format: "png" | "jpeg" | "webp" }) {
  try {
    const image = await decodeImage(bytes);
    return { image, encoded: await encodeImage(image, format) };
  } catch (error) {
    return { error: `${(error as Error).name}: ${(error as Error).message}` };
  }
}
