/** Runs of every kind, by their recipes. */
import { unigrpoRecipe } from "../rl/unigrpo-recipe.js";
import { openUnigrpo } from "../rl/unigrpo-stage-node.js";
import { type RunEvent, type RunOptions, run, runStage } from "../training/run-node.js";
import type { RunRecipe } from "./recipes.js";

/**
 * Runs a recipe to its end, or until the signal; goes on with the run that its directory holds.
 * @throws RangeError when threads are to make the batches of reinforcement learning, and as `runStage`
 */
export function runRecipe(recipe: RunRecipe, options: RunOptions): AsyncGenerator<RunEvent, void, void> {
  if (recipe.objective !== "unigrpo") return run(recipe, options);
  if (options.numThreads)
    throw new RangeError(
      `${options.numThreads} threads cannot make batches ahead: in reinforcement learning they come of the model`,
    );
  return runStage(recipe, { schema: unigrpoRecipe, open: openUnigrpo }, options);
}
