import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeImage } from "../images/codec-node.js";
import { drawComparison, labelsOf, readComparison } from "./comparison-node.js";

test("recipes are told apart by what differs, and by a kind alone where it brings settings of its own", () => {
  const recipe = (noise: object, seed: number, peak = 1) => ({
    seed,
    learningRate: { peak },
    tasks: { t2i: { noise } },
  });
  const even = { kind: "even", spacing: "formula" };
  const random = { kind: "random", copies: 2 };
  expect(labelsOf([recipe(even, 1), recipe(even, 2), recipe(random, 1)])).toEqual(["even", "even", "random"]);
  expect(labelsOf([recipe(even, 1), recipe(even, 1, 0.5)])).toEqual(["1", "0.5"]);
  expect(labelsOf([recipe(even, 1), recipe(random, 1, 0.5)])).toEqual(["peak 1, even", "peak 0.5, random"]);
  expect(labelsOf([recipe(even, 1), recipe(even, 2)])).toEqual(["all", "all"]);
});

test("a curve of several runs is drawn, and one that a run has not is told of", async () => {
  const runs = await Promise.all(["a", "b", "c"].map((name) => mkdtemp(join(tmpdir(), `mmada-report-${name}-`))));
  try {
    for (const [i, directory] of runs.entries()) {
      await writeFile(join(directory, "recipe.json"), JSON.stringify({ seed: i, steps: i === 2 ? 5 : 9 }));
      const line = (step: number) => `${JSON.stringify({ step, losses: { "reward/t2i": step * (i + 1) } })}\n`;
      await writeFile(join(directory, "metrics.jsonl"), [1, 2, 3].map(line).join(""));
    }
    const points = await readComparison(runs, "reward/t2i");
    expect(points.map(({ label }) => label)).toEqual([...Array(6).fill("9"), ...Array(3).fill("5")]);
    expect(points[8]).toEqual({ run: runs[2], label: "5", step: 3, value: 9 });
    const { width } = await decodeImage(await drawComparison("reward/t2i", points));
    expect(width).toBeGreaterThan(640);
    await expect(readComparison([runs[0]], "reward/mmu")).rejects.toThrow(/no curve reward\/mmu; it has reward\/t2i/);
  } finally {
    for (const directory of runs) await rm(directory, { recursive: true });
  }
});
