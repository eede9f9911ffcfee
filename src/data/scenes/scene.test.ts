import { describe, expect, it } from "vitest";
import { createRandom } from "../../array/random.js";
import { caption, description } from "./captions.js";
import { renderScene } from "./render.js";
import {
  COLOR_SPREAD,
  generateScene,
  isHeldOut,
  MIN_GAP,
  PALETTE,
  placeObjects,
  RADII,
  relationOf,
  SCENE_SIZE,
} from "./scene.js";

const root = createRandom("scene tests");

describe("generateScene", () => {
  it("keeps the rules of the world", () => {
    for (let n = 0; n < 400; n++) {
      const { background, objects } = generateScene(root.fork(n));
      expect(Math.min(...background)).toBeGreaterThanOrEqual(190);
      expect(Math.max(...background)).toBeLessThanOrEqual(250);
      expect(objects.length).toBeGreaterThanOrEqual(1);
      expect(objects.length).toBeLessThanOrEqual(4);
      objects.forEach((object, i) => {
        const [low, high] = RADII[object.size];
        expect(object.radius >= low && object.radius <= high).toBe(true);
        expect(Math.min(object.x, object.y)).toBeGreaterThanOrEqual(object.radius);
        expect(Math.max(object.x, object.y)).toBeLessThanOrEqual(SCENE_SIZE - object.radius);
        expect(isHeldOut(object)).toBe(false);
        object.rgb.forEach((value, channel) => {
          expect(Math.abs(value - PALETTE[object.color][channel])).toBeLessThanOrEqual(COLOR_SPREAD);
          expect(value).toBeLessThanOrEqual(255);
        });
        for (const other of objects.slice(0, i)) {
          const gap = Math.hypot(object.x - other.x, object.y - other.y) - object.radius - other.radius;
          expect(gap).toBeGreaterThanOrEqual(MIN_GAP);
        }
      });
    }
  });

  it("has a held-out pair in every held-out scene", () => {
    for (let n = 0; n < 200; n++)
      expect(generateScene(root.fork(n), { combinations: "held-out" }).objects.some(isHeldOut)).toBe(true);
  });

  it("obeys its options, and finds room for four large objects", () => {
    for (let n = 0; n < 60; n++) {
      const [a, b] = generateScene(root.fork(n), { kind: "relation" }).objects;
      expect(relationOf(a, b, 1.5)).toBeDefined();
      const counted = generateScene(root.fork(n), { kind: "counting", numObjects: 3 }).objects;
      expect(new Set(counted.map(({ color, shape }) => color + shape)).size).toBeLessThan(3);
      const distinct = generateScene(root.fork(n), { kind: "distinct", numObjects: 4 }).objects;
      expect(new Set(distinct.map(({ color, shape }) => color + shape)).size).toBe(4);
      const repeating = generateScene(root.fork(n), { kind: "repeating", numObjects: 4 }).objects;
      expect(new Set(repeating.map(({ color, shape }) => color + shape)).size).toBe(4);
      expect(new Set(repeating.map(({ shape }) => shape)).size).toBeLessThanOrEqual(2);
      expect(new Set(repeating.map(({ color }) => color)).size).toBeLessThanOrEqual(3);
      expect(repeating.some(isHeldOut)).toBe(false);
      const small = generateScene(root.fork(n), { numObjects: 4, size: "small" }).objects;
      expect(small.map(({ size, radius }) => size === "small" && radius < 8)).toEqual([true, true, true, true]);
      const large = { color: "red", shape: "square", size: "large" } as const;
      expect(placeObjects(root.fork(n), [large, large, large, large]).objects).toHaveLength(4);
    }
    expect(() => generateScene(root, { numObjects: 5 })).toThrow("1 to 4 objects, not 5");
  });

  it("gives the same scene for the same seed", () => {
    expect(generateScene(createRandom(7))).toEqual(generateScene(createRandom(7)));
  });
});

describe("renderScene", () => {
  const areas = { circle: Math.PI, square: 2, triangle: 1.299, star: 2.939 * 0.4 };
  it.each(Object.entries(areas))("draws a %s of the right colour, place and area", (shape, factor) => {
    const object = { shape: shape as keyof typeof areas, color: "blue", rgb: [0, 0, 0], size: "large" } as const;
    const scene = {
      background: [200, 200, 200],
      objects: [{ ...object, radius: 12, x: 20, y: 40, waist: 0.4 }],
    } as const;
    const { data } = renderScene(scene);
    let [area, x, y] = [0, 0, 0];
    for (let pixel = 0; pixel < SCENE_SIZE ** 2; pixel++) {
      const covered = 1 - data[pixel * 3] / 200;
      area += covered;
      x += covered * ((pixel % SCENE_SIZE) + 0.5);
      y += covered * (Math.floor(pixel / SCENE_SIZE) + 0.5);
    }
    expect(area / (factor * 144)).toBeCloseTo(1, 1.5);
    expect(x / area).toBeCloseTo(20, 1);
    expect(y / area).toBeCloseTo(40, 1);
    // Point up: the row under the top holds less than the row above the bottom, but for circle and square.
    expect([...data.subarray((40 * SCENE_SIZE + 20) * 3, (40 * SCENE_SIZE + 20) * 3 + 3)]).toEqual([0, 0, 0]);
    const widthAt = (row: number) =>
      Array.from({ length: SCENE_SIZE }, (_, column) => data[(row * SCENE_SIZE + column) * 3]).filter((v) => v < 100)
        .length;
    if (shape === "triangle") expect(widthAt(44)).toBeGreaterThan(widthAt(31) + 8);
    if (shape === "star") expect(widthAt(29)).toBeLessThan(4);
  });
});

describe("words", () => {
  it("names every group of the scene in a caption, and every object in a description", () => {
    for (let n = 0; n < 300; n++) {
      const rng = root.fork(n);
      const scene = generateScene(rng);
      const { text, spec } = caption(scene, rng);
      expect(spec.groups.reduce((sum, { count }) => sum + count, 0)).toBe(scene.objects.length);
      const full = description(scene, rng);
      for (const { color, shape, size } of scene.objects) {
        expect(text).toContain(color);
        expect(text).toContain(shape);
        expect(full.toLowerCase()).toContain(`a ${size} ${color} ${shape} `);
      }
      if (scene.objects.length === 2 && spec.relations.length > 0)
        expect(text).toMatch(/left|right|above|below|over|under|on top|beneath/);
    }
  });

  it("uses many wordings", () => {
    const scene = generateScene(root.fork("many"), { kind: "relation", numObjects: 2 });
    const texts = Array.from({ length: 300 }, (_, n) => caption(scene, root.fork(n)).text);
    expect(new Set(texts).size).toBeGreaterThan(150);
  });
});
