/**
 * The cache that all Hugging Face tools share on a disk, and the variables that steer it:
 * `HUB/models--OWNER--NAME/` has `blobs/HASH` (contents), `snapshots/COMMIT/FILE` (links to blobs) and `refs/REVISION` (a commit).
 */
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, stat, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { FileError } from "./files.js";
import { attempt, writeFileAtomically } from "./files-node.js";
import { findWeights, isIndexName } from "./weight-files.js";

/** Where a model's files are, or are to be put. */
export interface ModelCache {
  readonly directory: string;
  blobPath(hash: string): string;
  snapshotPath(commit: string): string;
  /** The commit that a branch or tag stood for when it was last asked; a commit stands for itself. */
  readRef(revision: string): Promise<string | undefined>;
  /** Notes what `readRef` reads, unless one revision's file is another's directory. */
  writeRef(revision: string, commit: string): Promise<void>;
  /** Makes `file` of a snapshot the blob of that hash: a link, or a copy where the system has none. */
  link(commit: string, file: string, hash: string): Promise<void>;
}

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(text: unknown): text is string {
  return typeof text === "string" && COMMIT.test(text);
}

/** The cache of a model with a Hub id such as `owner/name`. */
export function modelCache(id: string, hubDirectory = defaultHubDirectory()): ModelCache {
  const directory = join(hubDirectory, `models--${id.replaceAll("/", "--")}`);
  const blobPath = (hash: string) => join(directory, "blobs", hash);
  const refPath = (revision: string) => join(directory, "refs", ...revision.split("/"));
  const snapshotPath = (commit: string) => join(directory, "snapshots", commit);
  return {
    directory,
    blobPath,
    snapshotPath,
    async readRef(revision) {
      if (isCommit(revision)) return revision;
      const text = await readFile(refPath(revision), "utf8").catch(() => "");
      return isCommit(text.trim()) ? text.trim() : undefined;
    },
    async writeRef(revision, commit) {
      if (isCommit(revision)) return;
      const path = refPath(revision);
      try {
        await attempt(path, "create", () => mkdir(dirname(path), { recursive: true }));
        await writeFileAtomically(path, [new TextEncoder().encode(commit)]);
      } catch (error) {
        // Branches "a" and "a/b", of which the Hub has had one after the other.
        if (!(error instanceof FileError && /^(EEXIST|ENOTDIR|EISDIR)$/.test(error.code ?? ""))) throw error;
      }
    },
    async link(commit, file, hash) {
      const path = join(snapshotPath(commit), file);
      await attempt(path, "link", () => linkOrCopy(blobPath(hash), path));
    },
  };
}

/** Made beside and renamed, so that nobody finds the link gone for a moment. */
async function linkOrCopy(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await symlink(relative(dirname(path), blob), temporary);
  } catch (error) {
    // On Windows, links need a privilege; some file systems have none.
    if (!["EPERM", "ENOSYS", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await copyFile(blob, temporary);
  }
  await rename(temporary, path);
}

/** Size in bytes of what is at `path`, links followed; undefined when there is nothing. */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/**
 * Whether a snapshot has a configuration and all of its weights, as far as can be told without the Hub; so has the image tokenizer
 * in it, if it has one. Weights are downloaded last, so that one with weights has the rest too.
 */
export async function isCompleteSnapshot(directory: string): Promise<boolean> {
  const imageTokenizer = join(directory, "image-tokenizer");
  const hasImageTokenizer = (await sizeOfFile(imageTokenizer)) !== undefined;
  return (await isCompleteModel(directory)) && (!hasImageTokenizer || (await isCompleteModel(imageTokenizer)));
}

async function isCompleteModel(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOfFile(join(directory, name))));
  const present = names.filter((_, i) => sizes[i] !== undefined);
  const weights = findWeights(present);
  if (!present.includes("config.json") || weights === undefined) return false;
  if (!isIndexName(weights)) return true;
  try {
    const { weight_map: weightMap } = JSON.parse(await readFile(join(directory, weights), "utf8"));
    return Object.values(weightMap as object).every((shard) => present.includes(shard));
  } catch {
    return false;
  }
}

function hubHome(): string {
  const { HF_HOME, XDG_CACHE_HOME } = process.env;
  return expandHome(HF_HOME || join(XDG_CACHE_HOME || "~/.cache", "huggingface"));
}

function defaultHubDirectory(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = process.env;
  return expandHome(HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(hubHome(), "hub"));
}

function expandHome(path: string): string {
  return /^~(?=$|[/\\])/.test(path) ? join(homedir(), path.slice(1)) : path;
}

/** `HF_TOKEN`, or the token that `huggingface-cli login` has left. */
export async function defaultToken(): Promise<string | undefined> {
  const { HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH } = process.env;
  const given = HF_TOKEN || HUGGING_FACE_HUB_TOKEN;
  if (given) return given.trim();
  const path = expandHome(HF_TOKEN_PATH || join(hubHome(), "token"));
  return (await readFile(path, "utf8").catch(() => "")).trim() || undefined;
}

export function defaultEndpoint(): string {
  return process.env["HF_ENDPOINT"] || "https://huggingface.co";
}

export function isOfflineByDefault(): boolean {
  return /^(1|on|yes|true)$/i.test(process.env["HF_HUB_OFFLINE"] ?? "");
}
