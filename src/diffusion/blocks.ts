/** What is planned before the first step: which places are filled in which block, and how many at each of its steps. */
import type { Row } from "../tokens/sequence.js";
import type { SamplerSettings } from "./canvas.js";
import { groupBy } from "./group-by.js";
import { evenTransferCounts, scheduledTransferCounts } from "./mask-schedule.js";

/** More than any sequence has places; beyond, steps that reveal nothing would only go on. */
export const MAX_STEPS = 2 ** 16;

/** Places that are filled before those of the next block are begun. */
export interface Block {
  readonly places: readonly number[];
  /** Places to reveal at each step. */
  readonly counts: readonly number[];
}

/** The places that are to be filled. */
export function maskedPlaces({ ids, isMaskable }: Row, maskTokenId: number): number[] {
  return Array.from(ids.keys()).filter((place) => ids[place] === maskTokenId && isMaskable[place]);
}

/**
 * Cuts the masked places into blocks and shares the steps out among them.
 * @throws RangeError when the steps, or the length of a block, do not fit
 */
export function planBlocks(row: Row, masked: readonly number[], settings: SamplerSettings): Block[] {
  const { steps, blockLength, schedule } = settings;
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= MAX_STEPS)) {
    throw new RangeError(`steps must be a whole number from 1 to ${MAX_STEPS}, got ${steps}`);
  }
  if (masked.length === 0) return [];
  const blocks = blocksOf(row, masked, blockLength);
  // By a threshold as many steps are taken as it comes to.
  if (steps % blocks.length !== 0 && settings.confidenceThreshold === undefined) {
    throw new RangeError(`${steps} steps cannot be shared out evenly among ${blocks.length} blocks`);
  }
  const stepsPerBlock = Math.ceil(steps / blocks.length);
  return blocks.map((block) => ({
    places: block,
    counts:
      schedule === "even"
        ? evenTransferCounts(block.length, stepsPerBlock)
        : scheduledTransferCounts(block.length, stepsPerBlock, schedule),
  }));
}

/** The masked places, block by block; blocks without any are left out. Without a length all are one. */
export function blocksOf(row: Row, masked: readonly number[], blockLength = row.ids.length): number[][] {
  if (!(blockLength >= 1)) throw new RangeError(`blockLength must be at least 1, got ${blockLength}`);
  const start = row.isMaskable.indexOf(1);
  return groupBy(masked, (place) => Math.floor((place - start) / blockLength));
}
