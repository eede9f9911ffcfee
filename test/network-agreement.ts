import { expect } from "vitest";
import type { NetworkNumbers } from "./networks.js";
import { relativeError } from "./parity-case.js";

/** Expects of a backend what another computed: GPUs approximate exponentials, and add in another order. */
export function expectAgreement(actual: NetworkNumbers, expected: NetworkNumbers): void {
  expect(actual.logits.length).toBe(expected.logits.length);
  expect(relativeError(actual.logits, expected.logits)).toBeLessThan(2e-4);
  expect(relativeError(actual.pixels, expected.pixels)).toBeLessThan(2e-4);
  // A bit of a code is the sign of a number, which may be near 0.
  const numOther = expected.codes.filter((code, i) => code !== actual.codes[i]).length;
  expect(actual.codes.length).toBe(expected.codes.length);
  expect(numOther).toBeLessThanOrEqual(Math.floor(expected.codes.length / 50));
}
