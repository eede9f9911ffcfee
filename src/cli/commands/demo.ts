/** `mmada demo`: the bundled model answers, describes, draws and repaints; one contact sheet shows it. */
import { resolve } from "node:path";
import { Command } from "commander";
import { writeFileAtomically } from "#files";
import { encodeImage } from "#image-codec";
import { createRandom } from "../../array/random.js";
import { renderScene } from "../../data/scenes/render.js";
import { generateScene } from "../../data/scenes/scene.js";
import { contactSheet } from "../../images/captions-node.js";
import { type ModelOptions, withModel, withModelOptions } from "../model-options.js";

const QUESTION = "What is 7 plus 5?";
const PROMPT = "a large red circle";
const REPAINT = "a large blue square";

export function demoCommand(): Command {
  const command = new Command("demo")
    .description("show what the model does, and write a contact sheet")
    .option("--image <file>", "picture to describe and repaint; left out, a scene is drawn")
    .option("--output <file>", "where the contact sheet is written", "out-demo.png");
  return withModelOptions(command).action(async (options: ModelOptions & { image?: string; output: string }) => {
    await withModel(options, async (model, signal) => {
      const seed = options.seed ?? 1;
      const given = options.image ?? renderScene(generateScene(createRandom(seed)));
      const tell = (text: string) => console.log(text);
      tell(`Asked: ${QUESTION}`);
      tell(`Answered: ${(await model.answer(QUESTION, { seed, signal })).text}`);
      const { text: description } = await model.describe(given, "Describe the picture.", { seed, signal });
      tell(`Described: ${description}`);
      tell(`Drawing: ${PROMPT}`);
      const drawn = await model.imagine(PROMPT, { seed, signal });
      tell(`Repainting the right half of it: ${REPAINT}`);
      const region = { left: 32, top: 0, width: 32, height: 64 };
      const repainted = await model.edit({ image: drawn.image, region, prompt: REPAINT, seed, signal });
      const { decodeImage } = await import("#image-codec");
      const { readFile } = await import("node:fs/promises");
      const shown = typeof given === "string" ? await decodeImage(await readFile(given)) : given;
      const sheet = await contactSheet(
        [
          { image: shown, caption: description },
          { image: drawn.image, caption: PROMPT },
          { image: repainted.image, caption: `${REPAINT} (right half)` },
        ],
        { columns: 3, cellSize: 192 },
      );
      await writeFileAtomically(options.output, [await encodeImage(sheet)]);
      tell(`Contact sheet: ${resolve(options.output)}`);
    });
  });
}
