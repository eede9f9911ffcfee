/** `mmada rl`: looking at reinforcement runs: rollouts one by one, and curves. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { encodeImage } from "#image-codec";
import { contactSheet } from "../../images/captions-node.js";
import type { SheetCell } from "../../images/sheet.js";
import { createImageCodec } from "../../model/image-codec.js";
import { loadImageTokenizer } from "../../model/load-model.js";
import { drawComparison, readComparison } from "../../rl/comparison-node.js";
import { drawReport, panelsOf, readCurves } from "../../rl/report-node.js";
import { listIterations, type RolloutRecord, readIteration } from "../../rl/rollout-log-node.js";
import { ROLLOUTS_DIRECTORY } from "../../rl/unigrpo-stage-node.js";
import { openBackend } from "../../runtime/backends-node.js";
import { decodePicture } from "../../tasks/picture.js";
import { writeFileAtomically } from "../../weights/files-node.js";
import { UsageError } from "../exit.js";
import { parsePngPath, prepareOutput } from "../outputs.js";
import { describeGroup, describeIteration } from "../rollout-view.js";
import { refuseOptions } from "../stray-options.js";

export function rlCommand(): Command {
  return new Command("rl")
    .description("look at reinforcement runs")
    .addCommand(showCommand())
    .addCommand(reportCommand())
    .addCommand(compareCommand());
}

interface ShowOptions {
  readonly iteration?: number;
  readonly group?: number;
  readonly task?: string;
  readonly pictures?: string;
  readonly imageTokenizer?: string;
  readonly json?: boolean;
}

function showCommand(): Command {
  return new Command("show")
    .description("rollouts of an iteration: what was answered, what it was rewarded with, what was learnt from")
    .argument("<run>", "directory of the run")
    .option("--iteration <number>", "which, from 0 (default: the last)", parseIndex)
    .option("--group <number>", "one group in full, from 0", parseIndex)
    .option("--task <name>", "groups of this task alone")
    .option("--pictures <file>", "write what was drawn as a contact sheet (PNG)", parsePngPath)
    .option("--image-tokenizer <directory>", "what they are drawn with (default: that of the run's finished model)")
    .option("--json", "print the log's lines as they are")
    .addHelpText(
      "after",
      "\nExamples:\n  mmada rl show runs/rl\n  mmada rl show runs/rl --iteration 12 --group 3\n  mmada rl show runs/rl --task t2i --pictures drawn.png",
    )
    .action(async (run: string, options: ShowOptions, own: Command) => {
      if (!options.pictures)
        refuseOptions(own, ["imageTokenizer"], "for a sheet of what was drawn, which --pictures names");
      const directory = join(run, ROLLOUTS_DIRECTORY);
      const iterations = await listIterations(directory);
      if (iterations.length === 0)
        throw new UsageError(`${run} holds no rollouts: give the --output of a run of UniGRPO`);
      const iteration = options.iteration ?? (iterations.at(-1) as number);
      if (!iterations.includes(iteration)) {
        throw new UsageError(`there is no iteration ${iteration}; there are ${iterations[0]} to ${iterations.at(-1)}`);
      }
      const all = await readIteration(directory, iteration);
      const records = all.filter(
        ({ group, task }) =>
          (options.group === undefined || group === options.group) &&
          (options.task === undefined || task === options.task),
      );
      if (records.length === 0) {
        const tasks = [...new Set(all.map(({ task }) => task))].join(", ");
        const asked = [
          ...(options.group === undefined ? [] : [`group ${options.group}`]),
          ...(options.task === undefined ? [] : [`task ${options.task}`]),
        ].join(" of ");
        const last = Math.max(...all.map(({ group }) => group));
        throw new UsageError(`iteration ${iteration} has no ${asked}: there are groups 0 to ${last}, of ${tasks}`);
      }
      if (options.pictures) {
        const imageTokenizer = options.imageTokenizer ?? join(run, "model", "image-tokenizer");
        await writePictures(imageTokenizer, records, options.pictures);
      }
      if (options.json) for (const record of records) console.log(JSON.stringify(record));
      else console.log(options.group === undefined ? describeIteration(records) : describeGroup(records));
    });
}

function reportCommand(): Command {
  return new Command("report")
    .description(
      "the curves of a run as one PNG: rewards, divergence, clipping, entropy, lengths, groups without signal",
    )
    .argument("<run>", "directory of the run")
    .option("--output <file>", "where it is written, a .png (default: report.png in the run)", parsePngPath)
    .addHelpText("after", "\nExample:\n  mmada rl report runs/rl --output curves.png")
    .action(async (run: string, { output = join(run, "report.png") }: { readonly output?: string }) => {
      const curves = await readCurves(run);
      if (!curves.some(({ name }) => name.startsWith("reward/")))
        throw new UsageError(
          `${run} has no rewards: give the --output of a run of UniGRPO (tensorboard draws the others)`,
        );
      await prepareOutput(output);
      await writeFileAtomically(output, [await drawReport(run, panelsOf(curves))]);
      console.log(output);
    });
}

function compareCommand(): Command {
  return new Command("compare")
    .description("one curve of several runs as a PNG: the mean of those alike but for their seeds, and its spread")
    .argument("<runs...>", "directories of the runs")
    .option("--curve <name>", "as in metrics.jsonl; of validations with validation/ ahead", "reward/t2i")
    .option("--output <file>", "where it is written, a .png", parsePngPath, "comparison.png")
    .addHelpText(
      "after",
      "\nExamples:\n  mmada rl compare runs/even-* runs/truncated-*\n  mmada rl compare runs/a runs/b --curve policy/kl --output kl.png",
    )
    .action(async (runs: string[], { curve, output }: { readonly curve: string; readonly output: string }) => {
      await prepareOutput(output);
      await writeFileAtomically(output, [await drawComparison(curve, await readComparison(runs, curve))]);
      console.log(output);
    });
}

/** What was drawn, best first in each group, with rewards under it. */
async function writePictures(directory: string, records: readonly RolloutRecord[], output: string): Promise<void> {
  const drawn = records.filter(({ codes }) => codes !== undefined);
  if (drawn.length === 0) throw new UsageError("these rollouts drew nothing: leave out --pictures, or take --task t2i");
  if (!existsSync(directory)) {
    throw new UsageError(
      `there is no image tokenizer in ${directory}: where a run has not ended, or is elsewhere, --image-tokenizer names one`,
    );
  }
  await prepareOutput(output);
  const { config, weights } = await loadImageTokenizer(directory);
  const codec = createImageCodec(await openBackend("cpu"), config, { weights, areTrained: false });
  try {
    const inOrder = [...drawn].sort((a, b) => a.group - b.group || b.reward - a.reward);
    const cells: SheetCell[] = [];
    for (const { group, reward, messages, codes = [] } of inOrder) {
      const side = Math.sqrt(codes.length);
      const image = await decodePicture({ codec }, codes, side, side);
      cells.push({ image, caption: `${group}: ${reward.toFixed(2)} ${messages.at(-1)?.content ?? ""}` });
    }
    await writeFileAtomically(output, [await encodeImage(await contactSheet(cells, { columns: 8, cellSize: 128 }))]);
  } finally {
    await codec.dispose();
  }
}

function parseIndex(value: string): number {
  const index = Number(value);
  if (value.trim() !== "" && Number.isSafeInteger(index) && index >= 0) return index;
  throw new InvalidArgumentError("It must be a whole number from 0.");
}
