/**
 * Texts that say nearly the same: sets of three-word shingles compared by MinHash (Broder 1997), with candidates found by bands of equal
 * hashes, so that a text is compared with the few that may be like it and not with all.
 */
import { hashText } from "../data/hash.js";

const NUM_HASHES = 64;
/** Bands of four hashes: two texts that share 0.8 of their shingles meet in one with a probability of 0.9998, 0.3 with 0.12. */
const BAND_SIZE = 4;
const SHINGLE_WORDS = 3;

export interface NearDuplicateFilter {
  /** Whether the text is like none that was added before; it is then added itself. */
  add(text: string): boolean;
}

/** @param maxSimilarity shingles that two texts share, of all that they have, beyond which the later one is a duplicate: (0, 1] */
export function createNearDuplicateFilter(maxSimilarity: number): NearDuplicateFilter {
  if (!(maxSimilarity > 0 && maxSimilarity <= 1))
    throw new RangeError(`maxSimilarity must be in (0, 1], not ${maxSimilarity}`);
  const kept: ReadonlySet<string>[] = [];
  const byBand = new Map<string, number[]>();
  return {
    add(text) {
      const shingles = shinglesOf(text);
      const bands = bandsOf(shingles);
      const candidates = new Set(bands.flatMap((band) => byBand.get(band) ?? []));
      for (const candidate of candidates) if (similarity(shingles, kept[candidate]) >= maxSimilarity) return false;
      for (const band of bands) byBand.set(band, [...(byBand.get(band) ?? []), kept.length]);
      kept.push(shingles);
      return true;
    },
  };
}

/** Runs of three words, in small letters and without punctuation; of shorter texts the words together. */
function shinglesOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}.,;:!?'"]/gu) ?? [];
  const numShingles = Math.max(1, words.length - SHINGLE_WORDS + 1);
  return new Set(Array.from({ length: numShingles }, (_, i) => words.slice(i, i + SHINGLE_WORDS).join(" ")));
}

/** Shared, of all (Jaccard). */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const shingle of a) if (b.has(shingle)) shared++;
  return shared / (a.size + b.size - shared);
}

function bandsOf(shingles: ReadonlySet<string>): string[] {
  const minima = new Uint32Array(NUM_HASHES).fill(0xffffffff);
  for (const shingle of shingles) {
    const [a, b] = [hashText(shingle), hashText(`${shingle}/`) | 1];
    for (let i = 0; i < NUM_HASHES; i++) minima[i] = Math.min(minima[i], (a + Math.imul(i, b)) >>> 0);
  }
  return Array.from({ length: NUM_HASHES / BAND_SIZE }, (_, band) => {
    const start = band * BAND_SIZE;
    return `${band}:${minima.slice(start, start + BAND_SIZE).join(",")}`;
  });
}
