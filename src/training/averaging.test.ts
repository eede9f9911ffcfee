import { expect, test } from "vitest";
import { tensor } from "../array/tensor.js";
import { averagedWeights, averaging } from "./averaging.js";
import type { Optimizer } from "./optimizer.js";

/** Gradient descent. */
const descent: Optimizer = {
  createState: () => ({ numUpdates: 0, slots: {} }),
  update(parameters, gradients, state, learningRate) {
    state.numUpdates++;
    for (const [name, values] of parameters)
      values.forEach((value, i) => {
        values[i] = value - learningRate * gradients.get(name)![i];
      });
  },
};

test("the average follows the weights, which move as they would without it", async () => {
  const weights = new Map([["w", tensor("float32", [2], Float32Array.of(1, -1))]]);
  const parameters = new Map([["w", weights.get("w")!.data]]);
  const optimizer = averaging(descent, 0.5);
  const state = optimizer.createState(parameters);
  const average = averagedWeights(weights, state);
  expect([...average.get("w")!.data]).toEqual([1, -1]);
  let wanted = [1, -1];
  for (let update = 1; update <= 30; update++) {
    await optimizer.update(parameters, new Map([["w", Float32Array.of(1, 2)]]), state, 0.125, 1);
    const now = [1 - 0.125 * update, -1 - 0.25 * update];
    expect([...parameters.get("w")!]).toEqual(now);
    const kept = Math.min(0.5, update / (update + 10));
    wanted = wanted.map((value, i) => kept * value + (1 - kept) * now[i]);
    for (const [i, value] of wanted.entries()) expect(average.get("w")!.data[i]).toBeCloseTo(value, 4);
  }
  // At this decay it lags one update behind what moves evenly.
  expect(average.get("w")!.data[0] - parameters.get("w")![0]).toBeCloseTo(0.125, 3);
});

test("without it the weights are what is looked at", () => {
  const weights = new Map([["w", tensor("float32", [1], Float32Array.of(1))]]);
  const state = descent.createState(new Map());
  expect(averagedWeights(weights, state)).toBe(weights);
});
