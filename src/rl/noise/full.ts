/** Noise of diffu-GRPO (d1, arXiv 2504.12216): all of the answer masked, and some of the prompt, freshly at every update. */
import { z } from "zod";
import { defineNoise } from "./noise.js";

export const full = defineNoise({
  schema: z.strictObject({
    kind: z.literal("full"),
    /** Probability with which a place of the prompt is masked. */
    promptRatio: z.number().min(0).max(1).default(0.15),
  }),
  numCopies: () => 1,
  create:
    ({ promptRatio }) =>
    ({ prompt, answer, filling, update, rng }) => {
      const fresh = rng.fork(update);
      const hidden = prompt.filter(() => fresh.uniform() < promptRatio);
      return [{ masked: [...hidden, ...answer, ...filling], scored: answer }];
    },
});
