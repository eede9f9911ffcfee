/** Models that a recipe names, downloaded where they are of the Hub. */
import { resolveModel } from "#hub";
import type { DownloadOptions } from "../weights/hub.js";
import { pathOrHubIdIn } from "../weights/path-or-hub-id-node.js";

/**
 * The directory of a model; which names are of the Hub, see `pathOrHubIdIn`.
 * @param context of the run: what paths are relative to, who is told of the download, and what ends it
 * @throws as `resolveModel`, for a directory that is absent or no model's too
 */
export async function placeOfModel(
  { directory, signal, onProgress }: { readonly directory: string } & DownloadOptions,
  pathOrHubId: string,
): Promise<string> {
  return resolveModel(pathOrHubIdIn(directory, pathOrHubId), { signal, onProgress });
}
