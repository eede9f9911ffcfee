/** Where a model is that a recipe names: in a directory beside the recipe, or on the Hub. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isHubId } from "./hub.js";

/**
 * The path of a model's directory, or the id of one of the Hub. `models/mini` may be a directory beside the recipe, or a model of somebody
 * called "models": the directory goes first.
 * @param directory the recipe's
 */
export function pathOrHubIdIn(directory: string, name: string): string {
  const path = resolve(directory, name);
  return existsSync(path) || !isHubId(name) ? path : name;
}
