// Redraw a part of a picture, make one go on beyond its side, and fill a gap in a text. Run it: node examples/inpaint.js
import { mkdir, writeFile } from "node:fs/promises";
import { encodeImage, MMaDA } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");
const { image } = await model.imagine("a small red circle", { steps: 8, seed: 1 });

const region = { left: 32, top: 0, width: 32, height: 64 };
const repainted = await model.edit({ image, region, prompt: "a blue square", steps: 8 });
const extended = await model.edit({ image, extend: "right", by: 0.5, prompt: "a blue square", steps: 8 });

await mkdir("out", { recursive: true });
await writeFile("out/repainted.png", await encodeImage(repainted.image));
await writeFile("out/extended.png", await encodeImage(extended.image));
console.log("out/repainted.png, out/extended.png");

const { text, gaps } = await model.edit({ text: "a large[[1]] circle" });
console.log(`${text} (filled in:${gaps.join(",")})`);

await model.dispose();
