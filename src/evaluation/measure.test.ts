import { describe, expect, it } from "vitest";
import { type Outcome, SHARE_RIGHT } from "./benchmark.js";
import { meanInterval, measureOutcomes, pairedDifference, wilsonInterval } from "./measure.js";

function outcomes(...values: readonly (boolean | number)[]): Outcome[] {
  return values.map((value, item) => ({
    item,
    asked: "",
    wanted: "",
    given: "",
    isRight: value === true,
    ...(typeof value === "number" && { numbers: { psnr: value } }),
  }));
}

const PSNR = { kind: "mean", unit: "dB", of: ({ numbers }: Outcome) => numbers?.psnr } as const;

describe("wilsonInterval", () => {
  it("gives known bounds", () => {
    const { low, high } = wilsonInterval(8, 10); // R: prop.test(8, 10, correct = FALSE)
    expect([low, high]).toEqual([expect.closeTo(0.4901625, 6), expect.closeTo(0.9433178, 6)]);
    // Of none right the upper bound is z² / (n + z²).
    expect(wilsonInterval(0, 10)).toEqual({ low: expect.closeTo(0, 12), high: expect.closeTo(0.2775328, 6) });
    expect(wilsonInterval(10, 10)).toEqual({ low: expect.closeTo(1 - 0.2775328, 6), high: expect.closeTo(1, 12) });
  });

  it.each([
    [1, 500],
    [37, 200],
    [400, 500],
  ])("has for bounds the shares that %i of %i is just z deviations from", (numRight, numItems) => {
    const { low, high } = wilsonInterval(numRight, numItems);
    for (const bound of [low, high]) {
      const deviation = Math.sqrt((bound * (1 - bound)) / numItems);
      expect(Math.abs(numRight / numItems - bound) / deviation).toBeCloseTo(1.959964, 6);
    }
  });
});

describe("measureOutcomes", () => {
  it("gives shares and means with their intervals", () => {
    expect(measureOutcomes(SHARE_RIGHT, outcomes(true, true, false, true))).toMatchObject({ value: 0.75, numItems: 4 });
    // Mean 3, deviation √2.5, of 5 values: 1.96 × √0.5.
    const mean = measureOutcomes(PSNR, outcomes(1, 2, 3, 4, 5))!;
    expect(mean).toMatchObject({ value: 3, numItems: 5 });
    expect(mean.high! - mean.value).toBeCloseTo(1.385904, 5);
    expect(mean.value - mean.low!).toBeCloseTo(1.385904, 5);
  });

  it("leaves out outcomes that have no such number, and says nothing of none", () => {
    expect(measureOutcomes(PSNR, outcomes(30, true, 32))).toMatchObject({ value: 31, numItems: 2 });
    expect(measureOutcomes(PSNR, outcomes(true))).toBeUndefined();
    expect(measureOutcomes(PSNR, outcomes(31))).toEqual({ value: 31, numItems: 1 });
    const shares = { ...PSNR, unit: "%" } as const;
    expect(measureOutcomes(shares, outcomes(1, 1, 1, 0.5))).toMatchObject({ value: 0.875, high: 1 });
    // That all of a few agree is no certainty.
    expect(measureOutcomes(shares, outcomes(1, 1, 1, 1))).toEqual({ value: 1, ...wilsonInterval(4, 4), numItems: 4 });
    expect(measureOutcomes(shares, outcomes(0.1, 0.1, 0.1))?.low).toBeCloseTo(wilsonInterval(0.3, 3).low, 12);
    expect(measureOutcomes(SHARE_RIGHT, [])).toBeUndefined();
    expect(() => meanInterval([])).toThrow(RangeError);
  });

  it("counts codes once, of all that there are", () => {
    const all = outcomes(true, true).map((outcome, i) => ({ ...outcome, numbers: { codeBits: 3 }, codes: [i, 5, 5] }));
    expect(measureOutcomes({ kind: "codebook" }, all)).toEqual({ value: 3 / 8, numItems: 2 });
  });
});

describe("pairedDifference", () => {
  it("compares the items that both have", () => {
    const before = outcomes(true, false, false, false);
    const after = [...outcomes(true, true, true, false), { ...outcomes(true)[0], item: 9 }];
    const { value, margin, numItems } = pairedDifference(SHARE_RIGHT, [before], [after])!;
    expect({ value, numItems }).toEqual({ value: 0.5, numItems: 4 });
    // Gained 2 of 4, lost none; with half an item more of each, of 6: √(2.5 + 0.5 − 2² / 6) / 6.
    expect(margin).toBeCloseTo((1.959964 * Math.sqrt(3 - 4 / 6)) / 6, 6);
    // That nothing differed among four items is no certainty.
    const same = pairedDifference(SHARE_RIGHT, [before], [before])!;
    expect(same).toEqual({ value: 0, margin: expect.closeTo(1.959964 / 6, 6), numItems: 4 });
    const shares = { ...PSNR, unit: "%" } as const;
    expect(pairedDifference(shares, [outcomes(1, 1, 0, 0.5)], [outcomes(1, 1, 0, 0.5)])).toEqual(same);
    const louder = pairedDifference(PSNR, [outcomes(30, 31)], [outcomes(31, 33)])!;
    expect(louder).toMatchObject({ value: 1.5, margin: expect.closeTo(1.959964 * Math.sqrt(0.5 / 2), 6) });
    expect(pairedDifference(PSNR, [outcomes(30)], [outcomes(31)])).toEqual({ value: 1, numItems: 1 });
    expect(pairedDifference(SHARE_RIGHT, [[]], [after])).toBeUndefined();
  });
});
