/**
 * What models of the Hugging Face Hub are asked for by, whatever the platform. Each platform has one module with `resolveModel`, reached
 * as "#hub": `hub-node.ts` downloads into the cache that all Hugging Face tools share, `hub-web.ts` reads where the files are.
 */

/** How far a download is. Sizes are in bytes; `totalBytes` counts all files of the model that are needed. */
export interface DownloadProgress {
  readonly file: string;
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/**
 * How a model is found. `token`, `offline`, `cacheDirectory` and `retries` have no effect in browsers, which read the files of public models
 * where they are.
 */
export interface ResolveOptions {
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string | undefined;
  /** Told of every piece that comes; never in browsers, which read a model's files only when they are needed. */
  onProgress?(progress: DownloadProgress): void;
  readonly signal?: AbortSignal | undefined;
  /** Default `HF_TOKEN`, or the token that `huggingface-cli login` left. */
  readonly token?: string | undefined;
  /** Default `HF_ENDPOINT` (Node), or https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /** Only what is cached; default `HF_HUB_OFFLINE`. */
  readonly offline?: boolean | undefined;
  /** Where models are cached; default `HF_HUB_CACHE`, or `HF_HOME/hub`, or ~/.cache/huggingface/hub. */
  readonly cacheDirectory?: string | undefined;
  /**
   * These files and no others, for what is not laid out as a model; a local directory is known by the first. Default: settings, tokenizer
   * and one set of weights, known by `config.json`.
   */
  readonly files?: readonly string[] | undefined;
  /** How often a broken connection is tried again; default 3. */
  readonly retries?: number | undefined;
}

/** What ends a download, and who is told of it. */
export type DownloadOptions = Pick<ResolveOptions, "signal" | "onProgress">;

/** What went wrong with a model of the Hub, and what to do. `status` is the answer's, where there was one. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly status: number | undefined;
  /** Whether asking again may help. */
  readonly isTransient: boolean;
  constructor(message: string, options: { status?: number; isTransient?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.isTransient = options.isTransient ?? false;
  }

  /** The same with a sentence after its own. */
  adding(sentence: string): HubError {
    const { status, isTransient } = this;
    return new HubError(`${this.message} ${sentence}`, {
      ...(status === undefined ? {} : { status }),
      isTransient,
      cause: this,
    });
  }
}

/** Whether a name can be one of the Hub: `owner/name`. */
export function isHubId(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(name) && !/\.\.|--/.test(name);
}

/** @throws HubError for a revision of what is not of the Hub: there it would make no difference */
export function refuseRevision(place: string, revision: string | undefined): void {
  if (revision === undefined) return;
  throw new HubError(`${place} is there as it is, not on the Hub: leave out the revision ${JSON.stringify(revision)}.`);
}

/** @throws HubError for a revision that none can be */
export function checkRevision(revision: string): void {
  if (/^[\w][\w./-]*$/.test(revision) && !/\.\.|\/\/|\/$/.test(revision)) return;
  throw new HubError(`${JSON.stringify(revision)} is no revision. Give a branch, a tag or a commit.`);
}
