/** Models made of others without training: a directory that is not there yet, with the files of the one it comes from and weights of its own. */
import { randomUUID } from "node:crypto";
import { cp, mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { Option } from "commander";
import type { WeightMap } from "../model/weight-source.js";
import { attempt, createDirectory, writeFileAtomically } from "../weights/files-node.js";
import { SAVED_DTYPES, type SavedDType, saveModelWeights } from "../weights/model-weights.js";
import { UsageError } from "./exit.js";
import type { ModelOptions } from "./model-options.js";

export function savedDTypeOption(): Option {
  return new Option("--dtype <name>", "what its weights are saved as").choices(SAVED_DTYPES).default("float16");
}

/** @throws UsageError where there is something already, or inside of what will be copied there */
export async function checkIsNew(
  output: string,
  copied: Pick<ModelOptions, "model" | "imageTokenizer">,
): Promise<void> {
  const isThere = await stat(output).then(
    () => true,
    () => false,
  );
  if (isThere) throw new UsageError(`${output} is there already`);
  const place = await realPlace(output);
  for (const directory of [copied.model, copied.imageTokenizer]) {
    if (!directory || !place.startsWith(`${await realPlace(directory)}${sep}`)) continue;
    throw new UsageError(`${output} is inside of ${directory}, which is copied there: give an --output elsewhere`);
  }
}

/** The path without links of what need not be there yet. */
async function realPlace(path: string): Promise<string> {
  const whole = resolve(path);
  if (whole === dirname(whole)) return whole;
  return realpath(whole).catch(async () => join(await realPlace(dirname(whole)), basename(whole)));
}

interface Derived {
  /** The model that it comes from, … */
  readonly directory: string;
  /** … and its image tokenizer, which may stand elsewhere. */
  readonly imageTokenizer?: string | undefined;
  readonly dtype: SavedDType;
  /** What its `config.json` is, if another one. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Ends the saving before its files are written, or between two kinds of them. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the model: all files of the one that it comes from, with these weights and the image tokenizer that was chosen, if any. It appears
 * when all of it is there.
 * @throws FileError when it cannot be written, the signal's reason when it is aborted; nothing is left then
 */
export async function saveDerivedModel(output: string, weights: WeightMap, derived: Derived): Promise<void> {
  derived.signal?.throwIfAborted();
  const place = resolve(output);
  const temporary = `${place}.${randomUUID()}.tmp`;
  try {
    await createDirectory(dirname(place));
    await attempt(output, "create", () => mkdir(temporary));
    await writeModel(temporary, weights, derived);
    await attempt(output, "write", () => rename(temporary, place));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function writeModel(output: string, weights: WeightMap, derived: Derived): Promise<void> {
  const { directory, imageTokenizer, dtype, settings, signal } = derived;
  // The Hub's cache holds links: a model of its own needs files.
  const asFiles = { recursive: true, dereference: true };
  const own = resolve(directory, "image-tokenizer");
  const isWanted = (path: string) => !isWeights(path, directory) && resolve(path) !== own;
  await cp(directory, output, { ...asFiles, filter: isWanted });
  if (imageTokenizer !== undefined) await cp(imageTokenizer, join(output, "image-tokenizer"), asFiles);
  if (settings) {
    const json = `${JSON.stringify(settings, null, 2)}\n`;
    await writeFileAtomically(resolve(output, "config.json"), [new TextEncoder().encode(json)]);
  }
  signal?.throwIfAborted();
  await saveModelWeights(output, weights, { dtype });
  signal?.throwIfAborted();
}

/** The model's own weights, PyTorch's among them; those of its image tokenizer stand in a folder below. */
function isWeights(path: string, directory: string): boolean {
  const isInside = resolve(dirname(path)) === resolve(directory);
  return isInside && /(\.safetensors|^pytorch_model.*\.bin)(\.index\.json)?$/.test(basename(path));
}
