/**
 * A start for the rows of image codes: a code is a word of bits, so its row is the sum of one random vector for each bit, plus or
 * minus, and some noise of its own. Codes that share bits begin alike, which saves a small model much of the time that it takes
 * to find that out (mini-world trials: colours grounded after a fraction of the rows).
 */
import { normal, type Random } from "../array/random.js";
import { EMBEDDING_NAME, HEAD_NAME } from "../model/transformer.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import type { Weights } from "./objective.js";

/**
 * Overwrites the code rows of the embedding and the output head, in place; rows keep the root mean square of those they replace.
 * @param noise share of each row, 0 to 1 by variance, that is its own
 */
export function startCodesFromBits(weights: Weights, vocabulary: Vocabulary, noise: number, rng: Random): void {
  const { imageOffset, codebookSize } = vocabulary;
  const numBits = Math.log2(codebookSize);
  if (!Number.isInteger(numBits)) {
    throw new RangeError(
      `codes of ${codebookSize} entries have no whole number of bits: set codeInitialization to random`,
    );
  }
  for (const name of [EMBEDDING_NAME, HEAD_NAME]) {
    const table = weights.get(name);
    if (!table) continue; // the head is the embedding
    const { data, shape } = table;
    const draw = rng.fork(name);
    const width = shape[1];
    const rows = data.subarray(imageOffset * width, (imageOffset + codebookSize) * width);
    const deviation = Math.sqrt(rows.reduce((sum, value) => sum + value * value, 0) / rows.length);
    const bits = Float32Array.from({ length: numBits * width }, () => normal(draw));
    const [shared, own] = [Math.sqrt((1 - noise) / numBits) * deviation, Math.sqrt(noise) * deviation];
    for (let code = 0; code < codebookSize; code++) {
      for (let d = 0; d < width; d++) {
        let sum = 0;
        for (let bit = 0; bit < numBits; bit++)
          sum += (code >> bit) & 1 ? bits[bit * width + d] : -bits[bit * width + d];
        rows[code * width + d] = shared * sum + own * normal(draw);
      }
    }
  }
}
