import { describe, expect, it } from "vitest";
import { runTogether } from "./together.js";

const { signal } = new AbortController();

describe("items that run together", () => {
  it("come through but for those that fail, each by itself, in order", async () => {
    const settled: [readonly number[], unknown][] = [];
    const isBad = (n: number) => n === 3 || n === 4;
    const run = async (items: readonly number[]) => {
      if (items.some(isBad)) throw new RangeError(`of ${items.filter(isBad)}`);
      return items.map((n) => n * 10);
    };
    await runTogether(
      [1, 2, 3, 4, 5],
      run,
      (items, outcome) => {
        settled.push([items, outcome.status === "fulfilled" ? outcome.value : outcome.reason.message]);
      },
      signal,
    );
    expect(settled).toEqual([
      [
        [1, 2],
        [10, 20],
      ],
      [[3], "of 3"],
      [[4], "of 4"],
      [[5], [50]],
    ]);
  });

  it("stop where they are told to, and where nothing can be kept", async () => {
    const stopping = new AbortController();
    const run = async (items: readonly number[]) => {
      stopping.abort(new Error("stopped"));
      throw new Error(`of ${items}`);
    };
    await expect(runTogether([1, 2], run, () => {}, stopping.signal)).rejects.toThrow("stopped");
    let numRuns = 0;
    const full = () => Promise.reject(new Error("disk full"));
    const counting = async (items: readonly number[]) => {
      numRuns++;
      return items;
    };
    await expect(runTogether([1, 2], counting, full, signal)).rejects.toThrow("disk full");
    expect(numRuns).toBe(1);
  });
});
