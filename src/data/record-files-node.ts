/** Files of records of any kind, by their ending: JSONL, JSON, CSV, Parquet, or a folder with a JSON file for every record. */
import { constants } from "node:buffer";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { parseCsv } from "./csv.js";
import { checkedAt, decodeText, isHidden, type RecordFile } from "./data-file-node.js";
import { DataError } from "./example.js";
import { openJsonl } from "./jsonl-node.js";
import { openParquet } from "./parquet-node.js";

/** @throws DataError when there is no such file, it is of no known kind, or it has no records */
export async function openRecords(path: string): Promise<RecordFile> {
  const info = await stat(path).catch((cause: Error) => {
    throw new DataError(path, `cannot be opened: ${cause.message}`);
  });
  if (info.isDirectory()) return openFolder(path);
  const ending = extname(path).toLowerCase();
  switch (ending) {
    case ".jsonl":
    case ".ndjson":
      return openJsonl(path);
    case ".json":
      return inMemory(path, parseJson(await readText(path, info.size, toJsonl(path)), path));
    case ".csv":
    case ".tsv":
      return openCsv(path, await readText(path, info.size, "convert it to .parquet"), ending === ".csv" ? "," : "\t");
    case ".parquet":
      return openParquet(path);
    default:
      throw new DataError(
        path,
        `"${ending}" is no known ending: .jsonl, .json, .csv, .tsv, .parquet, or a folder of .json`,
      );
  }
}

/** A row that is broken is told of when it is read, as a line of JSONL is. */
function openCsv(path: string, text: string, separator: "," | "\t"): RecordFile {
  const rows = parseCsv(text, separator, path);
  if (rows.length === 0) throw new DataError(path, "the file has no rows below that of the names of columns");
  return {
    length: rows.length,
    async read(index) {
      const { record, place } = checkedAt(rows, index, path);
      if (record instanceof DataError) throw record;
      return { record, place };
    },
    close: async () => {},
  };
}

/** The whole file as one text. @throws DataError with the way out when it is longer than a text can be */
async function readText(path: string, size: number, wayOut: string): Promise<string> {
  if (size <= constants.MAX_STRING_LENGTH) return decodeText(await readFile(path), path);
  const [inMib, maxInMib] = [size, constants.MAX_STRING_LENGTH].map((bytes) => Math.ceil(bytes / 2 ** 20));
  throw new DataError(path, `${inMib} MiB are more than can be read as one text (${maxInMib} MiB): ${wayOut}`);
}

/** The list of records that `listIn` looks for, a record a line: such files are read one record at a time. */
function toJsonl(path: string): string {
  return `convert it to .jsonl, jq -c '(arrays // (.[] | arrays))[]' "${path}" > "${path}l"`;
}

/** Every .json below a folder is a record, in the order of their names; hidden ones are not. */
async function openFolder(path: string): Promise<RecordFile> {
  const isRecord = (file: string) => extname(file) === ".json" && !isHidden(file);
  const files = (await readdir(path, { recursive: true })).filter(isRecord).sort();
  if (files.length === 0) throw new DataError(path, "the folder has no .json files");
  return {
    length: files.length,
    async read(index) {
      const place = join(path, checkedAt(files, index, path));
      return { record: parseJson(decodeText(await readFile(place), place), place), place };
    },
    close: async () => {},
  };
}

function inMemory(path: string, content: unknown): RecordFile {
  const records = listIn(content);
  if (records === undefined || records.length === 0)
    throw new DataError(path, 'the file has no list of records: [{…}, …] or {"…": [{…}, …]} is expected');
  return {
    length: records.length,
    read: async (index) => ({ record: checkedAt(records, index, path), place: `${path} record ${index + 1}` }),
    close: async () => {},
  };
}

/** The list itself, or the only list among the fields of an object. */
function listIn(content: unknown): readonly unknown[] | undefined {
  if (Array.isArray(content)) return content;
  if (typeof content !== "object" || content === null) return undefined;
  const lists = Object.values(content).filter(Array.isArray);
  return lists.length === 1 ? lists[0] : undefined;
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DataError(place, `not JSON: ${(cause as Error).message}`);
  }
}
