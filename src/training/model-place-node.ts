/** Where a model is that a recipe names: in a directory beside the recipe, or in the cache of the Hub. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { resolveModel } from "#hub";
import { isHubId } from "../weights/hub.js";

/**
 * The directory of a model, downloaded first if it is one of the Hub. `models/mini` may be a directory beside the recipe, or a model of
 * somebody called "models": the directory goes first.
 * @param recipeDirectory what paths are relative to
 * @throws as `resolveModel`
 */
export async function placeOfModel(recipeDirectory: string, pathOrHubId: string): Promise<string> {
  const path = resolve(recipeDirectory, pathOrHubId);
  return existsSync(path) || !isHubId(pathOrHubId) ? path : resolveModel(pathOrHubId);
}
