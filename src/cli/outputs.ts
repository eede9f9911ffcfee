/** Files that a command writes: what can be said of them before any work is done. */
import { stat } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { InvalidArgumentError } from "commander";
import { OutputError } from "../tasks/results-file-node.js";
import { FileError } from "../weights/files.js";
import { createDirectory } from "../weights/files-node.js";
import { UsageError } from "./exit.js";
import { isSameFile } from "./same-file.js";

/** Makes the directory of a file that is to be written, before there is anything to lose. @throws FileError where no file can be */
export async function prepareOutput(path: string): Promise<void> {
  await createDirectory(dirname(path));
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory()) throw new FileError(path, "is a directory: give the name of a file", "EISDIR");
}

/** The same for the output of a command that goes from file to file. @throws UsageError where both are one, under whatever name */
export async function prepareOtherOutput({ input, output }: { readonly input: string; readonly output: string }) {
  if (await isSameFile(input, output))
    throw new UsageError(`--input and --output are both ${input}: give another --output`);
  await prepareOutput(output);
}

/** Runs what is told where to write by `--output`. @throws UsageError when what stands there is something else */
export async function withOutput<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    throw new UsageError(`${error.fault}: give another --output, or ${error.wayOut}`);
  }
}

/** The name of a PNG, as an option takes it: another name may be that of something else. */
export function parsePngPath(path: string): string {
  if (extname(path).toLowerCase() === ".png") return path;
  throw new InvalidArgumentError("It must be a name that ends in .png.");
}
