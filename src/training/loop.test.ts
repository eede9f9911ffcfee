import { afterAll, expect, test } from "vitest";
import { freshWeights, lineBatches, lineObjective } from "../../test/line-objective.js";
import { openBackend } from "../runtime/backends-node.js";
import { arraysOf, type Batch, type BatchSource, DivergenceError, type StepReport, train } from "./loop.js";
import { compileGradientStep } from "./objective.js";
import { adamW } from "./optimizer.js";

const objective = lineObjective();
const backend = await openBackend("cpu");
const step = await compileGradientStep(backend, objective);
afterAll(() => step.dispose());
const optimizer = adamW(backend, objective.specs, {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  isDecayed: () => false,
});

function start(batches: BatchSource, totalSteps = 20) {
  const weights = freshWeights(objective);
  const optimizerState = optimizer.createState(arraysOf(weights));
  return { step, weights, optimizer, optimizerState, learningRate: () => 0.1, batches, startStep: 0, totalSteps };
}

async function collect(run: Parameters<typeof train>[0]): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for await (const report of train(run)) reports.push(report);
  return reports;
}

test("a batch of 8 does what 8 accumulated batches of 1 do", async () => {
  const whole = start(lineBatches(8, 1));
  const parts = start(lineBatches(8, 8));
  const reports = [await collect(whole), await collect(parts)];
  expect(reports[0].at(-1)?.loss).toBeLessThan(reports[0][0].loss / 3);
  reports[0].forEach((report, i) => {
    expect(reports[1][i].loss).toBeCloseTo(report.loss, 5);
    expect(reports[1][i].losses.line).toBeCloseTo(report.losses.line, 5);
    expect(reports[1][i].gradientNorm).toBeCloseTo(report.gradientNorm, 4);
    expect(reports[1][i].numTokens).toBe(8);
  });
  for (const [name, { data }] of whole.weights) {
    data.forEach((value, i) => {
      expect(parts.weights.get(name)?.data[i]).toBeCloseTo(value, 5);
    });
  }
});

test("gradients are clipped to the global norm", async () => {
  const sgd = {
    createState: () => ({ numUpdates: 0, slots: {} }),
    update: (
      p: ReadonlyMap<string, Float32Array>,
      g: ReadonlyMap<string, Float32Array>,
      _: unknown,
      lr: number,
      scale: number,
    ) => {
      for (const [name, values] of p)
        for (let i = 0; i < values.length; i++) values[i] -= lr * scale * (g.get(name)?.[i] ?? 0);
    },
  };
  const run = { ...start(lineBatches(8, 1), 1), optimizer: sgd, maxGradientNorm: 0.25, learningRate: () => 1 };
  const before = new Map([...run.weights].map(([name, { data }]) => [name, data.slice()]));
  const [report] = await collect(run);
  expect(report.gradientNorm).toBeGreaterThan(0.25);
  let moved = 0;
  for (const [name, { data }] of run.weights)
    data.forEach((v, i) => {
      moved += (v - (before.get(name)?.[i] ?? 0)) ** 2;
    });
  expect(Math.sqrt(moved)).toBeCloseTo(0.25, 4);
});

test("a loss that is no number stops training and leaves the weights", async () => {
  const source = lineBatches(8, 2);
  let calls = 0;
  const run = start({
    state: source.state,
    async next() {
      const batches = await source.next();
      if (++calls === 3) (batches[1].inputs.x.data as Float32Array)[0] = Number.NaN;
      return batches;
    },
  });
  const before: number[][] = [];
  const training = (async () => {
    for await (const { step } of train(run))
      if (step === 2) for (const { data } of run.weights.values()) before.push([...data]);
  })();
  await expect(training).rejects.toThrow(DivergenceError);
  await expect(training).rejects.toThrow(/step 3: the loss is NaN/);
  expect([...run.weights.values()].map(({ data }) => [...data])).toEqual(before);
});

test("a fault that a batch finds stops training, with that batch at hand", async () => {
  const source = lineBatches(8, 2);
  const faulty = { what: "ratio", value: 1e9 };
  let last: readonly Batch[] = [];
  const run = start({
    state: source.state,
    async next() {
      const batches = await source.next();
      last = batches.map((batch, i) => ({ ...batch, findFault: () => (i === 1 ? faulty : undefined) }));
      return last;
    },
  });
  const before = new Map([...run.weights].map(([name, { data }]) => [name, [...data]]));
  const error = await collect(run).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DivergenceError);
  expect((error as DivergenceError).message).toMatch(/step 1: the ratio is 1000000000/);
  expect((error as DivergenceError).batches).toEqual([last[1]]);
  for (const [name, { data }] of run.weights) expect([...data]).toEqual(before.get(name));
});

test("an aborted run finishes the step under way", async () => {
  const controller = new AbortController();
  const run = { ...start(lineBatches(8, 1)), signal: controller.signal };
  const steps: number[] = [];
  for await (const report of train(run)) {
    steps.push(report.step);
    if (report.step === 3) controller.abort();
  }
  expect(steps).toEqual([1, 2, 3]);
});
