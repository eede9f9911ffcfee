/** Where a model is that a recipe names: in a directory beside the recipe, or in the cache of the Hub. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { resolveModel } from "#hub";
import { type DownloadOptions, isHubId } from "../weights/hub.js";

/**
 * The directory of a model, downloaded first if it is one of the Hub. `models/mini` may be a directory beside the recipe, or a model of
 * somebody called "models": the directory goes first.
 * @param context of the run: what paths are relative to, who is told of the download, and what ends it
 * @throws as `resolveModel`
 */
export async function placeOfModel(
  { directory, signal, onProgress }: { readonly directory: string } & DownloadOptions,
  pathOrHubId: string,
): Promise<string> {
  const path = resolve(directory, pathOrHubId);
  return existsSync(path) || !isHubId(pathOrHubId) ? path : resolveModel(pathOrHubId, { signal, onProgress });
}
