/** "Random masking" of dLLM-RL: fresh ratios, uniform in a range, several noised copies of every answer. */
import { z } from "zod";
import { defineNoise, maskAtRatio } from "./noise.js";

const ratio = z.number().min(0).max(1);

export const random = defineNoise({
  schema: z
    .strictObject({
      kind: z.literal("random"),
      from: ratio.default(0.1),
      to: ratio.default(0.9),
      copies: z.int().positive().default(2),
    })
    .refine(({ from, to }) => from <= to, { path: ["from"], message: "must not be above to" }),
  numCopies: ({ copies }) => copies,
  create:
    ({ from, to, copies }) =>
    (request) =>
      Array.from({ length: copies }, (_, copy) => {
        const rng = request.rng.fork(request.update).fork(copy);
        return maskAtRatio(request, from + (to - from) * rng.uniform(), rng);
      }),
});
