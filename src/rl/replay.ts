/**
 * Replay: rows of the data that came before, learnt in every update of reinforcement as they were then, so that what is not rewarded is
 * not forgotten (the pretraining mix of PPO-ptx, Ouyang et al. 2022, arXiv 2203.02155). Their batches are added to the policy's in the same
 * graph: places of the one weigh nothing in the loss of the other.
 */
import { type Tensor, vector } from "../array/tensor.js";
import type { Batch, BatchSource } from "../training/loop.js";

/** Far below any log-probability under training, so that no divergence overflows before its weight of 0 is applied. */
const LOWEST_LOG_PROB = -1e4;

/** What the policy's graph is, and what replay weighs in it. */
interface ReplayOptions {
  /** What the loss of replayed rows weighs beside the policy's. */
  readonly weight: number;
  readonly hasReference: boolean;
  readonly isOfSampling: boolean;
}

/** Batches of masked diffusion as the policy's graph takes them. */
export function replayBatches(source: BatchSource, options: ReplayOptions): BatchSource {
  return {
    async next() {
      return (await source.next()).map((batch) => asReplay(batch, options));
    },
    state: () => source.state(),
  };
}

/** A batch of the policy, which replays nothing. */
export function withoutReplay(batch: Batch): Batch {
  return { ...batch, inputs: { ...batch.inputs, replayWeights: filled(batch.inputs.places.shape[0], 0) } };
}

function asReplay(
  { inputs, numTokens, accounts }: Batch,
  { weight, hasReference, isOfSampling }: ReplayOptions,
): Batch {
  const { weights, ...rows } = inputs;
  const [M] = weights.shape;
  if (typeof accounts === "function" || accounts.kind !== "groups")
    throw new Error("only batches whose losses are told apart by task can be replayed");
  return {
    inputs: {
      ...rows,
      ...{ advantages: filled(M, 0), weights: filled(M, 0), oldLogProbs: filled(M, 0) },
      ...(hasReference ? { refLogProbs: filled(M, LOWEST_LOG_PROB), klWeights: filled(M, 0) } : {}),
      ...(isOfSampling
        ? { unconditionalPlaces: rows.places, guidanceScales: filled(M, 0), temperatures: filled(M, 1) }
        : {}),
      replayWeights: vector(
        "float32",
        (weights.data as Float32Array).map((one) => weight * one),
      ),
    },
    numTokens,
    accounts: {
      kind: "groups",
      output: "logProbs",
      groups: accounts.groups.map((task) => `replay/${task}`),
      weights: accounts.weights.map((one) => -one),
    },
  };
}

function filled(length: number, value: number): Tensor<"float32"> {
  return vector("float32", new Float32Array(length).fill(value));
}
