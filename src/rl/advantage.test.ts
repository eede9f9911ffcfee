import { expect, test } from "vitest";
import { groupAdvantages, hasSignal } from "./advantage.js";

test("advantages are rewards off their mean, over the deviation of the group where they are scaled", () => {
  const [low, middle, high] = groupAdvantages([0, 1, 2]);
  expect(high).toBeCloseTo(1 / (Math.sqrt(2 / 3) + 1e-4), 10);
  expect([low, middle]).toEqual([-high, 0]);
  expect(groupAdvantages([0, 1, 2], false)).toEqual([-1, 0, 1]);
});

test("a group that is all alike has no signal, whatever rounding does", () => {
  expect(hasSignal([0.1 + 0.2, 0.3])).toBe(false);
  expect(hasSignal([0.3, 0.31])).toBe(true);
});
