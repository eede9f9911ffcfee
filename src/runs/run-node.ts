/** Runs of every kind, by their recipes. */
import { openUnigrpo } from "../rl/unigrpo-stage-node.js";
import { openStage, type RunEvent, type RunOptions, runStage } from "../training/run-node.js";
import type { RunRecipe } from "./recipes.js";

/** Runs a recipe to its end, or until the signal; goes on with the run that its directory holds. @throws as `runStage` */
export function runRecipe(recipe: RunRecipe, options: RunOptions): AsyncGenerator<RunEvent, void, void> {
  return recipe.objective === "unigrpo" ? runStage(recipe, openUnigrpo, options) : runStage(recipe, openStage, options);
}
