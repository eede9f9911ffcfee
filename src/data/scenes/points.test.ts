import { expect, test } from "vitest";
import { createRandom } from "../../array/random.js";
import { coordinatesOf, points } from "./points.js";
import { generateScene } from "./scene.js";

const root = createRandom("points");

test("coordinates are the column and the row among eight, from 1 at the top left", () => {
  expect(coordinatesOf({ x: 0, y: 0 })).toBe("(1, 1)");
  expect(coordinatesOf({ x: 23.9, y: 24 })).toBe("(3, 4)");
  expect(coordinatesOf({ x: 63.9, y: 64 })).toBe("(8, 8)");
});

test("all objects, or just the one that is pointed out, are where the scene has them", () => {
  let numSingle = 0;
  for (let n = 0; n < 400; n++) {
    const rng = root.fork(n);
    const scene = generateScene(rng);
    const { request, answer } = points(scene, rng);
    const there = scene.objects.map((object) => `${object.color} ${object.shape} ${coordinatesOf(object)}`);
    if (answer.startsWith("(")) {
      numSingle++;
      expect(scene.objects.map(coordinatesOf)).toContain(answer);
      continue;
    }
    const said = answer.split(/,? and |(?<=\)), /);
    expect([...said].sort(), request).toEqual([...there].sort());
    if (request.endsWith("left to right.")) {
      const columns = said.map((one) => one.match(/\((\d)/)![1]);
      expect(columns).toEqual([...columns].sort());
    }
  }
  expect(numSingle).toBeGreaterThan(100);
});
