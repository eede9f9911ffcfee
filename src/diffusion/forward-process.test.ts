import { expect, test } from "vitest";
import { createRandom } from "../array/random.js";
import { drawStratifiedTimes, drawTime, forwardProcess, type MaskingRule } from "./forward-process.js";
import { maskSchedules, scheduledTransferCounts } from "./mask-schedule.js";

const MASK = 99;
const cleanIds = Int32Array.from({ length: 40 }, (_, i) => i);
const isMaskable = new Uint8Array(40).fill(1, 10, 30); // 20 places
const rules: MaskingRule[] = [
  { kind: "independent" },
  { kind: "counted" },
  { kind: "scheduled", schedule: maskSchedules.cosine },
];

test.each(rules)("$kind: masks are where they may be, and nothing else changes", (rule) => {
  for (let seed = 0; seed < 50; seed++) {
    const rng = createRandom(seed);
    const { noisyIds, isMasked } = forwardProcess(cleanIds, isMaskable, drawTime(rng), rule, MASK, rng);
    noisyIds.forEach((id, place) => {
      expect(id).toBe(isMasked[place] ? MASK : cleanIds[place]);
      if (!isMaskable[place]) expect(isMasked[place]).toBe(0);
    });
  }
});

test.each(rules)("$kind: at t = 1 all is masked", (rule) => {
  const { isMasked, maskProb } = forwardProcess(cleanIds, isMaskable, 1, rule, MASK, createRandom(0));
  expect(isMasked).toEqual(isMaskable);
  expect(maskProb).toBeCloseTo(1, 6);
});

test("as many places as said: ⌈t·n⌉ counted, round(n·γ(t)) and at least one by a schedule", () => {
  const count = (t: number, rule: MaskingRule) =>
    forwardProcess(cleanIds, isMaskable, t, rule, MASK, createRandom(1)).isMasked.reduce((sum, flag) => sum + flag, 0);
  expect([0.001, 0.5, 0.51].map((t) => count(t, rules[1]))).toEqual([1, 10, 11]);
  expect([0.001, 1 / 3, 0.5].map((t) => count(t, rules[2]))).toEqual([1, 10, 14]); // 20·cos(π/2·(1 − t))
});

test("independent: each place with probability t", () => {
  const rng = createRandom("share");
  let masked = 0;
  for (let i = 0; i < 500; i++) {
    masked += forwardProcess(cleanIds, isMaskable, 0.3, rules[0], MASK, rng).isMasked.reduce((sum, x) => sum + x, 0);
  }
  expect(Math.abs(masked / (500 * 20) - 0.3)).toBeLessThan(0.02); // four deviations
});

test("stratified times leave no part of (0, 1] out", () => {
  const times = drawStratifiedTimes(8, createRandom(3)).sort((a, b) => a - b);
  times.forEach((t, part) => {
    expect(t).toBeGreaterThan(part / 8);
    expect(t).toBeLessThanOrEqual((part + 1) / 8 + 1e-3);
  });
});

test("a schedule of one's own that gives no number is told of", () => {
  expect(scheduledTransferCounts(16, 4, (t) => t)).toEqual([4, 4, 4, 4]);
  expect(() => scheduledTransferCounts(16, 4, () => Number.NaN)).toThrow(
    "the mask schedule gives no number at time 0.75",
  );
});
