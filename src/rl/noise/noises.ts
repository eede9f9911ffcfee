/** All noises by name, and how a recipe names one: `noise: even`, or with settings `noise: { kind: random, copies: 4 }`. */
import { z } from "zod";
import { coupled } from "./coupled.js";
import { even } from "./even.js";
import { full } from "./full.js";
import type { Noise } from "./noise.js";
import { random } from "./random.js";
import { trace } from "./trace.js";
import { truncated } from "./truncated.js";

const NOISES = { even, random, truncated, full, coupled, trace };

const settings = z.discriminatedUnion("kind", [
  even.schema,
  random.schema,
  truncated.schema,
  full.schema,
  coupled.schema,
  trace.schema,
]);

/** A noise by its name alone has its default settings. */
export const noiseSchema = z.preprocess((value) => (typeof value === "string" ? { kind: value } : value), settings);

export type NoiseSettings = z.infer<typeof settings>;

export function createNoise(chosen: NoiseSettings): Noise {
  // Each definition takes the settings of its own kind.
  const { create } = NOISES[chosen.kind] as { create(settings: NoiseSettings): Noise };
  return create(chosen);
}
