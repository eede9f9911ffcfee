/** What training changed, as a difference of weights: taken in part, or added to another model of the same shapes. */
import { tensor } from "../array/tensor.js";
import type { WeightMap } from "./weight-source.js";

/** Weights before and after a run. */
export interface WeightChange {
  readonly before: WeightMap;
  readonly after: WeightMap;
}

/**
 * `weights` + `share` · (`after` − `before`), of every weight (task arithmetic, Ilharco et al. 2022, arXiv 2212.04089).
 * @throws RangeError when one of the three lacks a weight that another has, or has it in another shape
 */
export function addChange(weights: WeightMap, { before, after }: WeightChange, share = 1): WeightMap {
  const extra = [...before.keys(), ...after.keys()].find((name) => !weights.has(name));
  if (extra !== undefined) throw new RangeError(`${extra} is in the change, but not in the model that it is added to`);
  return new Map(
    Array.from(weights, ([name, { data, shape }]) => {
      const [from, to] = [before, after].map((side) => {
        const found = side.get(name);
        if (found && String(found.shape) === String(shape)) return found.data;
        throw new RangeError(
          `${name} has shape [${shape}] in the model, and ${found ? `[${found.shape}]` : "is missing"} in the change`,
        );
      });
      return [
        name,
        tensor(
          "float32",
          shape,
          data.map((value, i) => value + share * (to[i] - from[i])),
        ),
      ];
    }),
  );
}

/**
 * The share `share` of the way from weights `before` a run to those after it. Short of the whole way much of what was learnt is kept and
 * little forgotten (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903; towards the start after reinforcement: WARP, Ramé et al. 2024,
 * arXiv 2406.16768).
 * @throws RangeError as `addChange`
 */
export function interpolate({ before, after }: WeightChange, share: number): WeightMap {
  return addChange(before, { before, after }, share);
}
