/**
 * `mmada train`: runs a recipe, or goes on with the run that a directory holds, and shows how it is getting on; with `--dry-run` says what
 * it would take.
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { openBackend } from "#backends";
import { dryRun } from "../../runs/dry-run-node.js";
import { parseRunRecipe, type RunRecipe } from "../../runs/recipes.js";
import { runRecipe } from "../../runs/run-node.js";
import { RecipeError } from "../../training/recipe.js";
import { attempt } from "../../weights/files-node.js";
import { describeDryRun, refusalOf } from "../dry-run.js";
import { exitCodeOf, UsageError, withInterrupt } from "../exit.js";
import { type NodeDevice, withDevice } from "../model-options.js";
import { downloadStatus, statusLine } from "../progress.js";
import { createTrainingView } from "../training-view.js";

interface TrainOptions {
  readonly output?: string;
  readonly dryRun?: boolean;
  /** Gigabytes. */
  readonly memory?: number;
  readonly device: NodeDevice;
  /** Threads that make batches ahead. */
  readonly threads: number;
  readonly json?: boolean;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .description("train by a recipe; a run that was stopped, or killed, goes on where its last checkpoint stands")
    .argument("<recipe>", "YAML file that describes the run")
    .option("--output <directory>", "where the run lives: metrics, samples, checkpoints, the finished model")
    .option("--dry-run", "say what memory, tokens and time it would take, and whether it fits; run nothing")
    .option("--memory <gigabytes>", "with --dry-run: of another machine than this one", parseGigabytes)
    .option(
      "--threads <count>",
      "threads that make batches ahead, where a GPU waits for them; they encode pictures on the CPU",
      parseThreads,
      0,
    )
    .addHelpText(
      "after",
      `
Ctrl-C saves a checkpoint and stops; the same command goes on from there.

Examples:
  mmada train recipes/tiny.yaml --output runs/tiny
  mmada train recipes/mini.yaml --output runs/mini
  mmada train recipes/mini.yaml --output runs/mini --device cuda --threads 8
  mmada train recipes/8b-pretraining.yaml --dry-run --memory 64
  tensorboard --logdir runs`,
    );
  return withDevice(command)
    .option("--json", "print an event a line as JSON")
    .action(async (path: string, options: TrainOptions) => {
      const recipe = await readRecipe(path);
      if (options.dryRun) return showDryRun(recipe, path, options);
      const { output, threads } = options;
      if (output === undefined) throw new UsageError("--output <directory> says where the run is to live");
      if (options.memory !== undefined) throw new UsageError("--memory goes with --dry-run");
      const view = createTrainingView(options.json ? "json" : process.stderr.isTTY ? "terminal" : "lines");
      const downloads = statusLine();
      const onStop = () => view.note("stopping; once more to stop at once");
      await withInterrupt(async (signal) => {
        const backend = await openBackend(options.device);
        const recipeDirectory = dirname(resolve(path));
        const onProgress = downloadStatus(downloads);
        const run = { backend, output, recipeDirectory, numThreads: threads, signal, onProgress };
        for await (const event of runRecipe(recipe, run)) {
          // All models are there: the line is the view's.
          if (event.kind === "start") downloads.clear();
          view.show(event);
          if (event.kind === "stop") process.exitCode = exitCodeOf(signal.reason);
        }
      }, onStop).finally(() => {
        downloads.clear();
        view.close();
      });
    });
}

async function showDryRun(recipe: RunRecipe, path: string, { device, memory, json }: TrainOptions): Promise<void> {
  const backend = await openBackend(device);
  const availableMemory = memory === undefined ? undefined : memory * 1e9;
  const run = await dryRun(recipe, { backend, recipeDirectory: dirname(resolve(path)), availableMemory }).catch(
    (error: unknown) => {
      throw error instanceof RecipeError ? new UsageError(error.message) : error;
    },
  );
  const error = refusalOf(run);
  console.log(json ? JSON.stringify({ recipe: path, ...run, error }, null, 2) : describeDryRun(path, run));
  if (error === undefined) return;
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}

function parseThreads(value: string): number {
  const threads = Number(value);
  if (Number.isInteger(threads) && threads >= 0) return threads;
  throw new InvalidArgumentError("It must be a whole number of 0 or more.");
}

function parseGigabytes(value: string): number {
  const gigabytes = Number(value.replace(/\s*GB$/i, ""));
  if (gigabytes > 0 && Number.isFinite(gigabytes)) return gigabytes;
  throw new InvalidArgumentError("It must be a number of gigabytes.");
}

async function readRecipe(path: string): Promise<RunRecipe> {
  return parseRunRecipe(await attempt(path, "read", () => readFile(path, "utf8")), path);
}
