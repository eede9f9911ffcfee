/** `mmada train`: runs a recipe, or goes on with the run that a directory holds, and shows how it is getting on. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { openBackend } from "#backends";
import { parseRunRecipe, type RunRecipe } from "../../runs/recipes.js";
import { runRecipe } from "../../runs/run-node.js";
import { createTrainingView } from "../training-view.js";

interface TrainOptions {
  readonly output: string;
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
  readonly json?: boolean;
}

export function trainCommand(): Command {
  return new Command("train")
    .description("train by a recipe; a run that was stopped, or killed, goes on where its last checkpoint stands")
    .argument("<recipe>", "YAML file that describes the run")
    .requiredOption("--output <directory>", "where the run lives: metrics, samples, checkpoints, the finished model")
    .option("--device <name>", "auto, cpu, webgpu or cuda", "auto")
    .option("--json", "print an event a line as JSON")
    .addHelpText(
      "after",
      `
Ctrl-C saves a checkpoint and stops; the same command goes on from there.

Examples:
  mmada train recipes/tiny.yaml --output runs/tiny
  mmada train recipes/mini.yaml --output runs/mini
  tensorboard --logdir runs`,
    )
    .action(async (path: string, options: TrainOptions) => {
      const recipe = await readRecipe(path);
      const view = createTrainingView(options.json ? "json" : process.stdout.isTTY ? "terminal" : "lines");
      const controller = new AbortController();
      const stop = () => {
        view.note("stopping after this step; once more to stop at once");
        controller.abort(new Error("stopped"));
        process.once("SIGINT", () => process.exit(130));
      };
      process.once("SIGINT", stop);
      process.once("SIGTERM", stop);
      try {
        const backend = await openBackend(options.device);
        const recipeDirectory = dirname(resolve(path));
        const events = runRecipe(recipe, {
          backend,
          output: options.output,
          recipeDirectory,
          signal: controller.signal,
        });
        for await (const event of events) {
          view.show(event);
          if (event.kind === "stop") process.exitCode = 130;
        }
      } finally {
        view.close();
        process.removeListener("SIGINT", stop);
        process.removeListener("SIGTERM", stop);
      }
    });
}

async function readRecipe(path: string): Promise<RunRecipe> {
  return parseRunRecipe(await readFile(path, "utf8"), path);
}
