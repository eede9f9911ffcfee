/**
 * Examples from a folder of pictures: each with its caption in a .txt of the same name beside it, or all listed in the folder's
 * metadata.jsonl, captions.jsonl or metadata.csv ({"file_name": "a/1.png", "text": "a red circle"}, or any record of `record.ts`).
 */
import { access, readdir, readFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { checkedAt, decodeText, isHidden } from "./data-file-node.js";
import { DataError, type Example, type ExampleSource } from "./example.js";
import { openImage } from "./image-files-node.js";
import type { FileSourceOptions } from "./jsonl-node.js";
import { exampleFromRecord } from "./record.js";
import { openRecords } from "./record-files-node.js";
import { IMAGE_EXTENSIONS } from "./webdataset-node.js";

/** Files that list what a folder of pictures holds. */
export const LISTS = ["metadata.jsonl", "captions.jsonl", "metadata.csv"];

/** Folders within count too, hidden files do not; pictures are in the order of their names. @throws DataError when there are none */
export async function imageFolderSource({ path, name, captionTask }: FileSourceOptions): Promise<ExampleSource> {
  const toExample = (record: unknown, place: string): Example =>
    exampleFromRecord(record, {
      place,
      ...(captionTask ? { captionTask } : {}),
      openImage: (value) => openImage(value, place, path, place),
    });
  const sourceName = name ?? basename(resolve(path));
  const list = await firstExisting(LISTS.map((file) => join(path, file)));
  if (list !== undefined) {
    const { length, read: readRecord, close } = await openRecords(list);
    const read = async (index: number): Promise<Example> => {
      const { record, place } = await readRecord(index);
      return toExample(withUsualNames(record), place);
    };
    return { name: sourceName, length, read, dispose: close };
  }
  const files = await listPictures(path);
  return {
    name: sourceName,
    length: files.length,
    async read(index): Promise<Example> {
      const file = checkedAt(files, index, path);
      const place = join(path, file);
      const textFile = place.slice(0, -extname(place).length) + ".txt";
      const bytes = await readFile(textFile).catch(() => {
        throw new DataError(
          place,
          `no caption: write it to ${basename(textFile)} beside it, or list it in metadata.jsonl`,
        );
      });
      return toExample({ caption: decodeText(bytes, textFile).trim(), image: file }, place);
    },
  };
}

/** The field names of Hugging Face's image folders, as ours. */
function withUsualNames(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return record;
  const { file_name, file, text, ...rest } = record as Record<string, unknown>;
  const image = rest.image ?? file_name ?? file;
  return { ...rest, image, ...(text === undefined || "caption" in rest ? {} : { caption: text }) };
}

async function listPictures(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw new DataError(directory, `cannot be listed: ${cause instanceof Error ? cause.message : cause}`);
  });
  const isPicture = (file: string) =>
    IMAGE_EXTENSIONS.includes(extname(file).slice(1).toLowerCase()) && !isHidden(file);
  const files = entries.filter(isPicture).sort();
  if (files.length > 0) return files;
  throw new DataError(directory, `the folder has no pictures (${IMAGE_EXTENSIONS.join(", ")})`);
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  return undefined;
}
