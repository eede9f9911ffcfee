/** A file of data named on the command line, as a source: by its ending, by `--type`, or described in YAML as in a recipe. */
import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { isHidden } from "../data/data-file-node.js";
import type { ExampleSource } from "../data/example.js";
import { LISTS } from "../data/image-folder-node.js";
import { LAYOUT_NAMES } from "../data/layouts/layouts.js";
import { openSource, sourceSchema } from "../data/sources-node.js";
import { IMAGE_EXTENSIONS } from "../data/webdataset-node.js";
import { attempt, listDirectory } from "../weights/files-node.js";
import { UsageError } from "./exit.js";

export interface DataSourceOptions {
  readonly type?: string;
  readonly imageDirectory?: string;
}

const OWN_TYPES = { ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".tar": "webdataset" } as const;
const TYPES = [...new Set<string>(Object.values(OWN_TYPES)), "image-folder", ...LAYOUT_NAMES];

export function withDataSource(command: Command): Command {
  return command
    .addOption(new Option("--type <name>", "layout of the file, where it is not this project's own").choices(TYPES))
    .option("--image-directory <path>", "what the paths of pictures are relative to, for the public layouts");
}

/** @throws UsageError when the type cannot be told or does not fit, FileError or DataError when the file cannot be opened */
export async function openDataSource(
  path: string,
  { type, imageDirectory }: DataSourceOptions,
): Promise<ExampleSource> {
  const isYaml = /\.ya?ml$/.test(path);
  if (isYaml && (type ?? imageDirectory) !== undefined) throw new UsageError("a source in YAML says its type itself");
  const config = isYaml
    ? await readYaml(path)
    : { type: type ?? (await typeOf(path)), path, ...(imageDirectory === undefined ? {} : { imageDirectory }) };
  const parsed = sourceSchema.safeParse(config);
  if (!parsed.success) throw new UsageError(`${path} is no source of data:\n${z.prettifyError(parsed.error)}`);
  return openSource(parsed.data, { directory: isYaml ? dirname(resolve(path)) : process.cwd(), seed: 0 });
}

async function readYaml(path: string): Promise<unknown> {
  const text = await attempt(path, "read", () => readFile(path, "utf8"));
  try {
    return parseYaml(text);
  } catch (error) {
    throw new UsageError(`${path} is no YAML: ${(error as Error).message}`);
  }
}

async function typeOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return typeOfFolder(path);
  const type = typeByEnding(path);
  if (type !== undefined) return type;
  throw new UsageError(`what is in ${path}? Say it by --type: ${TYPES.join(", ")}`);
}

/** A folder of pictures with their captions beside them may hold what else there is; other mixtures are asked about. */
async function typeOfFolder(path: string): Promise<string> {
  const files = (await listDirectory(path)).filter((file) => !isHidden(file));
  const captionOf = (picture: string) => `${picture.slice(0, -extname(picture).length)}.txt`;
  if (files.some((file) => isPicture(file) && files.includes(captionOf(file)))) return "image-folder";
  const isOfPictures = (file: string) => LISTS.includes(file) || isPicture(file);
  const types = new Set(files.flatMap((file) => (isOfPictures(file) ? "image-folder" : (typeByEnding(file) ?? []))));
  if (types.size <= 1) return [...types][0] ?? "image-folder";
  throw new UsageError(`${path} has files of several kinds. Say by --type which to take: ${[...types].join(", ")}`);
}

function isPicture(file: string): boolean {
  return IMAGE_EXTENSIONS.includes(extname(file).slice(1).toLowerCase());
}

function typeByEnding(path: string): string | undefined {
  return (OWN_TYPES as Readonly<Record<string, string>>)[extname(path).toLowerCase()];
}
