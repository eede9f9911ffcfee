/** A run whose recipe says `lora: { base: … }`, from a model's directory to the finished model. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadAdapter } from "../../src/model/adapter-files.js";
import { loadTransformer } from "../../src/model/load-model.js";
import { parseRunRecipe } from "../../src/runs/recipes.js";
import { runRecipe } from "../../src/runs/run-node.js";
import { openBackend } from "../../src/runtime/backends-node.js";
import type { RunEvent } from "../../src/training/run-node.js";

let output: string;
beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), "mmada-quantized-"));
});
afterAll(() => rm(output, { recursive: true, force: true }));

it("trains adapters beside a base of 4 bits and saves both, merged and alone", { timeout: 300_000 }, async () => {
  const recipe = parseRunRecipe(
    JSON.stringify({
      ...{ objective: "masked-diffusion", seed: 1, steps: 3, model: { from: "mini" }, recomputation: true },
      lora: { rank: 2, targets: ["q_proj", "ff_out"], base: "int4" },
      data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
      ...{ batch: { rows: 2, lineLength: 96 }, optimizer: { type: "adamw" }, learningRate: { peak: 1e-3 } },
      ...{ checkpoints: { every: 2 }, validation: { every: 3, rows: 2, samples: 1 } },
    }),
    "test",
  );
  const events: RunEvent[] = [];
  const backend = await openBackend("cpu");
  for await (const event of runRecipe(recipe, { backend, output, recipeDirectory: "models" })) events.push(event);
  expect(events.map(({ kind }) => kind)).toContain("validation");
  expect(events.at(-1)).toMatchObject({ kind: "finish", step: 3 });

  const adapter = await loadAdapter(join(output, "adapter"));
  expect(adapter.config).toMatchObject({ rank: 2, targets: ["q_proj", "ff_out"] });
  const { weights: base } = await loadTransformer("models/mini");
  const { weights: merged } = await loadTransformer(join(output, "model"));
  expect([...merged.keys()]).toEqual([...base.keys()]);
  for (const [name, { shape, data }] of merged) {
    const given = base.get(name)!;
    expect(shape).toEqual(given.shape);
    const largest = given.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const moved = data.reduce((max, value, i) => Math.max(max, Math.abs(value - given.data[i])), 0);
    // Half a scale of 4 bits, what three updates of 1e-3 do, and float16.
    expect(moved, name).toBeLessThan(largest / 14 + 0.01);
    expect(moved > 1e-3 * largest, name).toBe(shape.length > 1);
  }
});
