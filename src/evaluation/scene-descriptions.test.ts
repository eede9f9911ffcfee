import { expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { description } from "../data/scenes/captions.js";
import { generateScene } from "../data/scenes/scene.js";
import { namedObjects } from "./scene-descriptions.js";

it.each([
  ["a small red circle at the top left", ["small red circle"]],
  ["Two big blue squares and a tiny green star.", ["large blue square", "large blue square", "small green star"]],
  ["3 cyan triangles", ["cyan triangle", "cyan triangle", "cyan triangle"]],
  ["no red stars, one red star", ["red star"]],
  ["a red thing and a star", []],
  ["", []],
])("%j names %j", (text, objects) => {
  expect(namedObjects(text)).toEqual(objects);
});

it("finds every object in what the generator says of a scene, and no others", () => {
  for (let n = 0; n < 300; n++) {
    const rng = createRandom("descriptions").fork(n);
    const scene = generateScene(rng);
    const text = description(scene, rng);
    const objects = scene.objects.map(({ size, color, shape }) => `${size} ${color} ${shape}`);
    expect(namedObjects(text).sort(), text).toEqual(objects.sort());
  }
});
