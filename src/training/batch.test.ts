import { expect, test } from "vitest";
import { createRandom } from "../array/random.js";
import type { Row, Task } from "../tokens/sequence.js";
import { type BatchSettings, packBatches } from "./batch.js";

const [MASK, EOS] = [99, 98];

function row(task: Task, length: number): Row {
  const span = task === "t2i" ? { image: { start: 2, end: length } } : { answer: { start: 2, end: length } };
  return {
    ...{ task, ids: Int32Array.from({ length }, (_, i) => i), spans: { prompt: { start: 0, end: 2 }, ...span } },
    isMaskable: Uint8Array.from({ length }, (_, i) => (i < 2 ? 0 : 1)),
    isReal: new Uint8Array(length).fill(1),
  };
}

const noise = { coefficient: 2, masking: { kind: "counted" } as const };
const settings: BatchSettings = {
  tasks: { lm: noise, lm_chat: noise, mmu: noise, t2i: noise, r2i: noise },
  ...{ maskTokenId: MASK, padTokenId: EOS, eosTokenId: EOS, lineLength: 16, times: "stratified", fillerWeight: 0.1 },
};
const ROWS = [row("lm", 8), row("lm_chat", 6), row("t2i", 16), row("lm_chat", 9), row("t2i", 12), row("mmu", 7)];

test.each([1, 2, 3, 6])("in %i batches every place weighs what it weighs in one", (numBatches) => {
  const batches = packBatches(ROWS, settings, numBatches, createRandom(3));
  expect(batches).toHaveLength(numBatches);
  const [whole] = packBatches(ROWS, settings, 1, createRandom(3));
  const weightsOf = ({ placeTasks, inputs, taskWeights }: typeof whole) =>
    placeTasks.map((task, i) => `${task} ${inputs.targets.data[i]} ${inputs.weights.data[i]} ${taskWeights[i]}`);
  expect(batches.flatMap(weightsOf).sort()).toEqual(weightsOf(whole).sort());
  const sums: Partial<Record<Task, number>> = {};
  for (const { placeTasks, taskWeights } of batches)
    for (const [i, task] of placeTasks.entries()) sums[task] = (sums[task] ?? 0) + taskWeights[i];
  expect(sums.t2i).toBeCloseTo(1, 5);
});
