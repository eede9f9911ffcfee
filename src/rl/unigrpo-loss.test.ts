/** The clipping of ratios at either side, by hand; `test/parity/unigrpo.test.ts` has the whole loss and its gradients. */
import { expect, test } from "vitest";
import { tinyConfig } from "../../test/tiny-world.js";
import { createRandom } from "../array/random.js";
import { tensor, vector } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import * as op from "../graph/ops.js";
import { initializeParameters } from "../model/parameters.js";
import { openBackend } from "../runtime/backends-node.js";
import { clippedPolicy, type UnigrpoLossSettings, unigrpoObjective } from "./unigrpo-loss.js";

const backend = await openBackend("cpu");

/** For each place its ratio, its advantage, what it adds to J, and whether that is clipped. */
type Case = readonly [ratio: number, advantage: number, gain: number, isClipped: 0 | 1];

test.each([
  {
    name: "ε alone, on both sides",
    settings: { clipEpsilon: 0.2 },
    cases: [
      [0.7, 1, 0.7, 0],
      [0.7, -1, -0.8, 1],
      [1.25, 1, 1.2, 1],
      [1.25, -1, -1.25, 0],
      [1.35, 1, 1.2, 1],
      [1.35, -1, -1.35, 0],
    ],
  },
  {
    name: "more room above: clip-higher",
    settings: { clipEpsilon: 0.2, clipEpsilonHigh: 0.28 },
    cases: [
      [0.7, 1, 0.7, 0],
      [0.7, -1, -0.8, 1],
      [1.25, 1, 1.25, 0],
      [1.25, -1, -1.25, 0],
      [1.35, 1, 1.28, 1],
      [1.35, -1, -1.35, 0],
    ],
  },
] satisfies { name: string; settings: Partial<UnigrpoLossSettings>; cases: Case[] }[])("$name", async (given) => {
  const settings = { klBeta: 0, ...given.settings };
  const cases: readonly Case[] = given.cases;
  const perPlace = (name: string) => op.input(name, "float32", ["M"]);
  const inputs = {
    oldLogProbs: perPlace("oldLogProbs"),
    advantages: perPlace("advantages"),
    weights: perPlace("weights"),
  };
  const { policy, ratios, isClipped } = clippedPolicy(perPlace("logProbs"), inputs, settings);
  const graph = await compileGraph(backend, { policy, ratios, isClipped });
  const old = -1.5;
  const floats = (value: (one: Case, i: number) => number) => vector("float32", cases.map(value));
  const run = (weights: readonly number[]) =>
    graph.run({
      logProbs: floats(([ratio]) => old + Math.log(ratio)),
      oldLogProbs: floats(() => old),
      advantages: floats(([, advantage]) => advantage),
      weights: vector("float32", weights),
    });
  for (const [i, [ratio, , gain, clipped]] of cases.entries()) {
    const results = await run(cases.map((_, at) => (at === i ? 0.5 : 0)));
    expect(results.policy.data[0], `ratio ${ratio}`).toBeCloseTo(-0.5 * gain, 6);
    expect(results.ratios.data[i]).toBeCloseTo(ratio, 6);
    expect(results.isClipped.data[i]).toBe(clipped);
  }
  const { policy: whole } = await run(cases.map((_, i) => i + 1));
  expect(whole.data[0]).toBeCloseTo(-cases.reduce((sum, [, , gain], i) => sum + (i + 1) * gain, 0), 5);
  await graph.dispose();
});

test("the objective clips as its settings say", async () => {
  const clippedAt = async (settings: Partial<UnigrpoLossSettings>) => {
    const { specs, reports } = unigrpoObjective(tinyConfig, { clipEpsilon: 0.2, klBeta: 0, ...settings });
    const weights = Object.fromEntries(initializeParameters(specs, createRandom(4)));
    const graph = await compileGraph(backend, { logProbs: reports.logProbs, isClipped: reports.isClipped });
    const ints = (values: number[]) => tensor("int32", [1, values.length], Int32Array.from(values));
    const rows = {
      ...{ ids: ints([1, tinyConfig.maskTokenId]), segmentIds: ints([1, 1]), positions: ints([0, 1]) },
      places: vector("int32", [1, 1, 1]),
      targets: vector("int32", [2, 2, 2]),
      advantages: vector("float32", [1, 1, 1]),
      weights: vector("float32", [1, 1, 1]),
      ...weights,
    };
    const { logProbs } = await graph.run({ ...rows, oldLogProbs: vector("float32", [0, 0, 0]) });
    // Ratios 0.7, 1.25 and 1.35 over what the network has.
    const oldLogProbs = [0.7, 1.25, 1.35].map((ratio) => Number(logProbs.data[0]) - Math.log(ratio));
    const { isClipped } = await graph.run({ ...rows, oldLogProbs: vector("float32", oldLogProbs) });
    await graph.dispose();
    return Array.from(isClipped.data as Float32Array);
  };
  expect(await clippedAt({})).toEqual([0, 1, 1]);
  expect(await clippedAt({ clipEpsilonHigh: 0.28 })).toEqual([0, 0, 1]);
  expect(await clippedAt({ clipEpsilonHigh: 0.4 })).toEqual([0, 0, 0]);
});
