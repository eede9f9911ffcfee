/** What `imagine` and `edit` share: where a picture is written, how its coming about is shown, and how a terminal draws it. */
import { extname, join, resolve } from "node:path";
import type { Command } from "commander";
import { type EncodedFormat, encodeGif, encodeImage } from "#image-codec";
import { contactSheet } from "../images/captions-node.js";
import type { Image } from "../images/image.js";
import { magnify } from "../images/sheet.js";
import { detectPictureProtocol, halfBlocks, itermPicture, kittyPicture } from "../images/terminal-picture.js";
import type { Generation } from "../tasks/generation.js";
import type { Picture, PictureStep } from "../tasks/grid.js";
import { writeFileAtomically } from "../weights/files-node.js";
import { UsageError } from "./exit.js";
import { prepareOutput } from "./outputs.js";
import { statusLine } from "./progress.js";
import { isSameFile } from "./same-file.js";

export interface PictureOutputOptions {
  readonly output?: string;
  /** `true` for the name of the output with another ending. */
  readonly stepsGif?: string | true;
  readonly grid?: string | true;
  readonly json?: boolean;
}

/** Steps that a sheet shows at most. */
const MAX_CELLS = 16;
/** Small pictures are magnified to about this many pixels of a side in animations. */
const GIF_SIDE = 256;

export function withPictureOutput(command: Command): Command {
  return command
    .option("--output <file>", "where the picture is written: .png, .jpg or .webp")
    .option("--steps-gif [file]", "writes an animation of its coming about (default: the output's name with .gif)")
    .option("--grid [file]", "writes a sheet of its steps (default: the output's name with -steps.png)");
}

/** Where a picture, its animation and the sheet of its steps are written. */
export interface PicturePaths {
  readonly output: string;
  readonly stepsGif?: string;
  readonly grid?: string;
}

/** The paths that were asked for. @throws UsageError for names that will not do, and for one of two files */
export function picturePaths({ stepsGif, grid }: PictureOutputOptions, output: string): PicturePaths {
  formatOf(output);
  const stem = output.slice(0, output.length - extname(output).length);
  const paths = {
    output,
    stepsGif: stepsGif === true ? `${stem}.gif` : stepsGif,
    grid: grid === true ? `${stem}-steps.png` : grid,
  };
  if (paths.grid !== undefined) formatOf(paths.grid);
  if (paths.stepsGif !== undefined && extname(paths.stepsGif).toLowerCase() !== ".gif") {
    throw new UsageError(`${paths.stepsGif}: give the animation a name that ends in .gif`);
  }
  if (paths.grid !== undefined && resolve(paths.grid) === resolve(output)) {
    throw new UsageError(`--output and --grid are both ${output}: give the sheet another name`);
  }
  return paths;
}

/** Makes the directories of what is to be written, before anything is drawn. @throws FileError where no file can be */
export async function prepareDirectories({ output, stepsGif, grid }: PicturePaths): Promise<void> {
  for (const path of [output, stepsGif, grid]) if (path !== undefined) await prepareOutput(path);
}

/**
 * Checks that nothing that is read would be written over.
 * @param sources paths by the option that gives them
 * @throws UsageError for one that is an output too, under whatever name
 */
export async function checkAreNoSources(
  { output, stepsGif, grid }: PicturePaths,
  sources: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const outputs = { "--output": output, "--steps-gif": stepsGif, "--grid": grid };
  for (const [option, path] of Object.entries(outputs)) {
    for (const [given, source] of Object.entries(sources)) {
      if (path === undefined || source === undefined || !(await isSameFile(path, source))) continue;
      throw new UsageError(`${given} and ${option} are both ${source}: give another ${option}`);
    }
  }
}

/** The format that a file's name asks for. @throws UsageError for another than those that can be written */
function formatOf(path: string): EncodedFormat {
  switch (extname(path).toLowerCase()) {
    case ".png":
      return "png";
    case ".jpg":
    case ".jpeg":
      return "jpeg";
    case ".webp":
      return "webp";
    default:
      throw new UsageError(`${path}: give the picture a name that ends in .png, .jpg or .webp`);
  }
}

/** Waits for a picture, writes what was asked for into directories that are there, and tells where it is. */
export async function writePicture(
  generation: Generation<Picture, PictureStep>,
  { output, stepsGif, grid }: PicturePaths,
  json = false,
): Promise<void> {
  const format = formatOf(output);
  const previews: { image: Image; caption: string }[] = [];
  const status = statusLine({ isQuiet: true });
  try {
    for await (const step of generation) {
      const caption = `step ${step.step} of ${step.numSteps ?? "?"}`;
      status.show(caption);
      if (stepsGif !== undefined || grid !== undefined) previews.push({ image: await step.preview(), caption });
    }
  } finally {
    status.clear();
  }
  const { image, reasoning, nfe, steps, seed } = await generation;

  const bytes = await encodeImage(image, format);
  await writeFileAtomically(output, [bytes]);
  if (stepsGif !== undefined)
    await writeFileAtomically(stepsGif, [await animation([...previews.map((step) => step.image), image])]);
  if (grid !== undefined) {
    const sheet = await contactSheet(spread(previews, MAX_CELLS), { cellSize: 192 });
    await writeFileAtomically(grid, [await encodeImage(sheet, formatOf(grid))]);
  }
  if (json) {
    console.log(
      JSON.stringify({
        path: output,
        stepsGif,
        grid,
        width: image.width,
        height: image.height,
        reasoning,
        nfe,
        steps,
        seed,
      }),
    );
    return;
  }
  for (const path of [output, stepsGif, grid]) if (path !== undefined) console.log(path);
  const drawn = terminalPicture(image, format === "png" ? bytes : await encodeImage(image));
  if (drawn !== undefined) console.log(drawn);
}

/** Pictures that were extended end in another size than their steps: those show what is being drawn alone. */
function animation(images: readonly Image[]): Promise<Uint8Array> {
  const [{ width, height }] = images;
  const factor = Math.max(1, Math.floor(GIF_SIDE / Math.max(width, height)));
  const frames = images.filter((image) => image.width === width && image.height === height);
  return encodeGif(
    frames.map((image) => magnify(image, factor)),
    { delayMs: 120, lastDelayMs: 1500 },
  );
}

/** At most `count` of a list, evenly spread, the last among them. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round(((i + 1) * items.length) / count) - 1]);
}

function terminalPicture(image: Image, png: Uint8Array): string | undefined {
  const protocol = detectPictureProtocol(process.env, process.stdout.isTTY);
  switch (protocol) {
    case "kitty":
      return kittyPicture(png);
    case "iterm":
      return itermPicture(png);
    case "blocks":
      return halfBlocks(image, Math.min(64, process.stdout.columns || 64));
    case "none":
      return undefined;
    default:
      return protocol satisfies never;
  }
}

/** The picture of a batch with that id. */
export function pathOfId(directory: string, id: string | number): string {
  return join(directory, `${id}.png`);
}
