/** All noises by name, and how a recipe names one: `noise: even`, or with settings `noise: { kind: random, copies: 4 }`. */
import { z } from "zod";
import { coupled } from "./coupled.js";
import { even } from "./even.js";
import { full } from "./full.js";
import type { Noise, NoiseDefinition } from "./noise.js";
import { random } from "./random.js";
import { trace } from "./trace.js";
import { truncated } from "./truncated.js";

const NOISES = { even, random, truncated, full, coupled, trace };

const [first, ...others] = Object.values(NOISES).map(({ schema }) => schema);
const settings = z.discriminatedUnion("kind", [first, ...others]);

/** A noise by its name alone has its default settings. */
export const noiseSchema = z.preprocess((value) => (typeof value === "string" ? { kind: value } : value), settings);

export type NoiseSettings = z.infer<typeof settings>;

export function createNoise(chosen: NoiseSettings): Noise {
  return definitionOf(chosen).create(chosen);
}

/** The most copies that the noise makes of a rollout at an update, the sampler having taken so many steps. */
export function numCopies(chosen: NoiseSettings, numSteps: number): number {
  return definitionOf(chosen).numCopies(chosen, numSteps);
}

/** Each definition takes the settings of its own kind. */
function definitionOf({ kind }: NoiseSettings): NoiseDefinition<z.ZodType<NoiseSettings>> {
  return NOISES[kind] as NoiseDefinition<z.ZodType<NoiseSettings>>;
}
