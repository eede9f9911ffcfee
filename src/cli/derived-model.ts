/** Models made of others without training: a directory that is not there yet, with the files of the one it comes from and weights of its own. */
import { cp, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { Option } from "commander";
import type { WeightMap } from "../model/weight-source.js";
import { writeFileAtomically } from "../weights/files-node.js";
import { saveModelWeights } from "../weights/model-weights.js";
import { UsageError } from "./exit.js";

const DTYPES = ["float32", "float16", "bfloat16"] as const;
export type SavedDType = (typeof DTYPES)[number];

export function savedDTypeOption(): Option {
  return new Option("--dtype <name>", "what its weights are saved as").choices(DTYPES).default("float16");
}

/** @throws UsageError where there is something already */
export async function checkIsNew(output: string): Promise<void> {
  const isThere = await stat(output).then(
    () => true,
    () => false,
  );
  if (isThere) throw new UsageError(`${output} is there already`);
}

interface Derived {
  /** The model that it comes from, … */
  readonly directory: string;
  /** … and its image tokenizer, which may stand elsewhere. */
  readonly imageTokenizer?: string | undefined;
  readonly dtype: SavedDType;
  /** What its `config.json` is, if another one. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Writes the model: all files of the one that it comes from, with these weights. */
export async function saveDerivedModel(output: string, weights: WeightMap, derived: Derived): Promise<void> {
  const { directory, imageTokenizer, dtype, settings } = derived;
  // The Hub's cache holds links: a model of its own needs files.
  await cp(directory, output, { recursive: true, dereference: true, filter: (path) => !isWeights(path, directory) });
  if (imageTokenizer !== undefined && resolve(dirname(imageTokenizer)) !== resolve(directory))
    await cp(imageTokenizer, resolve(output, "image-tokenizer"), { recursive: true, dereference: true });
  if (settings) {
    const json = `${JSON.stringify(settings, null, 2)}\n`;
    await writeFileAtomically(resolve(output, "config.json"), [new TextEncoder().encode(json)]);
  }
  await saveModelWeights(output, weights, { dtype });
}

/** The model's own weights, PyTorch's among them; those of its image tokenizer stand in a folder below. */
function isWeights(path: string, directory: string): boolean {
  const isInside = resolve(dirname(path)) === resolve(directory);
  return isInside && /(\.safetensors|^pytorch_model.*\.bin)(\.index\.json)?$/.test(basename(path));
}
