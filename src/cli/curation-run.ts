/** `mmada data curate` as it runs: the questions are opened, how far the asking is is shown, and what came of it is said. */
import { basename } from "node:path";
import { type CurationReport, curate } from "../curation/curation-node.js";
import type { CurationOptions } from "../curation/options.js";
import type { Task } from "../data/example.js";
import { createHoldings } from "../runtime/holdings.js";
import { type DataSourceOptions, openDataSource } from "./data-source.js";
import { UsageError } from "./exit.js";
import { withOutput } from "./outputs.js";
import { downloadStatus, statusLine } from "./progress.js";
import { isSameFile } from "./same-file.js";

export interface CurationRun {
  /** Of the questions. */
  readonly file: string;
  readonly source: DataSourceOptions;
  readonly options: CurationOptions;
  readonly json?: boolean;
}

/**
 * Asks, keeps what verifies and says what came of it.
 * @throws UsageError for files and options that will not do; what ends the asking, after which a second run goes on
 */
export async function runCuration({ file, source, options, json }: CurationRun): Promise<void> {
  const { output, maxQuestions } = options;
  if (await isSameFile(file, output)) throw new UsageError(`the questions and --output are both ${file}`);
  const { hold, dispose } = createHoldings();
  const status = statusLine();
  hold({ dispose: async () => status.clear() });
  try {
    const questions = hold(await openDataSource(file, source));
    if (maxQuestions === undefined && !Number.isFinite(questions.length))
      throw new UsageError("the questions have no end: say --max-questions");
    const report = await withOutput(() =>
      curate(questions, {
        ...options,
        onProgress: downloadStatus(status),
        onAttempts: ({ numDone, numAttempts, numRight }) =>
          status.show(`${numDone} of ${numAttempts} attempts, ${numRight} right`),
      }),
    );
    status.clear();
    console.log(json ? JSON.stringify(report) : reportText(report));
    tellFailures(report);
  } finally {
    await dispose();
  }
}

/** Failures are said; where there is nothing else, that is one of the whole. */
function tellFailures({ numMade, numFailed, firstFailure }: CurationReport): void {
  if (numFailed === 0) return;
  const isAll = numFailed === numMade;
  const attemptsFailed = numFailed === 1 ? "1 attempt failed" : `${numFailed} attempts failed`;
  process.stderr.write(`${isAll ? "all " : ""}${attemptsFailed}, the first: ${firstFailure}\n`);
  if (isAll) process.exitCode = 1;
}

function reportText({ output, numKept, numBroken, tasks }: CurationReport): string {
  const lines = (Object.keys(tasks) as Task[]).map((task) => {
    const one = tasks[task]!;
    return (
      `${task}: ${one.numSolved} of ${one.numQuestions} questions solved, ${one.numRight} of ${one.numAttempts} attempts right; ` +
      `${one.numKept} kept (left out: ${one.numUnreasoned} without reasoning, ${one.numMalformed} with stray marks, ${one.numDuplicates} duplicates, ` +
      `${one.numNearDuplicates} near-duplicates, ${one.numSurplus} more than needed)`
    );
  });
  const passed =
    numBroken > 0 ? [`${numBroken} attempts at records that are broken, or no questions, were passed over`] : [];
  return [
    ...lines,
    ...passed,
    `${numKept} traces in ${basename(output)}, with ${basename(output)}.report.json beside`,
  ].join("\n");
}
