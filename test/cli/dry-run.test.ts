/** `mmada train --dry-run` as people type it: what it says, and what it refuses. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MINI, mmada, temporaryDirectory } from "./run-command.js";

describe("a dry run", { timeout: 240_000 }, () => {
  it("says memory by kind, tokens and a measured time, and leaves nothing behind", async () => {
    const { code, stdout } = await mmada(["train", "recipes/tiny-lora.yaml", "--dry-run"]);
    expect(code).toBe(0);
    for (const line of [
      /^Trained +\d+\.\d k parameters, beside 6\.20 M that are frozen$/m,
      /^ {2}frozen base +24\.8 MB$/m,
      /^ {2}activations +0\.\d\d GB, kept, 8 rows at once$/m,
      /^ {2}image tokenizer +\d\d\.\d MB$/m,
      /^Tokens +at most 2,560 a step, 51,200 in all$/m,
      /^Time +.* a step, .* in all$/m,
      /^ {2}measured +a step of one block of width 192 on 256 places: .* GFLOP\/s$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    const cwd = await temporaryDirectory();
    const recipe = join(process.cwd(), "recipes/tiny.yaml");
    const asJson = await mmada(["train", recipe, "--dry-run", "--json", "--output", "runs/x"], { cwd });
    expect(asJson.code).toBe(0);
    const { cost, fits, seconds, secondsPerStep } = JSON.parse(asJson.stdout);
    expect({ fits, steps: cost.steps, tokensPerStep: cost.tokensPerStep }).toEqual({
      ...{ fits: true, steps: 60, tokensPerStep: 16 * 192 },
    });
    expect(seconds).toBeCloseTo(60 * secondsPerStep);
    expect(await readdir(cwd)).toEqual([]);
  });

  it("refuses what cannot fit and says what would, without the weights being there", async () => {
    const args = ["train", "recipes/8b-pretraining.yaml", "--dry-run", "--memory", "24"];
    const { code, stdout, stderr } = await mmada(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Settings +Gen-Verse\/MMaDA-8B-Base, as released$/m);
    expect(stdout).toMatch(/^Memory +166\.\d GB of 24\.0 GB$/m);
    expect(stderr).toMatch(
      /takes 166\.\d GB of memory, and there are 24\.0 GB\. What would fit: lora: \{ rank: 16, base: int8 \} \(/,
    );
    const asJson = await mmada([...args, "--json"]);
    expect(asJson.code).toBe(1);
    const { fits, alternatives, error } = JSON.parse(asJson.stdout);
    expect(fits).toBe(false);
    expect(error).toContain("What would fit");
    for (const { memory } of alternatives) expect(memory.total).toBeLessThan(24e9);
  });

  it("says what it needs to know", async () => {
    const directory = await temporaryDirectory();
    const recipe = join(directory, "recipe.yaml");
    await writeFile(
      recipe,
      JSON.stringify({
        ...{ objective: "masked-diffusion", seed: 1, steps: 1, model: { from: "nowhere/at-all" } },
        data: [{ weight: 1, source: { type: "problems", kind: "sum" } }],
        ...{ batch: { rows: 1, lineLength: 64 }, optimizer: { type: "adamw" }, learningRate: { peak: 1 } },
        checkpoints: { every: 1 },
      }),
    );
    const unknown = await mmada(["train", recipe, "--dry-run"]);
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("for a dry run its weights are not needed"),
    });
    const model = { from: MINI, imageTokenizer: "no-tokenizer" };
    await writeFile(recipe, JSON.stringify({ ...JSON.parse(await readFile(recipe, "utf8")), model }));
    const astray = await mmada(["train", recipe, "--dry-run"]);
    expect(astray).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/imageTokenizer: there is no .*no-tokenizer/),
    });
    const clip = await mmada(["train", "recipes/mini-clip.yaml", "--dry-run"]);
    expect(clip).toMatchObject({ code: 2, stderr: expect.stringContaining("recipes of the transformer") });
    const nowhere = await mmada(["train", "recipes/tiny.yaml"]);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("--output <directory>") });
  });
});
