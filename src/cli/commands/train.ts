/** `mmada train`: runs a recipe, or goes on with the run that a directory holds, and shows how it is getting on. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { openBackend } from "#backends";
import { parseRunRecipe, type RunRecipe } from "../../runs/recipes.js";
import { runRecipe } from "../../runs/run-node.js";
import { exitCodeOf, withInterrupt } from "../exit.js";
import { type NodeDevice, withDevice } from "../model-options.js";
import { createTrainingView } from "../training-view.js";

interface TrainOptions {
  readonly output: string;
  readonly device: NodeDevice;
  readonly json?: boolean;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .description("train by a recipe; a run that was stopped, or killed, goes on where its last checkpoint stands")
    .argument("<recipe>", "YAML file that describes the run")
    .requiredOption("--output <directory>", "where the run lives: metrics, samples, checkpoints, the finished model")
    .addHelpText(
      "after",
      `
Ctrl-C saves a checkpoint and stops; the same command goes on from there.

Examples:
  mmada train recipes/tiny.yaml --output runs/tiny
  mmada train recipes/mini.yaml --output runs/mini
  tensorboard --logdir runs`,
    );
  return withDevice(command)
    .option("--json", "print an event a line as JSON")
    .action(async (path: string, options: TrainOptions) => {
      const recipe = await readRecipe(path);
      const view = createTrainingView(options.json ? "json" : process.stdout.isTTY ? "terminal" : "lines");
      const onStop = () => view.note("stopping after this step; once more to stop at once");
      await withInterrupt(async (signal) => {
        const backend = await openBackend(options.device);
        const recipeDirectory = dirname(resolve(path));
        for await (const event of runRecipe(recipe, { backend, output: options.output, recipeDirectory, signal })) {
          view.show(event);
          if (event.kind === "stop") process.exitCode = exitCodeOf(signal.reason);
        }
      }, onStop).finally(view.close);
    });
}

async function readRecipe(path: string): Promise<RunRecipe> {
  return parseRunRecipe(await readFile(path, "utf8"), path);
}
