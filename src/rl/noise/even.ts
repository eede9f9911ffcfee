/**
 * Structured noise of MMaDA (arXiv 2505.15809, Algorithm 1): a random first ratio, then ratios spread evenly over the inner
 * updates, so that an answer is seen from almost clean to almost all masked with little variance.
 */
import { z } from "zod";
import { defineNoise, maskAtRatio } from "./noise.js";

/** The diffusion steps that ratios are counted in. */
const NUM_TIMES = 1000;

/** `formula` spreads the ratios from the first to 1; `example` is the paper's worked one: steps of T/μ, here going round at T. */
type Spacing = "formula" | "example";

export const even = defineNoise({
  schema: z.strictObject({ kind: z.literal("even"), spacing: z.enum(["formula", "example"]).default("formula") }),
  numCopies: () => 1,
  create:
    ({ spacing }) =>
    (request) => {
      const { rng, update, numUpdates } = request;
      const first = Math.floor(rng.fork("ratio").uniform() * NUM_TIMES);
      const ratio = evenTime(first, update, numUpdates, spacing) / NUM_TIMES;
      return [maskAtRatio(request, ratio, rng.fork("places").fork(update))];
    },
});

/** t_n in 0 … T of inner update n (from 0) of μ, t_0 being `first`. */
export function evenTime(first: number, update: number, numUpdates: number, spacing: Spacing): number {
  if (update === 0) return first;
  return spacing === "formula"
    ? Math.floor((update / (numUpdates - 1)) * (NUM_TIMES - first) + first)
    : Math.floor(first + (update * NUM_TIMES) / numUpdates) % NUM_TIMES;
}
