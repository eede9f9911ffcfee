/** `mmada data check`: what a file of examples holds, and how the model will see it. */
import { Command, Option } from "commander";
import { createRandom, type Random } from "../array/random.js";
import type { Example, ExampleSource } from "../data/example.js";
import { type Inspection, inspectData, type Lengths } from "../data/inspection.js";
import { forwardProcess } from "../diffusion/forward-process.js";
import { BUNDLED_MODEL } from "../tasks/bundled-model-node.js";
import { openModelText } from "../tasks/model-text.js";
import { encodeChat } from "../tasks/text.js";
import type { Row } from "../tokens/sequence.js";
import type { TextTokenizer } from "../tokens/text-tokenizer.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { type Encoders, layoutExample } from "../training/layout-example.js";
import { type DataSourceOptions, openDataSource, withDataSource } from "./data-source.js";
import { withInterrupt } from "./exit.js";
import { findModelFiles, parseCount, parseSeed, withJson } from "./model-options.js";
import { statusLine } from "./progress.js";
import { hasColors, rowLegend, rowText } from "./row-text.js";
import { refuseOptions } from "./stray-options.js";

interface DataCheckOptions extends DataSourceOptions {
  readonly model: string;
  readonly maxLength?: number;
  readonly maxRecords?: number;
  readonly show: number;
  readonly seed: number;
  /** False after `--no-images`. */
  readonly images: boolean;
  readonly json?: boolean;
}

/** Endless sources are looked at so far, unless told otherwise. */
const MAX_GENERATED = 1000;

export function dataCheckCommand(): Command {
  const command = new Command("check")
    .description("tasks, lengths, broken and overlong records, and examples as the model will see them")
    .argument("<file>", "JSONL, Parquet, a tar, a folder of pictures, or a file in a public layout (--type)")
    .addOption(
      new Option("--model <path or id>", "whose tokenizer and layout are used").default(
        BUNDLED_MODEL,
        "the bundled one",
      ),
    )
    .option("--max-length <number>", "places of the longest row (default: what the model can see)", parseCount)
    .option("--max-records <number>", "look at the first so many alone", parseCount)
    .option("--show <number>", "examples of each task to show", (value) => (value === "0" ? 0 : parseCount(value)), 1)
    .option("--seed <number>", "of the masks that are shown", parseSeed, 0)
    .option("--no-images", "do not load the pictures")
    .addHelpText(
      "after",
      `
Examples:
  mmada data check train.jsonl
  mmada data check gsm8k/train.parquet --type gsm8k --show 2
  mmada data check llava_instruct.json --type conversations --image-directory coco/train2017

A .yaml is a source as recipes have it: {type: problems, kind: multi-step, reasoningShare: 1}.
Exit code 1 where a record is broken or too long.`,
    );
  withJson(withDataSource(command));
  return command.action((file: string, options: DataCheckOptions, own: Command) => {
    if (options.json) refuseOptions(own, ["show", "seed"], "for examples as people read them, which --json leaves out");
    return withInterrupt((signal) => check(file, options, signal));
  });
}

async function check(file: string, options: DataCheckOptions, signal: AbortSignal): Promise<void> {
  const source = await openDataSource(file, options);
  const layout = await openLayout(options.model, signal);
  const maxLength = options.maxLength ?? layout.maxLength;
  const random = createRandom(options.seed);
  const status = statusLine({ isQuiet: true });
  try {
    const inspection = await inspectData(source, {
      layOut: (example, index) => layout.layOut(example, random.fork(index)),
      maxLength,
      maxRecords: options.maxRecords ?? (Number.isFinite(source.length) ? undefined : MAX_GENERATED),
      areImagesLoaded: options.images,
      onRecord: (numDone, numRecords) => status.show(`${numDone} of ${numRecords}`),
      signal,
    });
    status.clear();
    if (options.json) console.log(JSON.stringify(inspection));
    else {
      console.log(report(inspection, maxLength));
      await showExamples(source, inspection, layout, options, random);
    }
    if (inspection.numBroken + inspection.numTooLong > 0) process.exitCode = 1;
  } finally {
    status.clear();
    await source.dispose?.();
  }
}

interface Layout {
  readonly tokenizer: TextTokenizer;
  readonly vocabulary: Vocabulary;
  readonly maxLength: number;
  /** The row, its codes all 0: what they are makes no difference to what is looked at here. */
  layOut(example: Example, rng: Random): Promise<Row>;
}

const UNKNOWN_PICTURE: NonNullable<Example["image"]> = {
  key: "unknown",
  load: () => Promise.reject(new Error("its codes alone are looked at")),
};

/** What it takes to lay examples out for a model: no weights. */
async function openLayout(model: string, signal: AbortSignal): Promise<Layout> {
  const { directory, imageTokenizer } = await findModelFiles(model, { signal });
  const { config, textTokenizer, chatTemplate, defaults, vocabulary, imageGrid } = await openModelText(directory, {
    imageTokenizer,
  });
  const { prompts } = defaults.thinking;
  const encoders: Encoders = {
    vocabulary,
    encodeText: (text) => textTokenizer.encode(text),
    encodeChat: (messages, thinkingFor) =>
      encodeChat({ textTokenizer, chatTemplate }, messages, thinkingFor && prompts[thinkingFor]),
    async encodeImage() {
      if (imageGrid === undefined) throw new Error(`the data has pictures, but ${model} has no image tokenizer`);
      return new Int32Array(imageGrid ** 2);
    },
  };
  const settings = { conditionDropout: 0, canvasUnit: 1, extraUnits: [0] };
  return {
    tokenizer: textTokenizer,
    vocabulary,
    maxLength: config.maxSequenceLength,
    // Prompts for reinforcement are looked at as with the picture that is to be drawn.
    layOut: (example, rng) =>
      layoutExample({ ...example, image: example.image ?? UNKNOWN_PICTURE }, encoders, settings, rng),
  };
}

function report(
  { numRecords, tasks, numBroken, numTooLong, numRepeated, numPictureless, faults }: Inspection,
  maxLength: number,
): string {
  const show = ({ min, median, p95, max }: Lengths) =>
    [min, median, p95, max].map((length) => String(length).padStart(6)).join("");
  const lines = [
    `${numRecords} records, ${numBroken} broken, ${numTooLong} longer than ${maxLength} places, ${numRepeated} repeated`,
    "",
    `task       records  reasoned   ${"row: min median p95 max".padEnd(26)}  learnt: min median p95 max`,
    ...Object.entries(tasks).map(
      ([task, { count, numReasoned, rows, targets }]) =>
        `${task.padEnd(10)}${String(count).padStart(8)}${String(numReasoned).padStart(10)}  ${show(rows)}    ${show(targets)}`,
    ),
    ...(numPictureless > 0 ? ["", `${numPictureless} without a picture, which reinforcement alone takes`] : []),
    ...(faults.length > 0 ? ["", ...faults.map(({ message }) => `  ${message}`)] : []),
    ...(numBroken + numTooLong > faults.length ? [`  and ${numBroken + numTooLong - faults.length} more`] : []),
  ];
  return lines.join("\n");
}

/** The first examples of each task, noised at half of the way; those that are given in part, as they are learnt from. */
async function showExamples(
  source: ExampleSource,
  { numRecords, tasks }: Inspection,
  { layOut, tokenizer, vocabulary }: Layout,
  { show }: DataCheckOptions,
  random: Random,
): Promise<void> {
  const left = new Map(Object.keys(tasks).map((task) => [task, show]));
  const isColored = hasColors(process.stdout);
  for (let index = 0; index < numRecords && [...left.values()].some((count) => count > 0); index++) {
    const example = await source.read(index).catch(() => undefined);
    const count = left.get(example?.task ?? "") ?? 0;
    if (!example || count === 0) continue;
    if (index === 0 || left.size > 0) left.set(example.task, count - 1);
    const row = await layOut(example, random.fork(index));
    // What is given of an answer is learnt from with the rest of it masked: see `batch.ts`.
    const [time, masks] = row.spans.given
      ? ([1, "masked after what is given"] as const)
      : ([0.5, "half masked"] as const);
    const { isMasked } = forwardProcess(
      row.ids,
      row.isMaskable,
      time,
      { kind: "counted" },
      vocabulary.special.mask,
      random.fork(index).fork("masks"),
    );
    console.log(`\n${example.task}, record ${index + 1}, ${masks} (${rowLegend(isColored)}):`);
    console.log(rowText(row, isMasked, { tokenizer, vocabulary, isColored }));
  }
}
