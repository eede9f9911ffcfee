/** `mmada eval`: judges models on a suite, one or several beside each other, and prints the table. */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command, Option } from "commander";
import { encodeImage } from "#image-codec";
import { listEmoji } from "../../data/emoji-node.js";
import type { Benchmark, Section } from "../../evaluation/benchmark.js";
import { miniSuite } from "../../evaluation/mini-suite-node.js";
import { fileStem, fingerprintOf, openOutcomeStore } from "../../evaluation/outcome-store-node.js";
import { type EvaluatedModel, markdownTable, reportOf, textTable } from "../../evaluation/report.js";
import { chooseRows, evaluate, type Outcomes, type Progress } from "../../evaluation/runner.js";
import { sampleSheet } from "../../evaluation/sample-sheet-node.js";
import { BUNDLED_MODEL } from "../../tasks/bundled-model-node.js";
import type { LoadedModel } from "../../tasks/model.js";
import type { ModelFiles } from "../../tasks/model-files.js";
import { writeFileAtomically } from "../../weights/files-node.js";
import { readOptionalJson } from "../../weights/json-files.js";
import { exitCodeOf, UsageError, withInterrupt } from "../exit.js";
import { bar, formatSeconds } from "../figures.js";
import {
  findModelFiles,
  loadOptionsOf,
  type ModelOptions,
  parseCount,
  parseSeed,
  withLoadedModel,
  withModelOptions,
} from "../model-options.js";
import { type StatusLine, statusLine } from "../progress.js";
import { refuseOptions } from "../stray-options.js";

interface EvalOptions extends ModelOptions {
  readonly compare?: readonly string[];
  readonly rows?: string;
  readonly items: number;
  readonly seed: number;
  readonly output?: string;
  readonly markdown?: boolean;
}

/** The directory in which models are looked for by name. */
const MODELS = resolve(BUNDLED_MODEL, "..");

export function evalCommand(): Command {
  const command = new Command("eval")
    .description("judge a model, or several beside each other, on a suite with fixed seeds")
    .addOption(new Option("--suite <name>", "what it is judged by").choices(["mini"]).default("mini"))
    .option("--compare <models...>", "models beside each other: directories, or names of directories in models/")
    .option("--rows <names>", "rows, or groups of them, separated by commas (default: all)")
    .option("--items <number>", "of each benchmark, unless it has fewer", parseCount, 500)
    .option("--seed <number>", "draws the items and all that is random in answers", parseSeed, 0)
    .option(
      "--output <directory>",
      "keeps every outcome (JSONL) and sheets of samples (PNG); a later run goes on from there",
    )
    .option("--markdown", "print the table as Markdown, for a model card")
    .addHelpText(
      "after",
      `
Ctrl-C prints what there is so far; with --output the same command goes on from there.

Examples:
  mmada eval
  mmada eval --rows questions,drawing/counting --items 100
  mmada eval --model models/mini --output evaluation/mini --markdown
  mmada eval --compare mini runs/mini/model --output evaluation/both
  mmada eval --suite mini --compare stage1 stage2 stage3`,
    );
  return withModelOptions(command).action(async (options: EvalOptions, own: Command) => {
    if (options.compare) refuseOptions(own, ["model"], "--compare says which models, and takes several");
    if (options.json) refuseOptions(own, ["markdown"], "--json prints the table as JSON, give one of them");
    await evaluateModels(options);
  });
}

/** Whenever Ctrl-C comes, what there is so far is printed. */
function evaluateModels(options: EvalOptions): Promise<void> {
  return withInterrupt(async (signal) => {
    const sections = await chosenSections(options.rows);
    const models: EvaluatedModel[] = [];
    try {
      // All are found before the first is judged, which may take hours.
      const all: EvaluatedSubject[] = [];
      for (const chosen of chosenModels(options)) {
        const one = { ...options, ...chosen };
        all.push({ ...one, files: await findModelFiles(one.model, { ...loadOptionsOf(one), signal }) });
      }
      for (const one of all) {
        const outcomes = await withLoadedModel(one, signal, (subject) => evaluateOne(subject, sections, one, signal));
        models.push({ name: one.name, outcomes });
        if (signal.aborted) break;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    const report = reportOf(sections, models);
    if (options.json) {
      const { seed } = options;
      console.log(JSON.stringify({ suite: "mini", seed, isComplete: !signal.aborted, ...report }));
    } else console.log(options.markdown ? markdownTable(report) : textTable(report));
    if (!signal.aborted) return;
    // The table is out, as JSON perhaps: nothing more is to be said there.
    process.stderr.write(options.output ? "stopped; the same command goes on from there\n" : "stopped\n");
    process.exitCode = exitCodeOf(signal.reason);
  });
}

/** A model to be judged. */
interface ChosenModel {
  /** In the table. */
  readonly name: string;
  readonly model: string;
  /** Where its outcomes are kept: beside each other when there are several. */
  readonly output?: string;
  readonly imageTokenizer?: ModelOptions["imageTokenizer"];
}

/** One that was found, and how it is judged. */
type EvaluatedSubject = EvalOptions & ChosenModel & { readonly files: ModelFiles };

function chosenModels({ compare, model, output, imageTokenizer }: EvalOptions): ChosenModel[] {
  if (!compare) return [{ name: basename(resolve(model)), model, output, imageTokenizer }];
  const names = compare.map((path) => basename(resolve(path)));
  const isUnique = new Set(names).size === names.length;
  const places = compare.map(findModel);
  // Stages of one model share their image tokenizer: directories without one take the first that another has.
  const shared = places.map(imageTokenizerIn).find(isModel);
  const lacksTokenizer = (place: string) => isModel(place) && !isModel(imageTokenizerIn(place));
  return compare.map((path, i) => {
    const name = isUnique ? names[i] : path.replaceAll(/[/\\]+/g, "-");
    return {
      name,
      model: places[i],
      output: output && join(output, name),
      imageTokenizer: imageTokenizer ?? (lacksTokenizer(places[i]) ? shared : undefined),
    };
  });
}

async function evaluateOne(
  subject: LoadedModel,
  sections: readonly Section[],
  { name, files, adapter, output, seed, items }: EvaluatedSubject,
  signal: AbortSignal,
): Promise<Outcomes> {
  const identity = async () => ({ suite: "mini", seed, model: await fingerprintOf(files, adapter) });
  const store = output ? await openOutcomeStore(output, await identity()) : undefined;
  const benchmarks = sections.flatMap((section) => section.benchmarks);
  const status = statusLine();
  const outcomes = await evaluate(subject, benchmarks, {
    numItems: items,
    seed,
    canThink: await isTaughtToThink(files.directory),
    store,
    signal,
    onProgress: progressLine(status, name),
  }).finally(status.clear);
  if (output) await writeSheets(subject, benchmarks, outcomes, { output, seed, signal });
  return outcomes;
}

/** Such models say so in their settings, with how much room thinking takes. */
async function isTaughtToThink(directory: string): Promise<boolean> {
  const settings = await readOptionalJson(join(directory, "generation_config.json"));
  return typeof settings === "object" && settings !== null && "thinking" in settings;
}

async function writeSheets(
  subject: LoadedModel,
  benchmarks: readonly Benchmark[],
  outcomes: Outcomes,
  { output, seed, signal }: { readonly output: string; readonly seed: number; readonly signal: AbortSignal },
): Promise<void> {
  for (const benchmark of benchmarks) {
    if (signal.aborted) return;
    const sheet = await sampleSheet(subject, benchmark, outcomes.get(benchmark.name) ?? [], seed);
    if (sheet) await writeFileAtomically(join(output, `${fileStem(benchmark.name)}.png`), [await encodeImage(sheet)]);
  }
}

/** @throws UsageError for names of rows that there are not */
async function chosenSections(rows: string | undefined): Promise<Section[]> {
  const names =
    rows
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  // The emoji are a package for development: without it, their rows are left out.
  const emoji = await listEmoji().catch((error: Error) => {
    process.stderr.write(`rows of emoji are left out: ${error.message}\n`);
    return [];
  });
  try {
    return chooseRows(miniSuite(emoji), names);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** A directory as given, or one in `models/` by its name, with or without the `mini-` before it; the last stage is the bundled model. */
function findModel(name: string): string {
  const candidates = [
    name,
    join(MODELS, name),
    join(MODELS, `mini-${name}`),
    ...(name === "stage3" ? [BUNDLED_MODEL] : []),
  ];
  return candidates.find(isModel) ?? name;
}

function imageTokenizerIn(directory: string): string {
  return join(directory, "image-tokenizer");
}

function isModel(directory: string): boolean {
  return existsSync(join(directory, "config.json"));
}

function progressLine(status: StatusLine, model: string): (progress: Progress) => void {
  const start = Date.now();
  return ({ benchmark, numDone, numItems, numDoneOfAll, numItemsOfAll, numResumed }) => {
    const seconds = (Date.now() - start) / 1000;
    const numNew = numDoneOfAll - numResumed;
    // Drawings take longest and come late: the estimate grows on the way.
    const left =
      numNew > 0 && seconds > 5 ? `  ${formatSeconds((seconds / numNew) * (numItemsOfAll - numDoneOfAll))} left` : "";
    status.show(`${bar(numDoneOfAll / numItemsOfAll)} ${model}  ${benchmark} ${numDone}/${numItems}${left}`);
  };
}
