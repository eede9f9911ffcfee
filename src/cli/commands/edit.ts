/** `mmada edit`: gaps of a text filled, a region of a picture redrawn, or a picture extended. */
import { Command, InvalidArgumentError, Option } from "commander";
import { EXTEND_SIDES, type ExtendSide, type Rectangle } from "../../tasks/edit-grid.js";
import { OPTION_RULES } from "../../tasks/options.js";
import { UsageError } from "../exit.js";
import {
  type FitOptions,
  type ModelOptions,
  samplingOf,
  withFit,
  withModel,
  withModelOptions,
  withSamplingOptions,
} from "../model-options.js";
import {
  checkAreNoSources,
  type PictureOutputOptions,
  picturePaths,
  prepareDirectories,
  withPictureOutput,
  writePicture,
} from "../picture-command.js";
import { statusLine } from "../progress.js";
import { refuseOptions } from "../stray-options.js";

const OF_PICTURES = ["region", "extend", "by", "keepOriginal", "fit", "output", "stepsGif", "grid"];
const OF_TEXTS = Object.keys(OPTION_RULES.text).filter((name) => !(name in OPTION_RULES.image));

interface EditOptions extends ModelOptions, PictureOutputOptions, FitOptions {
  readonly prompt?: string;
  readonly image?: string;
  readonly region?: Rectangle | string;
  readonly extend?: ExtendSide;
  readonly by?: number;
  readonly keepOriginal: boolean;
}

export function editCommand(): Command {
  const command = new Command("edit")
    .description("fill the gaps of a text, redraw a region of a picture, or extend a picture")
    .argument("[text]", "text in which [[3]] is a gap of three tokens")
    .option("--prompt <text>", "what the text answers, or what is to be seen in the picture")
    .option("--image <file>", "the picture to be edited")
    .option(
      "--region <left,top,width,height or file>",
      "what is redrawn: pixels of the picture, or a picture of its size, white where it is redrawn",
      parseRegion,
    )
    .addOption(new Option("--extend <side>", "the side that the picture goes on beyond").choices(EXTEND_SIDES))
    .option("--by <share>", "how far, as a share of the picture's side (default: 0.5)", parseShare)
    .option("--no-keep-original", "lets the image tokenizer repaint what was not redrawn")
    .addHelpText(
      "after",
      `
Examples:
  mmada edit "17 plus 25 is [[2]]." --prompt "What is 17 plus 25?"
  mmada edit --image scene.png --region 32,0,32,64 --prompt "a blue square" --output edited.png
  mmada edit --image scene.png --region mask.png --output edited.png
  mmada edit --image scene.png --extend right --by 0.25 --output wider.png`,
    );
  withFit(withPictureOutput(withModelOptions(withSamplingOptions(command, "text", ["genLength"]))));
  return command.action(async (text: string | undefined, options: EditOptions, own: Command) => {
    const { image, region, extend, by, output = "edited.png" } = options;
    if ((text === undefined) === (image === undefined)) {
      throw new UsageError("give a text with gaps such as [[3]], or --image with --region or --extend");
    }
    if (text !== undefined) {
      refuseOptions(own, OF_PICTURES, "for pictures, which --image gives");
      return withModel(options, (model, signal) => editText(model, text, options, signal));
    }
    refuseOptions(own, OF_TEXTS, "for texts with gaps, not for pictures");
    if ((region === undefined) === (extend === undefined))
      throw new UsageError("give --region or --extend, one of them");
    if (by !== undefined && extend === undefined) throw new UsageError("--by goes with --extend");
    const paths = picturePaths(options, output);
    await checkAreNoSources(paths, { "--image": image, "--region": typeof region === "string" ? region : undefined });
    await prepareDirectories(paths);
    await withModel(options, (model, signal) => {
      const shared = {
        image: image as string,
        prompt: options.prompt,
        fit: options.fit,
        keepOriginal: options.keepOriginal,
        ...samplingOf(options, "image"),
        signal,
      };
      const generation = model.edit(
        extend === undefined ? { ...shared, region: region as Rectangle | string } : { ...shared, extend, by },
      );
      return writePicture(generation, paths, options.json);
    });
  });
}

type Model = Parameters<Parameters<typeof withModel>[1]>[0];

async function editText(model: Model, text: string, options: EditOptions, signal: AbortSignal): Promise<void> {
  const generation = model.edit({ text, prompt: options.prompt, ...samplingOf(options, "text"), signal });
  const status = statusLine({ isQuiet: true });
  try {
    for await (const step of generation) status.show(step.text);
  } finally {
    status.clear();
  }
  const { text: filled, gaps, nfe, steps, seed } = await generation;
  console.log(options.json ? JSON.stringify({ text: filled, gaps, nfe, steps, seed }) : filled);
}

/** Four numbers are a rectangle, anything else the path of a picture. */
function parseRegion(value: string): Rectangle | string {
  const parts = value.split(",");
  const numbers = parts.map(Number);
  if (parts.length === 4 && parts.every((part) => part.trim() !== "") && numbers.every(Number.isFinite)) {
    const [left, top, width, height] = numbers;
    return { left, top, width, height };
  }
  if (!/^[\d\s,.-]+$/.test(value)) return value;
  throw new InvalidArgumentError("It must be left,top,width,height in pixels, or the path of a picture.");
}

function parseShare(value: string): number {
  const share = Number(value);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError("It must be a number above 0 and below 1.");
}
