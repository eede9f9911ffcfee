// Ask about a picture: a path, the bytes of a PNG, JPEG, WebP or GIF, or pixels as here. Run it: node examples/describe.js
import { createRandom, generateScene, MMaDA, renderScene } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");

const scene = generateScene(createRandom("describe"));
const picture = renderScene(scene);
console.log(`Seen: ${scene.objects.map(({ size, color, shape }) => `${size} ${color} ${shape}`).join(", ")}`);

const { text } = await model.describe(picture, "How many objects are there?");
console.log(`How many objects are there? ${text}`);

const { text: description } = await model.describe(picture, "Describe the picture.");
console.log(`Described: ${description}`);

await model.dispose();
