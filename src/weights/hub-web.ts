/**
 * Models by name in browsers: an address, or an id of the Hugging Face Hub, whose files are read by range where they are. The browser
 * caches what it likes; there is no cache of our own.
 */
import { joinPath, openFile } from "#files";
import { FileError, isAbsent } from "./files.js";
import { checkRevision, isHubId, type ResolveOptions, refuseRevision } from "./hub.js";

/**
 * The address of a model's directory.
 * @param addressOrHubId where its `config.json` (or the first of `files`) is, or `owner/name`
 * @throws FileError when an address cannot be fetched; HubError for a revision that is none
 */
export async function resolveModel(addressOrHubId: string, options: ResolveOptions = {}): Promise<string> {
  const { revision = "main", endpoint = "https://huggingface.co", signal, files } = options;
  signal?.throwIfAborted();
  // `models/mini` may be a directory beside the page, or a model of somebody called "models".
  if (!isHubId(addressOrHubId) || (await holds(addressOrHubId, files?.[0]))) {
    refuseRevision(addressOrHubId, options.revision);
    return addressOrHubId;
  }
  checkRevision(revision);
  return `${endpoint.replace(/\/+$/, "")}/${addressOrHubId}/resolve/${encodeURIComponent(revision)}`;
}

async function holds(address: string, mark = "config.json"): Promise<boolean> {
  try {
    await (await openFile(joinPath(address, mark))).close();
    return true;
  } catch (error) {
    if (error instanceof FileError && isAbsent(error)) return false;
    throw error;
  }
}
