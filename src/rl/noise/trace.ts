/**
 * Noise of TraceRL (arXiv 2509.06949): the canvas as the sampler had it. Each copy has masked what was masked before some of its
 * steps, and scores the places that those steps revealed; all copies together score every place once, at one update or over several.
 */

import { z } from "zod";
import { integer } from "../../array/random.js";
import { defineNoise, type NoisedCopy } from "./noise.js";

export const trace = defineNoise({
  schema: z.strictObject({
    kind: z.literal("trace"),
    /** So many steps of the sampler are taken as one: a copy each, so more of them cost less. */
    shrink: z.int().positive().default(1),
    /** So many of the copies at an update, in turns, each rollout beginning with another; left out, all of them. */
    copies: z.int().positive().optional(),
  }),
  numCopies({ shrink, copies }, numSteps) {
    const all = Math.ceil(numSteps / shrink);
    return Math.min(copies ?? all, all);
  },
  create:
    ({ shrink, copies }) =>
    ({ answer, filling, revealSteps, update, rng }) => {
      const all = [...answer, ...filling];
      const stageOf = (place: number) => Math.floor(revealSteps[place] / shrink);
      const stages = [...new Set(answer.map(stageOf))].sort((a, b) => a - b);
      const first = integer(rng.fork("first"), stages.length) + update * (copies ?? stages.length);
      const inTurn = stages.map((_, i) => stages[(first + i) % stages.length]);
      return inTurn.slice(0, copies).map(
        (stage): NoisedCopy => ({
          masked: all.filter((place) => stageOf(place) >= stage),
          scored: answer.filter((place) => stageOf(place) === stage),
        }),
      );
    },
});
