/** Batches for pretraining: examples from a mixture, laid out, noised and packed. Resumes from a few numbers. */
import { createRandom, type Random } from "../array/random.js";
import { DataError, type Example } from "../data/example.js";
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
  /** What the recipe calls `layout.lineLength`, for a row that is longer; left out, `batch.lineLength`. */
  readonly lineLengthKey?: string;
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
      const rows = await layoutExamples(drawn, options, rng.fork("layout"));
      return toBatches(rows, settings, accumulation, rng);
    },
    state: () => ({ mixture: mixture.state() }),
  };
}

/**
 * Rows of examples; their pictures are encoded together first.
 * @throws DataError for one that does not fit into a line, with what it says and the way out
 */
export async function layoutExamples(
  drawn: readonly { readonly example: Example; readonly sourceName: string }[],
  {
    encoders,
    imageCodes,
    layout,
    lineLengthKey = "batch.lineLength",
  }: Pick<PretrainingBatchOptions, "encoders" | "imageCodes" | "layout" | "lineLengthKey">,
  rng: Random,
): Promise<Row[]> {
  await imageCodes.prepare(drawn.flatMap(({ example: { image } }) => (image ? [image] : [])));
  const withImages: Encoders = { ...encoders, encodeImage: async (image) => imageCodes.get(image) };
  return Promise.all(
    drawn.map(async ({ example, sourceName }, i) => {
      const row = await layoutExample(example, withImages, layout, rng.fork(i));
      const { length } = row.ids;
      if (layout.lineLength === undefined || length <= layout.lineLength) return row;
      const said = example.messages.at(-1)?.content ?? example.answer ?? "";
      throw new DataError(
        sourceName,
        `an example of task ${example.task} takes ${length} places, more than a line of ${layout.lineLength}: ${JSON.stringify(said.slice(0, 80))}. ` +
          `Set ${lineLengthKey} to ${length} or more, with which a run goes on too, or leave such examples out of the data`,
      );
    }),
  );
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
