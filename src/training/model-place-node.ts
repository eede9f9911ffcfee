/** Models that a recipe names, downloaded where they are of the Hub. */
import { resolveModel } from "#hub";
import { type DownloadOptions, isHubId } from "../weights/hub.js";
import { pathOrHubIdIn } from "../weights/path-or-hub-id-node.js";

/**
 * The directory of a model; which names are of the Hub, see `pathOrHubIdIn`.
 * @param context of the run: what paths are relative to, who is told of the download, and what ends it
 * @throws as `resolveModel`
 */
export async function placeOfModel(
  { directory, signal, onProgress }: { readonly directory: string } & DownloadOptions,
  pathOrHubId: string,
): Promise<string> {
  const place = pathOrHubIdIn(directory, pathOrHubId);
  return isHubId(place) ? resolveModel(place, { signal, onProgress }) : place;
}
