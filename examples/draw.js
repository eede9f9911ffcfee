// Draw a picture, and keep how it came about as an animation. Run it: node examples/draw.js
import { mkdir, writeFile } from "node:fs/promises";
import { encodeGif, encodeImage, MMaDA, magnify } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");
const drawing = model.imagine("a large red circle", { steps: 8, guidanceScale: 2, seed: 7 });

const frames = [];
for await (const step of drawing) frames.push(await step.preview());
const { image } = await drawing;
frames.push(image);

await mkdir("out", { recursive: true });
await writeFile("out/circle.png", await encodeImage(image));
const animation = frames.map((frame) => magnify(frame, 4));
await writeFile("out/circle.gif", await encodeGif(animation, { delayMs: 200, lastDelayMs: 1500 }));
console.log("out/circle.png, and how it came about: out/circle.gif");

await model.dispose();
