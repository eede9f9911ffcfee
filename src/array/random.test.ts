import { describe, expect, it } from "vitest";
import { choose, createRandom, integer, integerBetween, normal, shuffle, threefry, uniforms } from "./random.js";

const hex = (values: readonly number[]) => values.map((value) => value.toString(16).padStart(8, "0"));
const draw = (rng: { uniform(): number }, count: number) => Array.from({ length: count }, () => rng.uniform());

it("Threefry-2x32 with 20 rounds gives the known answers of its authors", () => {
  const ones = 0xffffffff;
  expect(hex(threefry([0, 0], [0, 0]))).toEqual(["6b200159", "99ba4efe"]);
  expect(hex(threefry([ones, ones], [ones, ones]))).toEqual(["1cb996fc", "bb002be7"]);
  expect(hex(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]))).toEqual(["c4923a9c", "483df7a0"]);
});

describe("createRandom", () => {
  it("depends on the seed alone, and tells seeds apart", () => {
    expect(draw(createRandom(7), 5)).toEqual(draw(createRandom(7), 5));
    const firsts = [0, 1, -1, 0.5, "0", "1", "", "a", "b", "ab", "ba"].map((seed) => createRandom(seed).uniform());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it.each([0, 1, 2, 5, 8])("goes on from a state saved after %i numbers", (count) => {
    const rng = createRandom("state");
    draw(rng, count);
    const state = JSON.parse(JSON.stringify(rng.state()));
    expect(draw(createRandom(state), 5)).toEqual(draw(rng, 5));
  });

  it("goes on across 2^32 pairs without a repeat", () => {
    const { key } = createRandom(3).state();
    const counter = 2 ** 33 - 2;
    const across = draw(createRandom({ key, counter }), 6);
    expect(draw(createRandom({ key, counter: counter + 1 }), 5)).toEqual(across.slice(1));
    expect(draw(createRandom({ key, counter: 2 ** 33 + 1 }), 3)).toEqual(across.slice(3));
    expect(across.slice(2)).not.toEqual(draw(createRandom({ key, counter: 0 }), 4));
  });

  it("forks by label, whatever was drawn before, without touching the parent", () => {
    const rng = createRandom(1);
    const early = draw(rng.fork("child"), 4);
    const next = draw(rng, 3);
    expect(draw(rng.fork("child"), 4)).toEqual(early);
    expect(draw(createRandom(1), 3)).toEqual(next);
    const streams = ["a", "b", 1, "1", "a/b"].map((label) => draw(rng.fork(label), 2).join());
    expect(new Set([...streams, next.slice(0, 2).join(), early.slice(0, 2).join()]).size).toBe(7);
  });

  it("draws uniforms with the right moments, in the open interval, uncorrelated between neighbours and forks", () => {
    const count = 100_000;
    const values = draw(createRandom("moments"), count);
    const others = draw(createRandom("moments").fork(0), count);
    const mean = (f: (i: number) => number) => values.reduce((sum, _, i) => sum + f(i), 0) / count;
    expect(mean((i) => values[i])).toBeCloseTo(1 / 2, 2);
    expect(mean((i) => values[i] ** 2)).toBeCloseTo(1 / 3, 2);
    expect(mean((i) => (values[i] - 0.5) * (values[(i + 1) % count] - 0.5))).toBeCloseTo(0, 2);
    expect(mean((i) => (values[i] - 0.5) * (others[i] - 0.5))).toBeCloseTo(0, 2);
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThan(0);
    expect(Math.max(...values.slice(0, 50_000))).toBeLessThan(1);
  });
});

describe("what is drawn from a stream", () => {
  it("normal has mean 0, deviation 1, no skew and the kurtosis of a normal", () => {
    const rng = createRandom("normal");
    const values = Array.from({ length: 50_000 }, () => normal(rng));
    const moment = (order: number) => values.reduce((sum, value) => sum + value ** order, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(3))).toBeLessThan(0.06);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
  });

  it("integers and choices reach all of their range and nothing else", () => {
    const rng = createRandom("integers");
    const seen = (next: () => number) => [...new Set(Array.from({ length: 500 }, next))].sort((a, b) => a - b);
    expect(seen(() => integer(rng, 4))).toEqual([0, 1, 2, 3]);
    expect(seen(() => integerBetween(rng, -1, 2))).toEqual([-1, 0, 1, 2]);
    expect(seen(() => choose(rng, [5, 6]))).toEqual([5, 6]);
    expect(() => choose(rng, [])).toThrow(RangeError);
  });

  it("shuffle gives every order alike and leaves its argument alone", () => {
    const rng = createRandom("shuffle");
    const items = ["a", "b", "c"];
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffle(rng, items).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(items).toEqual(["a", "b", "c"]);
  });

  it("uniforms are what the stream gives, kept off 0 and 1 in float32", () => {
    const [edge] = uniforms({ ...createRandom(0), uniform: () => 1 - 2 ** -33 }, 1);
    expect(Math.log(1 - edge)).toBeGreaterThan(Number.NEGATIVE_INFINITY);
    expect(edge).toBeLessThan(1);
    expect([...uniforms(createRandom(2), 3)]).toEqual(draw(createRandom(2), 3).map(Math.fround));
  });
});
