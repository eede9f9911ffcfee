/**
 * The file that the results of many requests are kept in: one JSON object a line. Lines are only ever added while requests are answered, so
 * that a run which is killed loses nothing; a torn last line is dropped when the next run begins. Of two lines for one request the last
 * counts.
 */
import { open, readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { attempt, createDirectory, writeAll, writeFileAtomically } from "../weights/files-node.js";

/** What is to be written would do away with what stands there, which is something else: nothing is written. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** What stands there. */
  readonly fault: string;
  /** What else may be done than to write elsewhere. */
  readonly wayOut: string;
  constructor(fault: string, wayOut: string) {
    super(`${fault}: give another output, or ${wayOut}`);
    this.fault = fault;
    this.wayOut = wayOut;
  }
}

export interface ResultsFile {
  /** Lines of earlier runs that hold a result, by id. */
  readonly earlier: ReadonlyMap<string, string>;
  /** Adds lines, and returns when they are on the disk. */
  append(lines: readonly string[]): Promise<void>;
  /** Puts these lines, which are all that was added and kept, into their order. */
  finish(lines: readonly string[]): Promise<void>;
}

interface ResultLine {
  readonly id?: string | number;
  /** Where the request stands, in lines that hold an error. */
  readonly line?: number;
  /** What was asked, in lines that say so. */
  readonly asked?: string;
  readonly error?: string;
}

/**
 * Opens a file of results, made if there is none. Errors of earlier runs are dropped: their requests are tried again.
 * @param isAsked whether an id is among the requests
 * @param isResult what a line with an id must be to be a result
 * @throws OutputError when the file holds something else, or results of other requests: they would be lost
 * @throws FileError when it cannot be read or written
 */
export async function openResults(
  output: string,
  isAsked: (id: string) => boolean,
  isResult: (line: ResultLine) => boolean = () => true,
): Promise<ResultsFile> {
  const stats = await attempt(output, "read", () => stat(output).catch(undefinedIfAbsent));
  // What is read from a pipe or a terminal may never end, and there is no going on from what was written to one.
  if (stats && !stats.isFile()) throw new OutputError(`${output} is no file`, "one that is not there yet");
  const path = stats ? await realpath(output) : output; // a link is not to be replaced
  const text = stats ? await attempt(output, "read", () => readFile(path, "utf8")) : "";
  const lines = wholeLines(text, output);
  const earlier = new Map<string, string>();
  lines.forEach((content, index) => {
    const { id, error } = parseLine(content, isResult, output, index + 1);
    if (error !== undefined || id === undefined) return;
    if (!isAsked(String(id))) {
      const fault = `${output} has a result of ${JSON.stringify(id)}, which is not asked for`;
      throw new OutputError(fault, "the same requests to go on");
    }
    earlier.set(String(id), content);
  });
  const write = (kept: Iterable<string>) =>
    writeFileAtomically(path, [new TextEncoder().encode([...kept].map((line) => `${line}\n`).join(""))]);
  await createDirectory(dirname(path));
  if (!text.endsWith("\n") || earlier.size !== lines.length) await write(earlier.values());
  const order = [...earlier.values()];
  return {
    earlier,
    async append(added) {
      if (added.length === 0) return;
      order.push(...added);
      await attempt(path, "write", async () => {
        const handle = await open(path, "a");
        try {
          await writeAll(handle, new TextEncoder().encode(added.map((line) => `${line}\n`).join("")));
          await handle.datasync();
        } finally {
          await handle.close();
        }
      });
    },
    async finish(sorted) {
      if (sorted.length !== order.length || sorted.some((line, i) => line !== order[i])) await write(sorted);
    },
  };
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** How lines begin here, and so what is left of one that was torn. */
const OWN_BEGINNINGS = ['{"id":', '{"line":'];

/** All lines but a torn one at the end. @throws OutputError when what stands there is none of ours */
function wholeLines(text: string, path: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  if (isJson(last)) return [...lines, last];
  if (OWN_BEGINNINGS.some((own) => own.startsWith(last.slice(0, own.length)))) return lines;
  throw noResult(path, lines.length + 1);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws OutputError for a line that holds no result */
function parseLine(content: string, isResult: (line: ResultLine) => boolean, path: string, number: number): ResultLine {
  try {
    const line = JSON.parse(content) as ResultLine;
    const { id, line: place, error, ...more } = line;
    // Logs of others have errors too, with more about them.
    const isError = typeof error === "string" && (id ?? place) !== undefined && Object.keys(more).length === 0;
    if (isError || (error === undefined && id !== undefined && isResult(line))) return line;
  } catch {
    // said below
  }
  throw noResult(path, number);
}

function noResult(path: string, number: number): OutputError {
  return new OutputError(
    `${path}, line ${number}, is no result that says what it answers (of an earlier version, or of something else)`,
    "move that file away",
  );
}
