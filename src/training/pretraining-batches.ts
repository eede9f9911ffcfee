/** Batches for pretraining: examples from a mixture, laid out, noised and packed. Resumes from a few numbers. */
import { createRandom, type Random } from "../array/random.js";
import type { Example } from "../data/example.js";
import type { Row } from "../tokens/sequence.js";
import { type BatchSettings, packBatches } from "./batch.js";
import type { ImageCodes } from "./image-codes.js";
import { type Encoders, type LayoutSettings, layoutExample } from "./layout-example.js";
import type { Batch, BatchSource } from "./loop.js";
import { createStepExamples, type DrawnMixture, type Turn } from "./turns.js";

export interface PretrainingBatchOptions {
  /** Where examples come from, resumable. */
  readonly mixture: DrawnMixture;
  readonly encoders: Omit<Encoders, "encodeImage">;
  readonly imageCodes: ImageCodes;
  readonly layout: LayoutSettings;
  readonly settings: BatchSettings;
  /** Rows of a step, all its batches together. */
  readonly rowsPerStep: number;
  /** Batches that a step is computed in. */
  readonly accumulation: number;
  readonly seed: number | string;
  /** Steps made before. */
  readonly startStep: number;
  /** Left out, every step's batches are made. */
  readonly turn?: Turn | undefined;
}

/** The noise of a step depends on the seed and the step alone. */
export function createPretrainingBatches(options: PretrainingBatchOptions): BatchSource {
  const { mixture, settings, rowsPerStep, accumulation } = options;
  const steps = createStepExamples(mixture, rowsPerStep, options.startStep, options.turn);
  return {
    async next() {
      const { step, drawn } = await steps.next();
      const rng = createRandom(options.seed).fork(step);
      const examples = drawn.map(({ example }) => example);
      const rows = await layoutExamples(examples, options, rng.fork("layout"));
      return toBatches(rows, settings, accumulation, rng);
    },
    state: () => ({ mixture: mixture.state() }),
  };
}

/** Rows of examples; their pictures are encoded together first. */
export async function layoutExamples(
  examples: readonly Example[],
  { encoders, imageCodes, layout }: Pick<PretrainingBatchOptions, "encoders" | "imageCodes" | "layout">,
  rng: Random,
): Promise<Row[]> {
  await imageCodes.prepare(examples.flatMap(({ image }) => (image ? [image] : [])));
  const withImages: Encoders = { ...encoders, encodeImage: async (image) => imageCodes.get(image) };
  return Promise.all(examples.map((example, i) => layoutExample(example, withImages, layout, rng.fork(i))));
}

/** Rows, noised and packed, as so many batches whose losses add up to the loss of all. */
export function toBatches(rows: readonly Row[], settings: BatchSettings, numBatches: number, rng: Random): Batch[] {
  return packBatches(rows, settings, numBatches, rng.fork("noise")).map(
    ({ inputs, numTokens, placeTasks, taskWeights }): Batch => ({
      ...{ inputs, numTokens },
      accounts: { kind: "groups", output: "tokenLosses", groups: placeTasks, weights: taskWeights },
    }),
  );
}
