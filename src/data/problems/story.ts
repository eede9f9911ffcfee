/**
 * What happens in a word problem, before any word is chosen: somebody has things, gains and loses some, and something is
 * asked at the end. One-step and longer problems are the same stories with fewer or more steps.
 */
import { choose, integer, integerBetween, type Random } from "../../array/random.js";
import { MAX_FACTOR, MAX_OPERAND, type Step, step } from "./arithmetic.js";

/** A number of things: counted singly, or in `containers` with `each` in every one of them. */
export type Amount = { readonly count: number } | PackedAmount;

export interface PackedAmount {
  readonly containers: number;
  readonly each: number;
}

export interface Event {
  readonly kind: "gain" | "lose";
  readonly amount: Amount;
}

/**
 * How a story ends.
 * - `total`: how many are there now
 * - `share`: they are divided among `parts` friends or containers; how many in each
 * - `pack`: `each` go into a container; how many containers
 * - `together`, `more`, `fewer`: against the `other` number that somebody else has
 */
export type Ending =
  | { readonly kind: "total" }
  | { readonly kind: "share"; readonly parts: number }
  | { readonly kind: "pack"; readonly each: number }
  | { readonly kind: "together" | "more" | "fewer"; readonly other: number };

export interface Story {
  readonly opening: Amount;
  readonly events: readonly Event[];
  readonly ending: Ending;
}

/** The steps that lead from the numbers of the story to its answer, in the order in which they are told. */
export function solveStory(story: Story): Step[] {
  const steps: Step[] = [];
  const take = (next: Step): number => {
    steps.push(next);
    return next.result;
  };
  const size = (amount: Amount): number =>
    "count" in amount ? amount.count : take(step("multiply", amount.containers, amount.each));
  let total = size(story.opening);
  for (const { kind, amount } of story.events) {
    total = take(step(kind === "gain" ? "add" : "subtract", total, size(amount)));
  }
  const { ending } = story;
  if (ending.kind === "share") take(step("divide", total, ending.parts));
  if (ending.kind === "pack") take(step("divide", total, ending.each));
  if (ending.kind === "together") take(step("add", total, ending.other));
  if (ending.kind === "more") take(step("subtract", total, ending.other));
  if (ending.kind === "fewer") take(step("subtract", ending.other, total));
  return steps;
}

/** A story of `numSteps` steps (1 to 4) with numbers drawn freely: some are impossible, see `isWhole` and `isTellable`. */
export function drawStory(rng: Random, numSteps: number): Story {
  return numSteps === 1 ? drawOneStep(rng) : drawLonger(rng, numSteps);
}

/** Divisors of at least 2, since nobody shares with one; a table's quotient where the story is only that. */
export function isTellable(story: Story): boolean {
  const { ending } = story;
  if (ending.kind === "share" && ending.parts < 2) return false;
  const steps = solveStory(story);
  return steps.length > 1 || steps[0].operation !== "divide" || steps[0].result <= MAX_FACTOR;
}

function drawOneStep(rng: Random): Story {
  const form = choose(rng, ["event", "event", "against", "containers", "division"] as const);
  if (form === "event")
    return { opening: single(rng), events: [drawEvent(rng, single(rng))], ending: { kind: "total" } };
  if (form === "against") return { opening: single(rng), events: [], ending: drawComparison(rng) };
  if (form === "containers") return { opening: packed(rng), events: [], ending: { kind: "total" } };
  const divisor = integerBetween(rng, 1, MAX_FACTOR);
  const count = divisor * integerBetween(rng, 0, MAX_FACTOR);
  const ending =
    rng.uniform() < 0.75 ? { kind: "share" as const, parts: divisor } : { kind: "pack" as const, each: divisor };
  return { opening: { count }, events: [], ending };
}

function drawLonger(rng: Random, numSteps: number): Story {
  const opening = rng.uniform() < 0.35 ? packed(rng) : single(rng);
  const wantsEnding = rng.uniform() < 0.4;
  let left = numSteps - ("each" in opening ? 1 : 0) - (wantsEnding ? 1 : 0);
  const events: Event[] = [];
  while (left > 0) {
    const amount = left >= 2 && rng.uniform() < 0.45 ? packed(rng) : single(rng);
    events.push(drawEvent(rng, amount));
    left -= "each" in amount ? 2 : 1;
  }
  if (!wantsEnding) return { opening, events, ending: { kind: "total" } };
  if (rng.uniform() < 0.5) return { opening, events, ending: drawComparison(rng) };
  // The divisor is drawn from those that fit: a free draw would nearly always be rejected.
  const sofar = solveStory({ opening, events, ending: { kind: "total" } });
  const total = sofar.length > 0 ? sofar[sofar.length - 1].result : 0;
  const divisors = Array.from({ length: MAX_FACTOR - 1 }, (_, i) => i + 2).filter((d) => total % d === 0);
  if (divisors.length === 0) return { opening, events, ending: { kind: "share", parts: 1 } };
  const divisor = choose(rng, divisors);
  const ending =
    rng.uniform() < 0.7 ? { kind: "share" as const, parts: divisor } : { kind: "pack" as const, each: divisor };
  return { opening, events, ending };
}

function drawEvent(rng: Random, amount: Amount): Event {
  return { kind: rng.uniform() < 0.5 ? "gain" : "lose", amount };
}

function drawComparison(rng: Random): Ending {
  return {
    kind: choose(rng, ["together", "together", "more", "fewer"] as const),
    other: integer(rng, MAX_OPERAND + 1),
  };
}

function single(rng: Random): Amount {
  return { count: integer(rng, MAX_OPERAND + 1) };
}

function packed(rng: Random): Amount {
  return { containers: integerBetween(rng, 1, MAX_FACTOR), each: integerBetween(rng, 1, MAX_FACTOR) };
}
