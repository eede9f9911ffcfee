/** A small least-squares problem for tests of training: y = x·wᵀ + b on random rows, with a source of batches that can go on. */
import { createRandom, normal, type RandomState } from "../src/array/random.js";
import { tensor } from "../src/array/tensor.js";
import * as op from "../src/graph/ops.js";
import { initializeParameters } from "../src/model/parameters.js";
import type { Batch, BatchSource } from "../src/training/loop.js";
import { createObjective, type Objective } from "../src/training/objective.js";

const WIDTH = 4;

export function lineObjective(): Objective {
  return createObjective((make) => {
    const w = make("w", [1, WIDTH], { kind: "truncatedNormal", deviation: 1 });
    const b = make("b", [1], { kind: "constant", value: 0 });
    const x = op.input("x", "float32", ["B", WIDTH]);
    const y = op.input("y", "float32", ["B", 1]);
    const weights = op.input("weights", "float32", ["B", 1]);
    const error = op.square(op.sub(op.add(op.matmul(x, w, { transposeB: true }), b), y));
    const loss = op.sumAll(op.mul(error, weights));
    return { loss, reports: { error } };
  });
}

export function freshWeights(objective: Objective) {
  return initializeParameters(objective.specs, createRandom(1));
}

/** `numRows` random rows a step, in `numBatches` batches. */
export function lineBatches(numRows: number, numBatches: number, state?: RandomState): BatchSource {
  const rng = createRandom(state ?? "rows");
  return {
    async next() {
      const rows = Array.from({ length: numRows }, () => Array.from({ length: WIDTH }, () => normal(rng)));
      const size = numRows / numBatches;
      return Array.from({ length: numBatches }, (_, i) => batchOf(rows.slice(i * size, (i + 1) * size), numRows));
    },
    state: () => rng.state(),
  };
}

function batchOf(rows: number[][], numRows: number): Batch {
  const B = rows.length;
  return {
    inputs: {
      x: tensor("float32", [B, WIDTH], Float32Array.from(rows.flat())),
      y: tensor(
        "float32",
        [B, 1],
        Float32Array.from(rows, (row) => 3 * row[0] - row[1] + 0.5),
      ),
      weights: tensor("float32", [B, 1], new Float32Array(B).fill(1 / numRows)),
    },
    numTokens: B,
    accounts: ({ loss }) => ({ line: Number(loss.data[0]) }),
  };
}
