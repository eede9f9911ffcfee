// Loads the bundled model in the page and draws what is asked for, every step shown. Nothing leaves the browser.
// Run it: npx vite examples/browser (and ?device=wasm where the GPU is only simulated)
import { MMaDA } from "mmada";

const find = (selector) => document.querySelector(selector);
const say = (text) => {
  find("#status").textContent = text;
};

/** Puts a picture (RGB) on a canvas (RGBA). */
function show(canvas, { width, height, data }) {
  Object.assign(canvas, { width, height });
  const rgba = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    rgba.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    rgba.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(rgba, 0, 0);
}

async function draw(prompt) {
  find("#steps").replaceChildren();
  const drawing = model.imagine(prompt, { steps: 8, seed: Date.now() });
  for await (const step of drawing) {
    const frame = await step.preview();
    show(find("#picture"), frame);
    show(find("#steps").appendChild(document.createElement("canvas")), frame);
    say(`Step ${step.step} of ${step.numSteps}`);
  }
  show(find("#picture"), (await drawing).image);
  say(`Drawn: ${prompt}`);
}

let model;
try {
  const device = new URLSearchParams(location.search).get("device") ?? "auto";
  model = await MMaDA.fromPretrained(new URL("mini", document.baseURI).href, { device });
  say("Ready");
  find("button").disabled = false;
} catch (error) {
  say(`${error}`);
}

find("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  find("button").disabled = true;
  // What could not be loaded stays so until the page is loaded again.
  await draw(find("input").value).catch((error) => say(`${error}. If it stays so, reload the page.`));
  find("button").disabled = false;
});
