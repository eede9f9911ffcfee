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
 * The block whose noise a row is learnt with; undefined where masks may fall all over it. Where the beginning of an answer is given, it is
 * the block where sampling goes on.
 */
export function drawBlock(
  row: Row,
  { length, share }: BlockNoise,
  worth: Float32Array,
  rng: Random,
): Block | undefined {
  if (row.spans.given) {
    const { places, at } = blocksOf(row, length);
    return at(places[0]);
  }
  return rng.uniform() < share ? chooseBlock(row, length, worth, rng) : undefined;
}

/**
 * A block of a row, chosen in proportion to what its places are worth: over many draws each place is learnt as often as it is worth.
 * @param worth of each place of the row
 */
export function chooseBlock(row: Row, length: number, worth: Float32Array, rng: Random): Block {
  const { places, at } = blocksOf(row, length);
  let left = rng.uniform() * places.reduce((sum, place) => sum + worth[place], 0);
  return at(places.find((place) => (left -= worth[place]) < 0) ?? places[places.length - 1]);
}

/** The blocks of a row: what may be masked of its text in blocks of so many places, a picture one block. */
function blocksOf(row: Row, length: number) {
  const places = Array.from(row.isMaskable.keys()).filter((place) => row.isMaskable[place]);
  const { image } = row.spans;
  const isPicture = (place: number) => image !== undefined && place >= image.start && place < image.end;
  const numberOf = (place: number) => (isPicture(place) ? row.ids.length : Math.floor((place - places[0]) / length));
  const flags = (isIn: (block: number) => boolean) =>
    row.isMaskable.map((flag, place) => (flag && isIn(numberOf(place)) ? 1 : 0));
  return {
    places,
    /** The block that a place is in. */
    at(place: number): Block {
      const chosen = numberOf(place);
      return { isInside: flags((block) => block === chosen), isBehind: flags((block) => block > chosen) };
    },
  };
}
