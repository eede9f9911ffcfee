/**
 * Noise of TraceRL (arXiv 2509.06949): the canvas as the sampler had it. Each copy has masked what was masked before some of its
 * steps, and scores the places that those steps revealed; all copies together score every place once.
 */
import { z } from "zod";
import { defineNoise, type NoisedCopy } from "./noise.js";

export const trace = defineNoise({
  schema: z.strictObject({
    kind: z.literal("trace"),
    /** So many steps of the sampler are taken as one: a copy each, so more of them cost less. */
    shrink: z.int().positive().default(1),
  }),
  create:
    ({ shrink }) =>
    ({ answer, filling, revealSteps }) => {
      const all = [...answer, ...filling];
      const stageOf = (place: number) => Math.floor(revealSteps[place] / shrink);
      const stages = [...new Set(answer.map(stageOf))].sort((a, b) => a - b);
      return stages.map(
        (stage): NoisedCopy => ({
          masked: all.filter((place) => stageOf(place) >= stage),
          scored: answer.filter((place) => stageOf(place) === stage),
        }),
      );
    },
});
