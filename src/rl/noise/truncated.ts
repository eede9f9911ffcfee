/** Noise of MaskGRPO (arXiv 2510.02880): high ratios only, as answers begin; pictures, whose places tell each other more, higher still. */
import { z } from "zod";
import { defineNoise, maskAtRatio } from "./noise.js";

/** The authors' γ. */
const FROM = { text: 0.6, picture: 0.8 } as const;

export const truncated = defineNoise({
  schema: z.strictObject({
    kind: z.literal("truncated"),
    /** Ratios are uniform from here to 1. Default: 0.6 for text, 0.8 for pictures. */
    from: z.number().min(0).max(1).optional(),
  }),
  numCopies: () => 1,
  create: (settings) => (request) => {
    const from = settings.from ?? (request.isPicture ? FROM.picture : FROM.text);
    const rng = request.rng.fork(request.update);
    return [maskAtRatio(request, from + (1 - from) * rng.uniform(), rng)];
  },
});
