/** Noise of coupled-GRPO (DiffuCoder, arXiv 2506.20639): a mask and its complement, so that every place is scored once. */
import { z } from "zod";
import { defineNoise, maskAtRatio } from "./noise.js";

export const coupled = defineNoise({
  schema: z.strictObject({ kind: z.literal("coupled") }),
  numCopies: () => 2,
  create: () => (request) => {
    const rng = request.rng.fork(request.update);
    const first = maskAtRatio(request, rng.uniform(), rng);
    const isInFirst = new Set(first.masked);
    const rest = (places: readonly number[]) => places.filter((place) => !isInFirst.has(place));
    const scored = rest(request.answer);
    // An answer of one place is scored by the first copy.
    if (scored.length === 0) return [first];
    return [first, { masked: [...scored, ...rest(request.filling)], scored }];
  },
});
