/**
 * An exponential moving average of the weights beside those that are trained (Polyak averaging, the "EMA" of diffusion models): the noise
 * of small batches, which a low learning rate would have to wear off, averages out. It is one more thing that the optimizer remembers.
 */
import { type Tensor, tensor } from "../array/tensor.js";
import type { Weights } from "./objective.js";
import type { Arrays, Optimizer, OptimizerState } from "./optimizer.js";

/** What the average is called among what an optimizer remembers. */
const SLOT = "average";
/** Early averages look back over a tenth of the updates so far. */
const WARM_UP = 10;

/**
 * The same optimizer, which keeps an average of the parameters: after each update it goes 1 − decay of the way to them.
 * @param decay 0 to 1: 0.99 averages over about the last 100 updates
 */
export function averaging(optimizer: Optimizer, decay: number): Optimizer {
  return {
    ...optimizer,
    createState(parameters) {
      const state = optimizer.createState(parameters);
      const copies = new Map([...parameters].map(([name, values]) => [name, values.slice()]));
      return { ...state, slots: { ...state.slots, [SLOT]: copies } };
    },
    async update(parameters, gradients, state, learningRate, gradientScale) {
      await optimizer.update(parameters, gradients, state, learningRate, gradientScale);
      const kept = Math.min(decay, state.numUpdates / (state.numUpdates + WARM_UP));
      for (const [name, average] of state.slots[SLOT])
        moveTowards(parameters.get(name) as Float32Array, average, 1 - kept);
    },
  };
}

/** The averages that the state keeps, as weights; the weights themselves where it keeps none. */
export function averagedWeights(weights: Weights, { slots }: OptimizerState): Weights {
  const averages: Arrays | undefined = slots[SLOT];
  if (!averages) return weights;
  const averageOf = (name: string, { shape }: Tensor<"float32">) =>
    tensor("float32", shape, averages.get(name) as Float32Array);
  return new Map([...weights].map(([name, weight]) => [name, averageOf(name, weight)]));
}

function moveTowards(values: Float32Array, average: Float32Array, share: number): void {
  for (let i = 0; i < average.length; i++) average[i] += share * (values[i] - average[i]);
}
