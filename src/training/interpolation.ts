/** Weights between those before a run and those after it. */
import { tensor } from "../array/tensor.js";
import type { Weights } from "./objective.js";

/**
 * The share `share` of the way from weights `start` to weights `trained` of the same model. Short of the whole way much of what was learnt
 * is kept and little forgotten (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903; towards the start after reinforcement: WARP, Ramé et al.
 * 2024, arXiv 2406.16768).
 * @throws RangeError when `start` lacks a weight
 */
export function interpolate(start: Weights, trained: Weights, share: number): Weights {
  return new Map(
    Array.from(trained, ([name, { data, shape }]) => {
      const from = start.get(name)?.data;
      if (from === undefined) throw new RangeError(`${name} is none of the weights before`);
      const between = data.map((value, i) => from[i] + share * (value - from[i]));
      return [name, tensor("float32", shape, between)];
    }),
  );
}
