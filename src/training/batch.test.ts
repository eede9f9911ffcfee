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

test("a place weighs its task's coefficient times 1/t over the answer and the rows of the task, or times 1 over the task's codes", () => {
  // Half of the places, whatever the time: t is 1/2.
  const half = { kind: "scheduled", schedule: () => 0.5 } as const;
  const tasks = {
    lm: { coefficient: 2, masking: half },
    lm_chat: { coefficient: 0.5, masking: half },
    mmu: { coefficient: 3, masking: half },
    t2i: { coefficient: 0.25, masking: half },
    r2i: { coefficient: 9, masking: half },
  };
  const rows = [row("lm", 8), row("lm_chat", 6), row("t2i", 16), row("lm_chat", 10), row("t2i", 12), row("mmu", 12)];
  const [{ inputs, placeTasks, taskWeights }] = packBatches(rows, { ...settings, tasks }, 1, createRandom(3));
  // By task and weight within it, how many places have it and what they weigh.
  const weights: Record<string, [numPlaces: number, weight: number]> = {};
  for (const [i, task] of placeTasks.entries()) {
    expect(inputs.weights.data[i]).toBe(Math.fround(tasks[task].coefficient * taskWeights[i]));
    const key = `${task} ${taskWeights[i].toFixed(5)}`;
    weights[key] = [(weights[key]?.[0] ?? 0) + 1, Number(inputs.weights.data[i].toFixed(5))];
  }
  expect(weights).toEqual({
    "lm 0.33333": [3, 0.66667], // 2 / 6
    "lm_chat 0.25000": [2, 0.125], // 2 / 4, of two rows
    "lm_chat 0.12500": [4, 0.0625], // 2 / 8, of two rows
    "mmu 0.20000": [5, 0.6], // 2 / 10
    "t2i 0.08333": [12, 0.02083], // 1 / (7 + 5)
  });
});
