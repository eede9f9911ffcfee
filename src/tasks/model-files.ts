/** Which directories a model is made of: its own, and that of the image tokenizer which goes with it. */
import { resolveModel } from "#hub";
import type { ResolveOptions } from "../weights/hub.js";
import { readOptionalJson } from "../weights/json-files.js";

/** The image tokenizer that the released models were trained with; it is not among their files. */
export const RELEASED_IMAGE_TOKENIZER = "showlab/magvitv2";

export interface ModelFilesOptions extends ResolveOptions {
  /**
   * Directory or Hub id of the image tokenizer, or `false` for text alone. By default `image-tokenizer/` of the model's directory;
   * for models of the Hub that have none, `showlab/magvitv2`.
   */
  readonly imageTokenizer?: string | false;
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
  // A revision is the model's; the image tokenizer has a history of its own.
  const resolveTokenizer = async (name: string) => ({
    directory,
    imageTokenizer: await resolveModel(name, { ...rest, revision: undefined }),
  });
  if (imageTokenizer !== undefined) return resolveTokenizer(imageTokenizer);
  const within = `${directory}/image-tokenizer`;
  if ((await readOptionalJson(`${within}/config.json`)) !== undefined) return { directory, imageTokenizer: within };
  const isOfHub = directory !== pathOrHubId;
  const isModel = isOfHub && isTransformerConfig(await readOptionalJson(`${directory}/config.json`));
  return isModel ? resolveTokenizer(RELEASED_IMAGE_TOKENIZER) : { directory };
}

/** Whether a parsed `config.json` is a transformer's: image tokenizers are models of the Hub too. */
export function isTransformerConfig(config: unknown): boolean {
  return typeof config === "object" && config !== null && "d_model" in config;
}
