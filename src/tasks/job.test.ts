import { expect, test, vi } from "vitest";
import { createRandom } from "../array/random.js";
import { type CanvasStep, type SamplerSettings, seededNoise } from "../diffusion/canvas.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import type { Row } from "../tokens/sequence.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { type Job, runJobs } from "./job.js";

const MASK = 9;
const vocabulary = { special: { mask: MASK, pad: 0, eos: 8, endOfTurn: 8 } } as unknown as Vocabulary;

/** Every place is the token 1. */
const predict: MaskPredictor = async (_, { places }) => ({
  candidates: Int32Array.from(places, () => 1),
  logProbs: new Float32Array(places.length),
  margins: new Float32Array(places.length),
  entropies: new Float32Array(places.length),
});

/** A job of as many places and steps, whose result is how many steps it took. */
function jobOf(steps: number, next: () => Job<number, boolean> | undefined): Job<number, boolean> {
  const all = new Uint8Array(steps).fill(1);
  const row: Row = { task: "lm", ids: new Int32Array(steps).fill(MASK), spans: {}, isMaskable: all, isReal: all };
  const settings: SamplerSettings = {
    steps,
    remasking: "low-confidence",
    schedule: "even",
    temperature: 0,
    choiceTemperature: 0,
    choiceAnnealing: "linear",
    guidanceScale: 0,
  };
  return {
    canvas: { row, settings, range: { start: 0, end: 9 }, noise: seededNoise(createRandom(0)) },
    show: ({ isDone }: CanvasStep) => isDone,
    finish: async ({ step }: CanvasStep) => step,
    next,
  };
}

test("a job is asked once what comes next, however long others in its batch go on", async () => {
  const ends = vi.fn(() => undefined);
  const goesOn = vi.fn(() => jobOf(2, ends));
  const jobs = [jobOf(1, ends), jobOf(1, goesOn), jobOf(4, ends)];
  const steps = runJobs({ predict, vocabulary }, jobs);
  const seen: boolean[][] = [];
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) seen.push(step.value);
  expect(step.value).toEqual([1, 3, 4]);
  expect(seen[0]).toEqual([true, false, false]);
  expect(goesOn).toHaveBeenCalledTimes(1);
  expect(ends).toHaveBeenCalledTimes(3);
});
