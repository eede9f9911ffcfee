/** The batches of an inner update: experiences noised, packed, each scored place with its advantage and its share of the step. */
import { type Tensor, tensor, vector } from "../array/tensor.js";
import type { NamedTensors } from "../runtime/backend.js";
import { type Row, type Span, type Task, unconditionalRow } from "../tokens/sequence.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import type { Batch, Fault } from "../training/loop.js";
import { type MaskedRow, type PackedRows, type PackingSettings, packRows } from "../training/packing.js";
import { advantageAt, type Experience, noisedCopies } from "./experience.js";
import type { Noise } from "./noise/noise.js";

/**
 * What makes the distribution that codes are drawn from another than the network's. Sampling knows the codes alone, while the likelihood is
 * over the whole vocabulary: they agree as far as the network expects codes in pictures.
 */
export interface PictureSampling {
  /** s of (1 + s)·conditional − s·unconditional. */
  readonly guidanceScale: number;
  /** Above 0. */
  readonly temperature: number;
}

export interface InnerUpdateSettings extends Pick<PackingSettings, "lineLength"> {
  /** μ, the updates that are made of the same rollouts. */
  readonly numIterations: number;
  readonly noise: Readonly<Record<Task, Noise>>;
  /** What the policy's loss of each task is multiplied by. */
  readonly coefficients: Readonly<Record<Task, number>>;
  /** Noised copies that are computed at once; their gradients add up. */
  readonly rowsPerBatch: number;
  /** The sampling whose likelihood of pictures is learnt from; left out, the network's own is. */
  readonly sampling?: PictureSampling | undefined;
  /** A ratio of new to old probability beyond which training has gone wrong and stops. */
  readonly maxRatio: number;
}

/** A batch without its log-probabilities. */
export interface PlannedBatch {
  /** Inputs of the log-probabilities. */
  readonly rows: NamedTensors;
  /** Further inputs of the loss, all [M]. */
  readonly advantages: Tensor<"float32">;
  readonly weights: Tensor<"float32">;
  /** 1 / scored places of the step. */
  readonly meanWeights: Tensor<"float32">;
  readonly numTokens: number;
}

/**
 * The batches of update `update`, from 0. The policy's loss is a mean over rollouts of the mean over the scored places of each, all
 * its copies together; the divergence is a mean over all scored places.
 */
export function planUpdate(
  experiences: readonly Experience[],
  vocabulary: Vocabulary,
  { noise, numIterations, coefficients, rowsPerBatch, lineLength, sampling }: InnerUpdateSettings,
  update: number,
): PlannedBatch[] {
  const copies: (MaskedRow & { readonly experience: Experience; readonly weight: number })[] = [];
  let numScored = 0;
  for (const experience of experiences) {
    const { row } = experience;
    const own = noisedCopies(experience, vocabulary, noise[row.task], update, numIterations);
    const numPlaces = own.reduce((sum, { scored }) => sum + scored.length, 0);
    const weight = coefficients[row.task] / (experiences.length * numPlaces);
    numScored += numPlaces;
    for (const { masked, scored } of own) {
      const noisyIds = row.ids.slice();
      for (const place of masked) noisyIds[place] = vocabulary.special.mask;
      copies.push({ row, noisyIds, places: scored, experience, weight });
    }
  }
  const batches: PlannedBatch[] = [];
  for (let start = 0; start < copies.length; start += rowsPerBatch) {
    const part = copies.slice(start, start + rowsPerBatch);
    const packing = { lineLength, padTokenId: vocabulary.special.pad };
    const { inputs, origins, numTokens } =
      sampling === undefined
        ? packRows(part, packing)
        : packAsSampled(part, packing, sampling, (row) => unconditionalRow(vocabulary, row));
    const perPlace = (value: (copy: (typeof part)[number], index: number) => number) =>
      vector(
        "float32",
        origins.map(({ row, index }) => value(part[row], index)),
      );
    batches.push({
      rows: inputs,
      advantages: perPlace(({ experience, places }, index) => advantageAt(experience, places[index])),
      weights: perPlace(({ weight }) => weight),
      meanWeights: perPlace(() => 1 / numScored),
      numTokens,
    });
  }
  return batches;
}

/**
 * Packs rows with those that guidance compares their pictures with. The inputs are those of the rows' own scored places, with the same places
 * in the rows without a prompt, and how their codes are drawn; text is as the network has it.
 */
function packAsSampled(
  rows: readonly MaskedRow[],
  packing: PackingSettings,
  { guidanceScale, temperature }: PictureSampling,
  withoutPrompt: (row: Row) => Row,
): Omit<PackedRows, "inputs"> & { readonly inputs: NamedTensors } {
  /** For each compared row the one that it is compared with, and which of its scored places stand in it. */
  const compared = rows.flatMap(({ row, noisyIds, places }, of) => {
    const { image } = row.spans;
    const indices = Array.from(places.keys()).filter((index) => image && places[index] >= image.start);
    if (!image || !row.isMaskable[image.start] || indices.length === 0) return [];
    const other = withoutPrompt({ ...row, ids: noisyIds });
    const shift = (other.spans.image as Span).start - image.start;
    return [{ row: other, noisyIds: other.ids, places: indices.map((index) => places[index] + shift), of, indices }];
  });
  const { inputs, origins, numTokens } = packRows([...rows, ...compared], packing);
  const isOwn = (at: number) => origins[at].row < rows.length;
  const own = Array.from(origins.keys()).filter(isOwn);
  const counterparts = new Map<string, number>();
  origins.forEach(({ row, index }, at) => {
    if (isOwn(at)) return;
    const { of, indices } = compared[row - rows.length];
    counterparts.set(`${of} ${indices[index]}`, inputs.places.data[at]);
  });
  const counterpartOf = (at: number) => counterparts.get(`${origins[at].row} ${origins[at].index}`);
  const isDrawn = (at: number) => counterpartOf(at) !== undefined;
  const ofOwn = <T extends "int32" | "float32">(dtype: T, value: (at: number) => number) =>
    vector(dtype, own.map(value));
  const { places, targets, ...laidOut } = inputs;
  return {
    inputs: {
      ...laidOut,
      places: ofOwn("int32", (at) => places.data[at]),
      targets: ofOwn("int32", (at) => targets.data[at]),
      unconditionalPlaces: ofOwn("int32", (at) => counterpartOf(at) ?? places.data[at]),
      guidanceScales: ofOwn("float32", (at) => (isDrawn(at) ? guidanceScale : 0)),
      temperatures: ofOwn("float32", (at) => (isDrawn(at) ? temperature : 1)),
    },
    origins: own.map((at) => origins[at]),
    numTokens,
  };
}

/** Log-probabilities [M] of a batch under the policy that made the rollouts, and under the reference where the loss has one. */
export interface BatchLogProbs {
  readonly old: Float32Array;
  readonly ref?: Float32Array;
}

/** A planned batch as the loop takes it. `metrics` are numbers of the step that are known beforehand. */
export function toBatch(
  planned: PlannedBatch,
  { old, ref }: BatchLogProbs,
  { maxRatio }: Pick<InnerUpdateSettings, "maxRatio">,
  metrics: Readonly<Record<string, number>> = {},
): Batch {
  const { rows, advantages, weights, meanWeights, numTokens } = planned;
  const M = advantages.shape;
  return {
    inputs: {
      ...rows,
      advantages,
      weights,
      oldLogProbs: tensor("float32", M, old),
      ...(ref ? { refLogProbs: tensor("float32", M, ref), klWeights: meanWeights } : {}),
    },
    numTokens,
    accounts({ divergences, entropies, isClipped }) {
      const mean = ({ data }: Tensor) =>
        (data as Float32Array).reduce((sum, value, i) => sum + value * meanWeights.data[i], 0);
      return {
        ...metrics,
        ...(divergences ? { "policy/kl": mean(divergences) } : {}),
        "policy/clipFraction": mean(isClipped),
        "policy/entropy": mean(entropies),
      };
    },
    findFault({ ratios }): Fault | undefined {
      const value = (ratios.data as Float32Array).find((ratio) => !(ratio <= maxRatio));
      return value === undefined ? undefined : { what: "ratio of new to old probability", value };
    },
  };
}
