/**
 * The file that a batch writes: one JSON object a line. Lines are only ever added while requests are answered, so that a run which is
 * killed loses nothing; a torn last line is dropped when the next run begins. Of two lines for one request the last counts.
 */
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { attempt, createDirectory, writeAll, writeFileAtomically } from "../weights/files-node.js";
import type { BatchId } from "./batch-requests.js";
import { UsageError } from "./exit.js";

export interface ResultsFile {
  /** Lines of earlier runs that hold a result, by id. */
  readonly earlier: ReadonlyMap<string, string>;
  /** Adds lines, and returns when they are on the disk. */
  append(lines: readonly string[]): Promise<void>;
  /** Puts these lines, which are all that was added and kept, into their order. */
  finish(lines: readonly string[]): Promise<void>;
}

interface ResultLine {
  readonly id?: BatchId;
  /** What was asked: see `askedOf`. */
  readonly asked?: string;
  readonly error?: string;
}

/**
 * Opens a file of results, made if there is none. Errors of earlier runs are dropped: their requests are tried again.
 * @param isAsked whether an id is among the requests
 * @param isResult what a line with an id must be to be a result
 * @throws UsageError when the file holds something else, or results of other requests: they would be lost
 * @throws FileError when it cannot be read or written
 */
export async function openResults(
  path: string,
  isAsked: (id: string) => boolean,
  isResult: (line: ResultLine) => boolean = () => true,
): Promise<ResultsFile> {
  const text = await attempt(path, "read", () => readFile(path, "utf8").catch(emptyIfAbsent));
  const lines = text.split("\n");
  const torn = lines.pop() ?? "";
  const earlier = new Map<string, string>();
  lines.forEach((content, index) => {
    const { id, error } = parseLine(content, isResult, path, index + 1);
    if (error !== undefined || id === undefined) return;
    if (!isAsked(String(id))) {
      const wayOut = "give the same requests to go on, or another --output";
      throw new UsageError(`${path} has a result of ${JSON.stringify(id)}, which is not asked for: ${wayOut}`);
    }
    earlier.set(String(id), content);
  });
  const write = (kept: Iterable<string>) =>
    writeFileAtomically(path, [new TextEncoder().encode([...kept].map((line) => `${line}\n`).join(""))]);
  await createDirectory(dirname(path));
  if (torn !== "" || earlier.size !== lines.length || text === "") await write(earlier.values());
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

function emptyIfAbsent(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

/** @throws UsageError for a line that no batch has written */
function parseLine(content: string, isResult: (line: ResultLine) => boolean, path: string, number: number): ResultLine {
  try {
    const line = JSON.parse(content) as ResultLine;
    if (typeof line?.error === "string" || (line?.id !== undefined && isResult(line))) return line;
  } catch {
    // said below
  }
  throw new UsageError(
    `${path}, line ${number}, is no result that says what it answers (of an earlier version, or of something else): give another --output, or move that file away`,
  );
}
