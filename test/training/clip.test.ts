/** A CLIP model trained by a recipe is one that the rewards load, and tells what it was trained on apart. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { createRandom } from "../../src/array/random.js";
import { renderScene } from "../../src/data/scenes/render.js";
import { generateScene } from "../../src/data/scenes/scene.js";
import { createClipScorer, loadClip } from "../../src/reward-models/clip-scorer.js";
import { parseRunRecipe } from "../../src/runs/recipes.js";
import { openBackend } from "../../src/runtime/backends-node.js";
import { run } from "../../src/training/run-node.js";

it("learns, and is saved as the rewards load it", { timeout: 240_000 }, async () => {
  const recipe = parseRunRecipe(await readFile("recipes/mini-clip.yaml", "utf8"), "recipes/mini-clip.yaml");
  if (recipe.objective !== "clip") throw new Error(`recipes/mini-clip.yaml is of ${recipe.objective}`);
  const output = await mkdtemp(join(tmpdir(), "mmada-clip-"));
  const backend = await openBackend("cpu");
  const losses: number[] = [];
  let model = "";
  const short = { ...recipe, steps: 30, batch: { rows: 12 }, validation: undefined };
  for await (const event of run(
    { ...short, learningRate: { peak: 3e-3, warmupSteps: 5, floor: 0.1 } },
    { backend, output, recipeDirectory: resolve("recipes") },
  )) {
    if (event.kind === "step") losses.push(event.report.loss);
    if (event.kind === "finish") model = event.model;
  }
  const mean = (part: readonly number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
  expect(mean(losses.slice(-6))).toBeLessThan(0.9 * mean(losses.slice(0, 6)));

  const scorer = await createClipScorer(backend, await loadClip(model));
  const image = renderScene(generateScene(createRandom("clip"), { combinations: "training" }));
  const cosines = await scorer.cosines(["a red circle", "two blue stars"].map((text) => ({ image, text })));
  for (const cosine of cosines) expect(Math.abs(cosine)).toBeLessThanOrEqual(1.000001);
  expect(cosines[0]).not.toBe(cosines[1]);
  await scorer.dispose();
  await rm(output, { recursive: true });
});
