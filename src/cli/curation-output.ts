/** Where a curation may write: over what a curation has written, and nothing else. */
import { existsSync } from "node:fs";
import { UsageError } from "./exit.js";
import { isSameFile } from "./same-file.js";

/** What a curation says of itself, beside the traces. */
export function reportPath(output: string): string {
  return `${output}.report.json`;
}

/** One line for each attempt: see `curation-attempts.ts`. */
export function attemptsPath(output: string): string {
  return `${output}.attempts`;
}

/** @throws UsageError when the questions, or a file of another origin, would be written over */
export async function checkOutput(questions: string, output: string): Promise<void> {
  if (await isSameFile(questions, output)) throw new UsageError(`the questions and --output are both ${questions}`);
  if (existsSync(output) && !existsSync(attemptsPath(output)) && !existsSync(reportPath(output)))
    throw new UsageError(`${output} is there, and no curation has made it: give another --output, or move it away`);
}
