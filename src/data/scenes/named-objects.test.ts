import { expect, it } from "vitest";
import { createRandom } from "../../array/random.js";
import { description } from "./captions.js";
import { namedObjects, objectsIn } from "./named-objects.js";
import { generateScene } from "./scene.js";

it.each([
  ["a small red circle at the top left", [{ size: "small", color: "red", shape: "circle", place: "at the top left" }]],
  [
    "a red circle at the top and a blue star",
    [
      { color: "red", shape: "circle", place: "at the top" },
      { color: "blue", shape: "star" },
    ],
  ],
  ["Two big blue squares.", Array(2).fill({ size: "large", color: "blue", shape: "square" })],
  ["3 cyan triangles", Array(3).fill({ color: "cyan", shape: "triangle" })],
  ["no red stars, one red star", [{ color: "red", shape: "star" }]],
  ["a red circle to the left of it", [{ color: "red", shape: "circle" }]],
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
    const inOrder = (objects: readonly object[]) =>
      objects.map((object) => JSON.stringify(Object.entries(object).sort())).sort();
    expect(inOrder(namedObjects(text)), text).toEqual(inOrder(objectsIn(scene)));
  }
});
