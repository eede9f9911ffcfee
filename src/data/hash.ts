/** A hash of text that never changes: what is held out from training is chosen by it, so it must be the same for ever. */

/** 32 bits, well mixed: FNV-1a over UTF-16 units, then the finalizer of MurmurHash3. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Which examples a generator may give: those for training, those kept from it, or both. */
export type Split = "train" | "heldOut" | "any";
