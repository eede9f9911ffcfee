/** Pictures and other bytes as text, for JSON and for terminals. */
import { encodeImage } from "#image-codec";
import type { Image } from "./image.js";

/** A picture as the `data:` URL of a PNG file. */
export async function pngDataUrl(image: Image): Promise<string> {
  return `data:image/png;base64,${base64(await encodeImage(image, "png"))}`;
}

/** Bytes in base64, padded, without line breaks. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  // In parts that are multiples of three, so that only the last is padded.
  for (let start = 0; start < bytes.length; start += 12_288) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + 12_288)));
  }
  return text;
}
