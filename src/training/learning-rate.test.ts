import { expect, test } from "vitest";
import { warmupCosine } from "./learning-rate.js";

const { SQRT1_2: root } = Math; // cos of an eighth of a turn

test.each([
  // The first update has its share of the peak too: one at 0 would teach nothing.
  [0, 0.5],
  [1, 1],
  [2, 1.5],
  [3, 2],
  [4, 2],
  [6, 0.2 + 1.8 * 0.5 * (1 + root)],
  [8, 1.1],
  [10, 0.2 + 1.8 * 0.5 * (1 - root)],
  [12, 0.2],
  [1000, 0.2],
])("update %d of 12 learns at %f: 4 of warm-up to the peak, then half a cosine to a tenth of it", (step, rate) => {
  expect(warmupCosine(step, { peak: 2, warmupSteps: 4, floor: 0.1, totalSteps: 12 })).toBeCloseTo(rate, 12);
});

test.each([
  ["without warm-up, from the peak to nothing", { warmupSteps: 0, floor: 0, totalSteps: 4 }, [1, (1 + root) / 2, 0.5]],
  ["a floor as high as the peak", { warmupSteps: 0, floor: 1, totalSteps: 4 }, [1, 1, 1, 1, 1]],
  ["all of it warm-up", { warmupSteps: 2, floor: 0, totalSteps: 2 }, [0.5, 1, 1]],
  ["a single step", { warmupSteps: 0, floor: 0.1, totalSteps: 1 }, [1, 0.1]],
])("%s", (_, settings, rates) => {
  rates.forEach((rate, step) => {
    expect(warmupCosine(step, { peak: 1, ...settings })).toBeCloseTo(rate, 12);
  });
});
