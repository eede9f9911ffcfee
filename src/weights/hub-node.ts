/**
 * Models by name: a local directory, or an id of the Hugging Face Hub, whose files are downloaded once into the cache that all
 * Hugging Face tools share. The package `@huggingface/hub` asks the Hub what there is; the files are fetched by
 * `hub-download-node.ts`, because the package neither resumes nor verifies.
 */
import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "./files.js";
import { createDirectory } from "./files-node.js";
import { checkRevision, HubError, isHubId, type ResolveOptions, refuseRevision } from "./hub.js";
import {
  defaultEndpoint,
  defaultToken,
  isCommit,
  isCompleteSnapshot,
  isOfflineByDefault,
  type ModelCache,
  modelCache,
  sizeOfFile,
} from "./hub-cache-node.js";
import { downloadBlob, type RemoteFile } from "./hub-download-node.js";
import { checkToken, type HubClient, hubFetch, readWhole } from "./hub-request-node.js";
import { findWeights, isIndexName, isShardName } from "./weight-files.js";

/**
 * The local directory of a model, downloaded first if need be. A download that stops, for whatever reason, goes on at the next call.
 * When the Hub cannot be reached, a complete model from the cache does.
 * @param pathOrHubId a directory with a `config.json`, or `owner/name`
 * @throws HubError when there is no such model, it may not be read, the Hub cannot be reached, or what it sends is damaged
 * @throws FileError when a directory is no model's, or the disk is full
 */
export async function resolveModel(pathOrHubId: string, options: ResolveOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  const { revision = "main", signal, files } = options;
  if (await isLocal(pathOrHubId, files?.[0])) {
    refuseRevision(pathOrHubId, options.revision);
    return pathOrHubId;
  }
  if (!isHubId(pathOrHubId)) {
    throw new HubError(
      `There is no directory ${pathOrHubId}, and it is no Hub id such as Gen-Verse/MMaDA-8B-Base. Check the path.`,
    );
  }
  checkRevision(revision);
  const cache = modelCache(pathOrHubId, options.cacheDirectory);
  if (options.offline ?? isOfflineByDefault()) {
    const cached = await findCached(cache, revision, files);
    if (cached) return cached;
    const where = `${pathOrHubId} (${revision}) is not, or not wholly, in ${cache.directory}`;
    throw new HubError(`${where}, and offline mode is on. Unset HF_HUB_OFFLINE, or give a local directory.`);
  }
  const client: HubClient = {
    endpoint: (options.endpoint ?? defaultEndpoint()).replace(/\/+$/, ""),
    id: pathOrHubId,
    revision,
    token: checkToken(options.token ?? (await defaultToken())),
    signal,
  };
  let listing: Listing;
  try {
    listing = await listModel(client, files);
  } catch (error) {
    signal?.throwIfAborted();
    const cached =
      error instanceof HubError && error.isTransient ? await findCached(cache, revision, files) : undefined;
    if (cached) return cached;
    // Whoever meant a directory is to learn that there is none.
    if (error instanceof HubError) throw error.adding("There is no directory of that name either.");
    throw error;
  }
  await downloadFiles(client, cache, listing, options);
  await cache.writeRef(revision, listing.commit);
  return cache.snapshotPath(listing.commit);
}

/** Whether it is a model's directory, known by a file. @throws FileError when it is something else that exists */
async function isLocal(path: string, mark = "config.json"): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats) return false;
  if (!stats.isDirectory()) throw new FileError(path, "is a file: give the directory of a model");
  if ((await sizeOfFile(join(path, mark))) === undefined) {
    throw new FileError(path, `is no model: it has no ${mark}. Give the directory that holds ${mark} and the weights`);
  }
  return true;
}

async function findCached(
  cache: ModelCache,
  revision: string,
  files: readonly string[] | undefined,
): Promise<string | undefined> {
  const commit = await cache.readRef(revision);
  if (!commit) return undefined;
  const directory = cache.snapshotPath(commit);
  if (!files) return (await isCompleteSnapshot(directory)) ? directory : undefined;
  const sizes = await Promise.all(files.map((name) => sizeOfFile(join(directory, name))));
  return sizes.includes(undefined) ? undefined : directory;
}

interface Listing {
  readonly commit: string;
  /** The needed ones, in the order in which they are downloaded. */
  readonly files: readonly RemoteFile[];
}

/** Asks the Hub for the commit and its files. */
async function listModel(client: HubClient, wanted: readonly string[] | undefined): Promise<Listing> {
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const { endpoint: hubUrl, id, revision } = client;
  const params = {
    hubUrl,
    fetch: async (url: string | URL | Request) => readWhole(client, await hubFetch(client, String(url))),
  };
  const all: RemoteFile[] = [];
  let commit: unknown = revision;
  try {
    if (!isCommit(revision)) {
      commit = (await modelInfo({ ...params, name: id, revision, additionalFields: ["sha"] })).sha;
    }
    if (!isCommit(commit)) throw new SyntaxError(`the commit ${JSON.stringify(commit)}`);
    for await (const entry of listFiles({
      ...params,
      repo: { type: "model", name: id },
      revision: commit,
      recursive: true,
    })) {
      if (entry.type === "file")
        all.push({ path: entry.path, size: entry.size, hash: entry.lfs?.oid ?? entry.oid ?? "" });
    }
  } catch (error) {
    // JSON that is none, or that lacks what is asked of it.
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    const wayOut = "Check HF_ENDPOINT, and whether a proxy or a login page stands between.";
    throw new HubError(`${hubUrl} does not answer as a Hub (${error.message}). ${wayOut}`, { cause: error });
  }
  const files = wanted ? all.filter(({ path }) => wanted.includes(path)) : neededFiles(all);
  for (const { path, size, hash } of files) {
    if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash) && Number.isSafeInteger(size) && size >= 0) continue;
    throw new HubError(`${hubUrl} lists ${path} of ${id} with the size ${size} and the hash ${JSON.stringify(hash)}.`);
  }
  const required = wanted ?? ["config.json"];
  const missing = required.find((name) => !files.some(({ path }) => path === name));
  if (missing !== undefined) {
    throw new HubError(`${id} (${revision}) is no model${wanted ? " of this kind" : ""}: it has no ${missing}.`);
  }
  if (!wanted && !files.some(({ path }) => !path.includes("/") && isWeights(path))) {
    const several = "or several files of them and no index";
    throw new HubError(
      `${id} (${revision}) has no weights in the safetensors format, ${several}. Convert those it has.`,
    );
  }
  return { commit, files };
}

/** The directory of an image tokenizer within a model's. */
const IMAGE_TOKENIZER = "image-tokenizer/";

/**
 * Settings, tokenizer and one set of weights: what `openModelWeights` would open, and nothing beside it; the same of the image
 * tokenizer where the model brings its own. Weights come last: a snapshot that has them has the rest.
 */
export function neededFiles<F extends { path: string; size: number }>(files: readonly F[]): F[] {
  const inImageTokenizer = files.filter(({ path }) => path.startsWith(IMAGE_TOKENIZER));
  return [...neededIn("", files), ...neededIn(IMAGE_TOKENIZER, inImageTokenizer)].sort(
    (a, b) => Number(isWeights(a.path)) - Number(isWeights(b.path)) || a.size - b.size || (a.path < b.path ? -1 : 1),
  );
}

function isWeights(path: string): boolean {
  return /\.(safetensors|bin)$/.test(path);
}

function neededIn<F extends { path: string }>(directory: string, files: readonly F[]): F[] {
  const nameOf = ({ path }: F) => path.slice(directory.length);
  const beside = files.filter((file) => /^[^/\\:]+$/.test(nameOf(file)));
  const weights = findWeights(beside.map(nameOf));
  // An index is not read before it is downloaded: it may name any of the files beside it.
  const isOfWeights = weights !== undefined && isIndexName(weights) ? isShardName : (name: string) => name === weights;
  const isSmall = (name: string) => /\.(json|jinja)$|^(merges|vocab)\.txt$|^(tokenizer|spiece)\.model$/.test(name);
  return beside.filter((file) => isSmall(nameOf(file)) || isOfWeights(nameOf(file)));
}

async function downloadFiles(
  client: HubClient,
  cache: ModelCache,
  { commit, files }: Listing,
  { onProgress, retries = 3 }: ResolveOptions,
): Promise<void> {
  // By hash: what stands at two paths is one blob.
  const absent = new Map<string, RemoteFile>();
  for (const file of files) {
    if ((await sizeOfFile(cache.blobPath(file.hash))) !== file.size) absent.set(file.hash, file);
  }
  await checkSpace(cache, [...absent.values()]);
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  for (const file of files) {
    client.signal?.throwIfAborted();
    const onBytes = (bytes: number) => onProgress?.({ file: file.path, loadedBytes: doneBytes + bytes, totalBytes });
    if (absent.delete(file.hash)) {
      const url = `${client.endpoint}/${client.id}/resolve/${commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`;
      await downloadBlob(client, url, file, cache.blobPath(file.hash), { retries, onBytes });
    }
    const linked = join(cache.snapshotPath(commit), file.path);
    if ((await sizeOfFile(linked)) !== file.size) await cache.link(commit, file.path, file.hash);
    onBytes(file.size);
    doneBytes += file.size;
  }
}

/** Better before the download than after an hour of it. @throws FileError when the disk is too full for what is missing */
async function checkSpace(cache: ModelCache, absent: readonly RemoteFile[]): Promise<void> {
  if (absent.length === 0) return;
  await createDirectory(cache.directory);
  const parts = await Promise.all(absent.map(({ hash }) => sizeOfFile(`${cache.blobPath(hash)}.incomplete`)));
  const needed = absent.reduce((sum, { size }, i) => sum + size - Math.min(size, parts[i] ?? 0), 0);
  const space = await statfs(cache.directory).catch(() => undefined);
  if (!space || space.bavail * space.bsize >= needed) return;
  const [want, have] = [needed, space.bavail * space.bsize].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  const wayOut = "Free some, or set HF_HOME to a place on another disk";
  throw new FileError(cache.directory, `no space: the model needs ${want} more, ${have} are free. ${wayOut}`, "ENOSPC");
}
