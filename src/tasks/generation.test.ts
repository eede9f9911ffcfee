import { expect, test } from "vitest";
import { createGeneration } from "./generation.js";

/** Counts to three, and how often it was begun and ended. */
function counting() {
  const seen = { begun: 0, ended: 0 };
  const generation = createGeneration(async function* () {
    seen.begun++;
    try {
      for (const step of [1, 2, 3]) yield step;
      return "done";
    } finally {
      seen.ended++;
    }
  });
  return { generation, seen };
}

test("a generation is begun once, whether awaited, iterated over, or both", async () => {
  const { generation, seen } = counting();
  expect(seen.begun).toBe(0);
  const steps: number[] = [];
  for await (const step of generation) steps.push(step);
  expect([steps, await generation, await generation]).toEqual([[1, 2, 3], "done", "done"]);
  expect(seen).toEqual({ begun: 1, ended: 1 });
  expect(() => generation[Symbol.asyncIterator]()).toThrow("can be iterated over once");
  const awaited = counting();
  expect(await awaited.generation).toBe("done");
  expect(() => awaited.generation[Symbol.asyncIterator]()).toThrow("can be iterated over once");
});

test("whoever awaits beside a loop takes none of its steps", async () => {
  const { generation } = counting();
  const steps: number[] = [];
  const loop = (async () => {
    for await (const step of generation) steps.push(step);
  })();
  expect(await generation).toBe("done");
  await loop;
  expect(steps).toEqual([1, 2, 3]);
});

test("one that is left has no result and is never begun again", async () => {
  const { generation, seen } = counting();
  for await (const step of generation) if (step === 2) break;
  expect(seen).toEqual({ begun: 1, ended: 1 });
  await expect(generation).rejects.toThrow("was left before its end");

  const other = counting();
  const steps = other.generation[Symbol.asyncIterator]();
  await steps.return?.();
  expect(await steps.next()).toEqual({ done: true, value: undefined });
  expect(other.seen.begun).toBe(0);
  await expect(other.generation).rejects.toThrow("was left before its end");
});
