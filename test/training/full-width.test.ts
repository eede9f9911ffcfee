/**
 * Two blocks of the released 8B at full width (4096, 12288, a vocabulary of 134,656), trained for two steps beside a frozen base of 8 bits in a
 * process of its own, whose largest resident memory is bounded: 1.6 GB of base, and floats of a matrix or two at a time. As float32 the
 * base alone would be 6.2 GB.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseTransformerConfig } from "../../src/model/config.js";
import { parseRunRecipe } from "../../src/runs/recipes.js";
import { RELEASED_8B } from "../../src/runs/released-config.js";
import { costOf, type TransformerRecipe } from "../../src/runs/run-cost.js";

const PLACES = 16;
/** Bytes that the process may be resident with at most. */
const BOUND = 2.7e9;

/** What a dry run says of the same. */
function expectedBytes(): number {
  const recipe = {
    ...{ objective: "masked-diffusion", seed: 1, steps: 2, model: { from: "x" }, recomputation: true },
    lora: { rank: 8, base: "int8" },
    data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
    ...{ batch: { rows: 1, lineLength: PLACES }, optimizer: { type: "adamw" }, learningRate: { peak: 1e-3 } },
    checkpoints: { every: 1 },
  };
  const config = parseTransformerConfig({ ...RELEASED_8B, n_layers: 2 });
  return costOf(parseRunRecipe(JSON.stringify(recipe), "test") as TransformerRecipe, config).memory.total;
}

it.skipIf(totalmem() < 4e9)(
  "two blocks of the released 8B are trained within 2.7 GB, about what a dry run says",
  { timeout: 900_000 },
  async () => {
    if (!existsSync("dist/cli/main.js")) throw new Error("there is no dist/: npm run build");
    const args = ["test/training/full-width-steps.mjs", "int8", "2", String(PLACES)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { losses, frozenBytes, peak } = JSON.parse(stdout) as {
      losses: number[];
      frozenBytes: number;
      peak: number;
    };
    // At first, a guess among 134,656.
    expect(losses[0]).toBeGreaterThan(0.8 * Math.log(134_656));
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(frozenBytes).toBeLessThan(1.64e9);
    expect(peak).toBeLessThan(BOUND);
    const expected = expectedBytes();
    expect(peak / expected).toBeGreaterThan(0.8);
    expect(peak / expected).toBeLessThan(1.25);
  },
);
