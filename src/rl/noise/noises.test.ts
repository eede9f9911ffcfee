import { describe, expect, test } from "vitest";
import { createRandom } from "../../array/random.js";
import { evenTime } from "./even.js";
import type { NoisedCopy, NoiseRequest } from "./noise.js";
import { createNoise, noiseSchema, numCopies } from "./noises.js";

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

/** A row of 4 places of prompt, 20 of answer, revealed two a step from the right, and 6 that fill it up. */
function request(changes: Partial<NoiseRequest> = {}): NoiseRequest {
  const revealSteps = new Int32Array(30).fill(-1);
  for (const place of range(4, 30)) revealSteps[place] = Math.floor((29 - place) / 2);
  return {
    isPicture: false,
    prompt: range(0, 4),
    answer: range(4, 24),
    filling: range(24, 30),
    revealSteps,
    update: 0,
    numUpdates: 4,
    rng: createRandom(7),
    ...changes,
  };
}

/** The share of the answer that each copy scores, over many rollouts. */
function ratios(kind: string, changes: Partial<NoiseRequest> = {}): number[] {
  const noise = createNoise(noiseSchema.parse(kind));
  return range(0, 200).flatMap((seed) =>
    noise(request({ rng: createRandom(seed), ...changes })).map(({ scored }) => scored.length / 20),
  );
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe.each(["even", "random", "truncated", "full", "coupled", "trace"])("%s", (kind) => {
  const noise = createNoise(noiseSchema.parse(kind));

  test("scores only places of the answer, all of them masked; the same request gives the same copies", () => {
    for (const update of range(0, 4)) {
      const copies = noise(request({ update }));
      expect(copies).toEqual(noise(request({ update })));
      for (const { masked, scored } of copies) {
        expect(scored.length).toBeGreaterThan(0);
        for (const place of scored) {
          expect(place >= 4 && place < 24).toBe(true);
          expect(masked).toContain(place);
        }
      }
    }
  });

  test("makes as many copies as it says, of a rollout that reveals something at every step", () => {
    const copies = noise(request({ answer: range(4, 30), filling: [] }));
    expect(copies).toHaveLength(numCopies(noiseSchema.parse(kind), 13));
  });

  test("bears an answer of one place", () => {
    const copies = noise(request({ answer: [4], filling: [] }));
    expect(copies.map(({ scored }) => scored)).toContainEqual([4]);
  });
});

test("even: ratios grow over the updates, from the first one, and stay off 0 and 1", () => {
  // The paper's formula, and its worked example.
  expect(range(0, 5).map((update) => evenTime(100, update, 5, "formula"))).toEqual([100, 325, 550, 775, 1000]);
  expect(range(0, 5).map((update) => evenTime(100, update, 5, "example"))).toEqual([100, 300, 500, 700, 900]);
  expect(evenTime(420, 0, 1, "formula")).toBe(420);
  const byUpdate = range(0, 4).map((update) => ratios("even", { update }));
  range(0, 200).forEach((seed) => {
    const own = byUpdate.map((update) => update[seed]);
    expect([...own].sort((a, b) => a - b)).toEqual(own);
  });
  for (const ratio of byUpdate.flat()) expect(ratio >= 0.05 && ratio <= 0.95).toBe(true);
  expect(Math.abs(mean(byUpdate[0]) - 0.5)).toBeLessThan(0.06);
  expect(Math.min(...byUpdate[3])).toBe(0.95);
});

test("random: two copies a rollout, between a tenth and nine", () => {
  const all = ratios("random");
  expect(all).toHaveLength(400);
  expect(Math.min(...all)).toBeGreaterThanOrEqual(0.1);
  expect(Math.max(...all)).toBeLessThanOrEqual(0.9);
  expect(Math.abs(mean(all) - 0.5)).toBeLessThan(0.05);
});

test("truncated: high ratios, higher for pictures", () => {
  expect(Math.min(...ratios("truncated"))).toBeGreaterThanOrEqual(0.6);
  expect(Math.min(...ratios("truncated", { isPicture: true }))).toBeGreaterThanOrEqual(0.8);
  expect(Math.abs(mean(ratios("truncated")) - 0.8)).toBeLessThan(0.03);
});

test("full: all of the answer and what fills it up, and some of the prompt", () => {
  const noise = createNoise({ kind: "full", promptRatio: 0.15 });
  let numHidden = 0;
  for (const seed of range(0, 500)) {
    const [{ masked, scored }] = noise(request({ rng: createRandom(seed) }));
    expect(scored).toEqual(range(4, 24));
    for (const place of range(4, 30)) expect(masked).toContain(place);
    numHidden += masked.filter((place) => place < 4).length;
  }
  expect(Math.abs(numHidden / 2000 - 0.15)).toBeLessThan(0.03);
});

test("coupled: a mask and its complement score every place once", () => {
  const noise = createNoise({ kind: "coupled" });
  const [first, second] = noise(request());
  expect([...first.scored, ...second.scored].sort((a, b) => a - b)).toEqual(range(4, 24));
  expect([...first.masked, ...second.masked].sort((a, b) => a - b)).toEqual(range(4, 30));
});

test("trace: each copy is the canvas as the sampler had it", () => {
  const inOrder = (copies: readonly NoisedCopy[]) => [...copies].sort((a, b) => b.masked.length - a.masked.length);
  const whole = inOrder(createNoise({ kind: "trace", shrink: 1 })(request()));
  expect(whole).toHaveLength(10); // the filling was revealed in the three steps before
  expect(whole[0].scored).toEqual([22, 23]);
  expect([...whole[0].masked].sort((a, b) => a - b)).toEqual(range(4, 24));
  expect(whole[9]).toEqual({ masked: [4, 5], scored: [4, 5] });
  const shrunk = inOrder(createNoise({ kind: "trace", shrink: 5 })(request()));
  expect(shrunk.map(({ scored }) => scored.length)).toEqual([4, 10, 6]);
  expect(shrunk[0].masked).toHaveLength(26);
  // One copy an update, in turns: three updates score each place once.
  expect(numCopies({ kind: "trace", shrink: 5 }, 13)).toBe(3);
  expect(numCopies({ kind: "trace", shrink: 5, copies: 4 }, 13)).toBe(3);
  const inTurns = createNoise({ kind: "trace", shrink: 5, copies: 1 });
  const turns = range(0, 3).map((update) => inTurns(request({ update })));
  expect(turns.map((copies) => copies.length)).toEqual([1, 1, 1]);
  expect(new Set(turns.flat().map(({ scored }) => scored.length))).toEqual(new Set([4, 10, 6]));
  const beginnings = range(0, 30).map((seed) => inTurns(request({ rng: createRandom(seed) }))[0].scored.length);
  expect(new Set(beginnings)).toEqual(new Set([4, 10, 6]));
});
