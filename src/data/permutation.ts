/**
 * Pseudo-random orders without a list: a keyed bijection of [0, length), so that a shuffled epoch of a billion records takes
 * no memory and its k-th record is found at once. A balanced Feistel network over the next power of four, whose numbers
 * beyond the length are walked on until one falls inside (Black and Rogaway 2002). Not a cipher.
 */
import { hashText } from "./hash.js";

const NUM_ROUNDS = 6;

/** An order of `length` things. */
export interface Permutation {
  /** What stands at `position`, 0 ≤ position < length. Distinct positions give distinct values in the same range. */
  at(position: number): number;
}

/**
 * The order that belongs to `key`.
 * @throws RangeError for a length that is no whole number from 1 to 2^52
 */
export function createPermutation(key: string, length: number): Permutation {
  if (!Number.isInteger(length) || length < 1 || length > 2 ** 52) {
    throw new RangeError(`cannot permute ${length} things: a whole number from 1 to 2^52 is needed`);
  }
  let halfBits = 1;
  while (4 ** halfBits < length) halfBits++;
  const half = 2 ** halfBits;
  const roundKeys = Array.from({ length: NUM_ROUNDS }, (_, round) => hashText(`${key}/${round}`));
  const encrypt = (value: number): number => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (const roundKey of roundKeys) [left, right] = [right, (left ^ mix(right, roundKey)) & (half - 1)];
    return left * half + right;
  };
  return {
    at(position) {
      if (!Number.isInteger(position) || position < 0 || position >= length) {
        throw new RangeError(`position ${position} is outside of [0, ${length})`);
      }
      let value = encrypt(position);
      while (value >= length) value = encrypt(value);
      return value;
    },
  };
}

/** 32 well-mixed bits of a number below 2^26 and a key. */
function mix(value: number, key: number): number {
  let hash = Math.imul(value ^ key, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) + key;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
