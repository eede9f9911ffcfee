/** Which emoji the image tokenizer never trains on: 200 of the base pictures, by a hash of the file name, and their variants. */
import { hashText } from "./hash.js";

export const NUM_HELD_OUT_EMOJI = 200;

/** The file names held out, given the file names of all base emoji (those that are no variant of skin of another). */
export function heldOutEmoji(baseFiles: readonly string[]): ReadonlySet<string> {
  const byHash = [...baseFiles].sort((a, b) => hashText(a) - hashText(b) || (a < b ? -1 : 1));
  return new Set(byHash.slice(0, NUM_HELD_OUT_EMOJI));
}
