/** `mmada demo`: the bundled model answers, describes, draws and repaints; one contact sheet shows it. */
import { resolve } from "node:path";
import { Command } from "commander";
import { encodeImage } from "#image-codec";
import { createRandom } from "../../array/random.js";
import { renderScene } from "../../data/scenes/render.js";
import { generateScene } from "../../data/scenes/scene.js";
import { contactSheet } from "../../images/captions-node.js";
import type { Generation } from "../../tasks/generation.js";
import type { StepInfo } from "../../tasks/job.js";
import type { LoadedModel } from "../../tasks/model.js";
import { loadImage } from "../../tasks/picture.js";
import { writeFileAtomically } from "../../weights/files-node.js";
import { bar } from "../figures.js";
import { type ModelOptions, parseSeed, withModel, withModelOptions } from "../model-options.js";
import { parsePngPath, prepareOutput } from "../outputs.js";
import { checkAreNoSources } from "../picture-command.js";
import { statusLine } from "../progress.js";

const QUESTION = "What is 17 plus 25?";
const DESCRIBE = "Describe the picture.";
const PROMPT = "a large red triangle";
const REPAINT = "a red triangle above a blue square";

interface DemoOptions extends ModelOptions {
  readonly image?: string;
  readonly output: string;
  readonly seed: number;
}

export function demoCommand(): Command {
  const command = new Command("demo")
    .description("answer, describe, draw and repaint with the bundled model, and write a contact sheet")
    .option("--image <file>", "picture to describe; left out, a scene is drawn")
    .option("--output <file>", "where the contact sheet is written, a .png", parsePngPath, "out-demo.png")
    .option("--seed <number>", "the same seed gives the same result", parseSeed, 1)
    .addHelpText("after", "\nExample:\n  mmada demo --image photo.jpg --output sheet.png");
  return withModelOptions(command).action(async (options: DemoOptions) => {
    await checkAreNoSources({ output: options.output }, { "--image": options.image });
    await prepareOutput(options.output);
    await withModel(options, (model, signal) => show(model, options, signal));
  });
}

async function show(model: LoadedModel, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const { seed, json } = options;
  const call = { seed, signal };
  const tell = (text: string) => json || console.log(text);

  const { text: answer } = await watched(QUESTION, model.answer(QUESTION, call));
  tell(`Asked: ${QUESTION}\nAnswered: ${answer}`);

  const given = await loadImage(options.image ?? renderScene(generateScene(createRandom(seed))));
  const { text: description } = await watched(DESCRIBE, model.describe(given, DESCRIBE, call));
  tell(`Described a picture: ${description}`);

  const { image: drawn } = await watched(PROMPT, model.imagine(PROMPT, call));
  tell(`Drew: ${PROMPT}`);

  const half = Math.floor(drawn.height / 2);
  const region = { left: 0, top: half, width: drawn.width, height: drawn.height - half };
  const { image: repainted } = await watched(REPAINT, model.edit({ image: drawn, region, prompt: REPAINT, ...call }));
  tell(`Repainted the lower half of it: ${REPAINT}`);

  const cells = [
    { image: given, caption: description },
    { image: drawn, caption: PROMPT },
    { image: repainted, caption: `${REPAINT} (lower half)` },
  ];
  const output = resolve(options.output);
  await writeFileAtomically(output, [await encodeImage(await contactSheet(cells, { columns: 3, cellSize: 192 }))]);
  console.log(
    json ? JSON.stringify({ question: QUESTION, answer, description, path: output }) : `Contact sheet: ${output}`,
  );
}

/** Shows how far a generation is, and waits for its result. */
async function watched<Result>(title: string, generation: Generation<Result, StepInfo>): Promise<Result> {
  const status = statusLine({ isQuiet: true });
  try {
    for await (const { step, numSteps } of generation) status.show(`${bar(step / (numSteps ?? step))} ${title}`);
  } finally {
    status.clear();
  }
  return generation;
}
