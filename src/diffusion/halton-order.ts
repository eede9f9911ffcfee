/**
 * The order of a Halton sequence: places of a grid so that any first few are spread over all of it (Besnier et al. 2025, arXiv 2503.17076).
 * Revealing by confidence goes to what is surest, plain ground in pictures, until there is no room left for what the prompt asks for; this
 * order looks at no confidence, and what is revealed together stands far apart.
 */
import type { Canvas } from "./canvas.js";

/** Points tried for each place; a sequence fills a grid long before. */
const POINTS_PER_PLACE = 64;

/** The rank of each place of a grid, row by row: 0 is revealed first. Text is a grid of one row. */
export function haltonRanks(numRows: number, numColumns: number): Int32Array {
  const ranks = new Int32Array(numRows * numColumns).fill(-1);
  let next = 0;
  for (let i = 1; next < ranks.length && i <= POINTS_PER_PLACE * ranks.length; i++) {
    const place =
      Math.floor(radicalInverse(i, 3) * numRows) * numColumns + Math.floor(radicalInverse(i, 2) * numColumns);
    if (ranks[place] < 0) ranks[place] = next++;
  }
  // Grids so long and thin that some places were never met.
  for (let place = 0; place < ranks.length; place++) if (ranks[place] < 0) ranks[place] = next++;
  return ranks;
}

/** The rank of each place of a canvas's row, by the order of its grid, whatever of it is masked. */
export function haltonOrder({ row, columns }: Canvas): (place: number) => number {
  const { start, end } = (columns === undefined ? undefined : row.spans.image) ?? {
    start: row.isMaskable.indexOf(1),
    end: row.isMaskable.lastIndexOf(1) + 1,
  };
  const width = columns ?? end - start;
  const ranks = haltonRanks(Math.ceil((end - start) / width), width);
  return (place) => ranks[place - start];
}

/** The digits of a whole number to a base, mirrored behind the point: 0 ≤ x < 1. */
function radicalInverse(number: number, base: number): number {
  let result = 0;
  for (let rest = number, share = 1 / base; rest > 0; rest = Math.floor(rest / base), share /= base)
    result += (rest % base) * share;
  return result;
}
