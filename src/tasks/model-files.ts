/** Which directories a model is made of, its own and that of the image tokenizer which goes with it, and what stands in two files of them. */
import { joinPath, openFile } from "#files";
import { resolveModel } from "#hub";
import type { TokenizerConfig } from "../tokens/text-tokenizer.js";
import { FileError, isAbsent } from "../weights/files.js";
import type { ResolveOptions } from "../weights/hub.js";
import { readOptionalJson } from "../weights/json-files.js";

/** The image tokenizer that the released models were trained with; it is not among their files. */
const RELEASED_IMAGE_TOKENIZER = "showlab/magvitv2";

export interface ModelFilesOptions extends ResolveOptions {
  /**
   * Directory or Hub id of the image tokenizer, or `false` for text alone. By default `image-tokenizer/` of the model's directory;
   * for models of the Hub that have none, `showlab/magvitv2`.
   */
  readonly imageTokenizer?: string | false | undefined;
}

export interface ModelFiles {
  readonly directory: string;
  /** Absent for text alone. */
  readonly imageTokenizer?: string;
}

/**
 * The directories of a model, downloaded first if need be.
 * @throws as `resolveModel`
 */
export async function resolveModelFiles(pathOrHubId: string, options: ModelFilesOptions = {}): Promise<ModelFiles> {
  const { imageTokenizer, ...rest } = options;
  const directory = await resolveModel(pathOrHubId, rest);
  if (imageTokenizer === false) return { directory };
  const isOfHub =
    directory !== pathOrHubId && isTransformerConfig(await readOptionalJson(joinPath(directory, "config.json")));
  const found = await findImageTokenizer(directory, { named: imageTokenizer, isOfHub }, (name) =>
    // A revision is the model's; the image tokenizer has a history of its own.
    resolveModel(name, { ...rest, revision: undefined }),
  );
  return found === undefined ? { directory } : { directory, imageTokenizer: found };
}

/** What says, beside a model's directory, which image tokenizer goes with it. */
export interface ImageTokenizerChoice {
  /** A directory or Hub id. */
  readonly named: string | undefined;
  /** Whether the model is a transformer of the Hub. */
  readonly isOfHub: boolean;
}

/**
 * The image tokenizer that goes with a model: the one that is named; or `image-tokenizer/` of the model's directory; or, for a transformer of
 * the Hub, the released one. Undefined where there is none.
 * @param locate where a directory or Hub id is; one that is named and absent is its error
 */
export async function findImageTokenizer(
  directory: string,
  { named, isOfHub }: ImageTokenizerChoice,
  locate: (pathOrHubId: string) => Promise<string>,
): Promise<string | undefined> {
  if (named !== undefined) return locate(named);
  const within = joinPath(directory, "image-tokenizer");
  if ((await readOptionalJson(joinPath(within, "config.json"))) !== undefined) return within;
  return isOfHub ? locate(RELEASED_IMAGE_TOKENIZER) : undefined;
}

/** Whether a parsed `config.json` is a transformer's: image tokenizers are models of the Hub too. */
export function isTransformerConfig(config: unknown): boolean {
  return typeof config === "object" && config !== null && "d_model" in config;
}

/** Templates are short; what is larger than this is none. */
const MAX_TEMPLATE_BYTES = 1e6;

/**
 * The settings of a model's text tokenizer, its chat template among them, which newer tools save as a file of its own.
 * @throws FileError, JsonError for files that are there and cannot be read
 */
export async function readTokenizerConfig(directory: string): Promise<TokenizerConfig | undefined> {
  const config = (await readOptionalJson(joinPath(directory, "tokenizer_config.json"))) as TokenizerConfig | undefined;
  if ((config?.chat_template ?? undefined) !== undefined) return config;
  const template = await readOptionalText(joinPath(directory, "chat_template.jinja"));
  return template === undefined ? config : { ...config, chat_template: template };
}

/** A short text, or undefined where there is no such file. */
async function readOptionalText(path: string): Promise<string | undefined> {
  const file = await openFile(path).catch((error: unknown) => {
    if (error instanceof FileError && isAbsent(error)) return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    if (file.size > MAX_TEMPLATE_BYTES) throw new FileError(path, `has ${file.size} bytes, too many for a template`);
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    await file.close();
  }
}
