/**
 * Noise as sampling in blocks meets a row: what stands before a block is clean, what stands behind it is masked, and inside of it places are
 * masked at time t (block diffusion, Arriola et al. 2025, arXiv 2503.09573, on a canvas whose length is given). Masks spread over a whole
 * answer seldom show a step of reasoning without the next one, which gives its result away; such rows do.
 */
import type { Random } from "../array/random.js";
import type { Row } from "../tokens/sequence.js";

/** Which rows of a task are noised so. */
export interface BlockNoise {
  /** Places of a block of text, as the sampler's `blockLength`; a picture is one block. */
  readonly length: number;
  /** The share of rows. */
  readonly share: number;
}

/** A block of a row. */
export interface Block {
  /** 1 at its places. */
  readonly isInside: Uint8Array;
  /** 1 at the places that are filled after it. */
  readonly isBehind: Uint8Array;
}

/**
 * A block of a row, chosen in proportion to what its places are worth: over many draws each place is learnt as often as it is worth.
 * @param worth of each place of the row
 */
export function chooseBlock(row: Row, length: number, worth: Float32Array, rng: Random): Block {
  const { places, blockOf } = blocksOf(row, length);
  let left = rng.uniform() * places.reduce((sum, place) => sum + worth[place], 0);
  return blockAt(row, length, blockOf(places.find((place) => (left -= worth[place]) < 0) ?? places[places.length - 1]));
}

/** The block that sampling fills first. */
export function firstBlock(row: Row, length: number): Block {
  const { places, blockOf } = blocksOf(row, length);
  return blockAt(row, length, blockOf(places[0]));
}

/** The places of a row that may be masked, and the number of each one's block: text in blocks of so many places, a picture one block. */
function blocksOf(row: Row, length: number) {
  const places = Array.from(row.isMaskable.keys()).filter((place) => row.isMaskable[place]);
  const { image } = row.spans;
  const isPicture = (place: number) => image !== undefined && place >= image.start && place < image.end;
  const blockOf = (place: number) => (isPicture(place) ? row.ids.length : Math.floor((place - places[0]) / length));
  return { places, blockOf };
}

function blockAt(row: Row, length: number, chosen: number): Block {
  const { blockOf } = blocksOf(row, length);
  const flags = (isIn: (block: number) => boolean) =>
    row.isMaskable.map((flag, place) => (flag && isIn(blockOf(place)) ? 1 : 0));
  return { isInside: flags((block) => block === chosen), isBehind: flags((block) => block > chosen) };
}
