/** From outcomes to figures with 95 % intervals, and the difference between two models that were given the same items. */
import type { Measure, Outcome } from "./benchmark.js";

/** A figure: a share as 0 to 1, or a mean in its unit. */
export interface Measurement {
  readonly value: number;
  /** The 95 % interval, where there is one. */
  readonly low?: number;
  readonly high?: number;
  /** Items it is made of. */
  readonly numItems: number;
}

/** A difference of two figures, and half the width of its 95 % interval, where there is one. */
export interface Difference {
  readonly value: number;
  readonly margin?: number;
  /** Items that both models were given. */
  readonly numItems: number;
}

/** The normal deviate that 97.5 % stay below. */
const Z = 1.959964;

/** @returns undefined when nothing was measured */
export function measureOutcomes(measure: Measure, outcomes: readonly Outcome[]): Measurement | undefined {
  if (measure.kind === "codebook") return codebookShare(outcomes);
  const values = outcomes.map(valueIn(measure)).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  // Items that have all the same share of their own leave as much open as those that are right or not.
  const isShare = measure.kind === "share" || (measure.unit === "%" && values.every((value) => value === values[0]));
  if (!isShare) return withinUnit(meanInterval(values), measure.unit);
  const numRight = values.reduce((sum, value) => sum + value, 0);
  return { value: numRight / values.length, ...wilsonInterval(numRight, values.length), numItems: values.length };
}

/**
 * By how much `after` is ahead of `before` on the items that both were given, as pairs: chance in the choice of items cancels out.
 * @param before outcomes by benchmark, in the order of `after`
 */
export function pairedDifference(
  measure: Measure,
  before: readonly (readonly Outcome[])[],
  after: readonly (readonly Outcome[])[],
): Difference | undefined {
  if (measure.kind === "codebook") return undefined;
  const differences = after.flatMap((outcomes, benchmark) => {
    const earlier = new Map(before[benchmark].map((outcome) => [outcome.item, valueIn(measure)(outcome)]));
    return outcomes.flatMap((outcome) => {
      const [a, b] = [earlier.get(outcome.item), valueIn(measure)(outcome)];
      return a === undefined || b === undefined ? [] : [b - a];
    });
  });
  if (differences.length === 0) return undefined;
  const { value, high, numItems } = meanInterval(differences);
  const areShares = measure.kind === "share" || measure.unit === "%";
  if (areShares) return { value, margin: shareMargin(differences), numItems };
  return { value, ...(high === undefined ? {} : { margin: high - value }), numItems };
}

/**
 * Half the width of the interval of a difference of paired shares, with half an item more on either side (Agresti and Min 2005, "Simple
 * improved confidence intervals for comparing matched proportions"): that nothing differed does not make it certain that nothing will.
 * @param differences 1 for an item gained, -1 for one lost, 0 for one as it was, and between them where items have shares of their own
 */
function shareMargin(differences: readonly number[]): number {
  const numItems = differences.length + 2;
  const sum = differences.reduce((total, one) => total + one, 0);
  const squares = differences.reduce((total, one) => total + one ** 2, 0);
  return (Z * Math.sqrt(squares + 1 - sum ** 2 / numItems)) / numItems;
}

/** Shares are never below nothing or above all. */
function withinUnit({ low, high, ...rest }: Measurement, unit: string): Measurement {
  if (low === undefined || high === undefined || unit !== "%") return { ...rest, low, high };
  return { ...rest, low: Math.max(0, low), high: Math.min(1, high) };
}

/** The Wilson score interval of a share, which holds near 0 and 1 too. */
export function wilsonInterval(numRight: number, numItems: number): { low: number; high: number } {
  const share = numRight / numItems;
  const scale = 1 + Z ** 2 / numItems;
  const centre = (share + Z ** 2 / (2 * numItems)) / scale;
  const margin = (Z / scale) * Math.sqrt((share * (1 - share)) / numItems + Z ** 2 / (4 * numItems ** 2));
  return { low: Math.max(0, centre - margin), high: Math.min(1, centre + margin) };
}

/** The mean with its normal interval, which one value alone does not have. @throws RangeError when there is nothing */
export function meanInterval(values: readonly number[]): Measurement {
  const numItems = values.length;
  if (numItems === 0) throw new RangeError("the mean of no values is not defined");
  const value = values.reduce((sum, one) => sum + one, 0) / numItems;
  if (numItems === 1) return { value, numItems };
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (numItems - 1);
  const margin = Z * Math.sqrt(variance / numItems);
  return { value, low: value - margin, high: value + margin, numItems };
}

const valueIn =
  (measure: Exclude<Measure, { kind: "codebook" }>) =>
  (outcome: Outcome): number | undefined =>
    measure.kind === "share" ? Number(measure.of(outcome)) : measure.of(outcome);

/** No interval: it grows with the number of pictures, and is a least figure. */
function codebookShare(outcomes: readonly Outcome[]): Measurement | undefined {
  const codeBits = outcomes.find(({ numbers }) => numbers?.codeBits)?.numbers?.codeBits;
  if (codeBits === undefined) return undefined;
  const used = new Set(outcomes.flatMap(({ codes = [] }) => codes));
  return { value: used.size / 2 ** codeBits, numItems: outcomes.length };
}
