import { expect, test } from "vitest";
import { createRandom } from "../array/random.js";
import { type Row, withGiven } from "../tokens/sequence.js";
import { packBatch } from "./batch.js";
import { chooseBlock } from "./block-noise.js";

const [MASK, EOS] = [99, 98];

/** 6 places of prompt, 10 of reasoning, the last two of them fillers, 3 of marks and 4 of a picture. */
const row: Row = {
  task: "r2i",
  ids: Int32Array.from({ length: 23 }, (_, i) => (i >= 13 && i < 16 ? EOS : i)),
  spans: { prompt: { start: 0, end: 6 }, reasoning: { start: 6, end: 16 }, image: { start: 19, end: 23 } },
  isMaskable: Uint8Array.from({ length: 23 }, (_, i) => ((i >= 6 && i < 16) || i >= 19 ? 1 : 0)),
  isReal: new Uint8Array(23).fill(1),
};
const worth = Float32Array.from({ length: 23 }, (_, i) => (i === 14 || i === 15 ? 0.1 : 1));
const placesOf = (flags: Uint8Array) => Array.from(flags.keys()).filter((place) => flags[place]);

test("text is cut into blocks from its first place, a picture is one, and all that is filled later is behind", () => {
  const seen = new Map<string, string>();
  for (let seed = 0; seed < 60; seed++) {
    const { isInside, isBehind } = chooseBlock(row, 4, worth, createRandom(seed));
    seen.set(placesOf(isInside).join(" "), placesOf(isBehind).join(" "));
  }
  expect(Object.fromEntries(seen)).toEqual({
    "6 7 8 9": "10 11 12 13 14 15 19 20 21 22",
    "10 11 12 13": "14 15 19 20 21 22",
    "14 15": "19 20 21 22",
    "19 20 21 22": "",
  });
});

test("blocks are chosen by what they are worth", () => {
  const rng = createRandom("worth");
  const draws = Array.from({ length: 4000 }, () => placesOf(chooseBlock(row, 4, worth, rng).isInside)[0]);
  const shareOf = (first: number) => draws.filter((place) => place === first).length / draws.length;
  expect(Math.abs(shareOf(14) - 0.2 / 12.2)).toBeLessThan(0.008); // four deviations
  expect(Math.abs(shareOf(19) - 4 / 12.2)).toBeLessThan(0.03);
});

test("a batch scores masked places of the block alone, with all behind it masked, and the same loss on average", () => {
  const task = { coefficient: 1, masking: { kind: "counted" } as const };
  const tasks = { lm: task, lm_chat: task, mmu: task, t2i: task, r2i: { ...task, blocks: { length: 4, share: 1 } } };
  const settings = {
    ...{ tasks, maskTokenId: MASK, padTokenId: EOS, eosTokenId: EOS, lineLength: 23, times: "independent" as const },
    fillerWeight: 0.1,
  };
  const sums = new Float64Array(23);
  const numBatches = 3000;
  for (let seed = 0; seed < numBatches; seed++) {
    const { inputs, taskWeights } = packBatch([row], settings, createRandom(seed));
    const scored = Array.from(inputs.places.data);
    const masked = Array.from(inputs.ids.data.keys()).filter((place) => inputs.ids.data[place] === MASK);
    const first = Math.min(...scored);
    expect(masked.filter((place) => place < first)).toEqual([]);
    expect(masked).toEqual(expect.arrayContaining(scored));
    for (const [i, place] of scored.entries()) sums[place] += taskWeights[i] / numBatches;
  }
  for (const [place, sum] of sums.entries()) {
    const expected = row.isMaskable[place] ? worth[place] / 12.2 : 0;
    expect(Math.abs(sum - expected), `place ${place}`).toBeLessThan(0.03);
  }
});

test("a row of which the beginning is given is noised where sampling goes on: all of the rest masked, its first block scored", () => {
  const task = { coefficient: 1, masking: { kind: "counted" } as const, blocks: { length: 4, share: 0 } };
  const settings = {
    tasks: { lm: task, lm_chat: task, mmu: task, t2i: task, r2i: task },
    ...{ maskTokenId: MASK, padTokenId: EOS, eosTokenId: EOS, lineLength: 23, times: "stratified" as const },
    fillerWeight: 0.1,
  };
  const resumed = withGiven(row, 3);
  for (let seed = 0; seed < 5; seed++) {
    const { inputs, taskWeights } = packBatch([resumed], settings, createRandom(seed));
    expect(Array.from(inputs.places.data)).toEqual([9, 10, 11, 12]);
    const masked = Array.from(inputs.ids.data.keys()).filter((place) => inputs.ids.data[place] === MASK);
    expect(masked).toEqual(placesOf(resumed.isMaskable));
    expect(Array.from(taskWeights)).toEqual([0.25, 0.25, 0.25, 0.25]);
  }
});

test("a picture weighs as little beside its reasoning as it is told to", () => {
  const task = { coefficient: 1, masking: { kind: "counted" } as const };
  const r2i = { ...task, pictureWeight: 0.25, blocks: { length: 4, share: 0.5 } };
  const settings = {
    tasks: { lm: task, lm_chat: task, mmu: task, t2i: task, r2i },
    ...{ maskTokenId: MASK, padTokenId: EOS, eosTokenId: EOS, lineLength: 23, times: "independent" as const },
    fillerWeight: 1,
  };
  const sums = new Float64Array(23);
  const numBatches = 3000;
  for (let seed = 0; seed < numBatches; seed++) {
    const { inputs, taskWeights } = packBatch([row], settings, createRandom(seed));
    for (const [i, place] of inputs.places.data.entries()) sums[place] += taskWeights[i] / numBatches;
  }
  for (const place of placesOf(row.isMaskable))
    expect(Math.abs(sums[place] - (place < 16 ? 1 : 0.25) / 11), `place ${place}`).toBeLessThan(0.03);
});

test("times from a least one on mask that share of a row and more, and leave the average loss alone", () => {
  const task = { coefficient: 1, masking: { kind: "counted" } as const, minTime: 0.5 };
  const tasks = { lm: task, lm_chat: task, mmu: task, t2i: task, r2i: task };
  const settings = {
    ...{ tasks, maskTokenId: MASK, padTokenId: EOS, eosTokenId: EOS, lineLength: 23, times: "independent" as const },
    fillerWeight: 1,
  };
  const numMaskable = row.isMaskable.reduce((sum, flag) => sum + flag, 0);
  const sums = new Float64Array(23);
  const counts = new Set<number>();
  for (let seed = 0; seed < 2000; seed++) {
    const { inputs, taskWeights } = packBatch([row], settings, createRandom(seed));
    const scored = Array.from(inputs.places.data);
    counts.add(scored.length);
    for (const [i, place] of scored.entries()) sums[place] += taskWeights[i] / 2000;
  }
  expect(Math.min(...counts)).toBe(numMaskable / 2 + 1);
  expect(Math.max(...counts)).toBe(numMaskable);
  for (const place of placesOf(row.isMaskable)) expect(sums[place]).toBeCloseTo(1 / numMaskable, 2);
});
