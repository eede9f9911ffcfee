import { describe, expect, it } from "vitest";
import { choose, createRandom, normal, type Random } from "../../array/random.js";
import type { Image } from "../../images/image.js";
import { type PromptSpec, promptSpec, sceneOf } from "./prompt-spec.js";
import { renderScene } from "./render.js";
import { COLORS, generateScene, OPPOSITE, RELATIONS, SHAPES } from "./scene.js";
import { detectObjects, judge } from "./verifier.js";

const NUM_SCENES = 250;
const root = createRandom("verifier tests");

function drawn(n: number): { rng: Random; image: Image; spec: PromptSpec } {
  const rng = root.fork(n);
  const scene = generateScene(rng, { combinations: n % 4 === 3 ? "held-out" : "training" });
  const spec = promptSpec(scene, rng, { sizeShare: 1, relationShare: 1 });
  return { rng, image: renderScene(scene), spec };
}

/** A 3×3 mean and normal noise: what a poor image tokenizer does, at least. */
function worsened({ width, height, data }: Image, rng: Random): Image {
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    let sum = 0;
    for (const row of [y - 1, y, y + 1])
      for (const column of [x - 1, x, x + 1]) {
        const clamped = Math.max(0, Math.min(height - 1, row)) * width + Math.max(0, Math.min(width - 1, column));
        sum += data[clamped * 3 + (i % 3)];
      }
    result[i] = Math.max(0, Math.min(255, Math.round(sum / 9 + 6 * normal(rng))));
  }
  return { width, height, data: result };
}

/** The same prompt with one thing changed: colour, shape, count, size or relation. */
function altered(spec: PromptSpec, rng: Random): PromptSpec {
  const changes: (() => PromptSpec)[] = spec.groups.flatMap((group, i) => {
    const withGroup = (changed: typeof group) => ({ ...spec, groups: spec.groups.with(i, changed) });
    const isNew = (color: string, shape: string) =>
      !spec.groups.some((other) => other.color === color && other.shape === shape);
    const colors = COLORS.filter((color) => isNew(color, group.shape));
    const shapes = SHAPES.filter((shape) => isNew(group.color, shape));
    return [
      () => withGroup({ ...group, color: choose(rng, colors) }),
      ...(shapes.length > 0 ? [() => withGroup({ ...group, shape: choose(rng, shapes) })] : []),
      () => withGroup({ ...group, count: group.count + 1 }),
      ...(group.size ? [() => withGroup({ ...group, size: group.size === "small" ? "large" : "small" })] : []),
    ];
  });
  const [relation] = spec.relations;
  if (relation)
    changes.push(() => ({
      ...spec,
      relations: [
        {
          ...relation,
          relation: choose(
            rng,
            RELATIONS.filter((other) => other !== relation.relation),
          ),
        },
      ],
    }));
  return choose(rng, changes)();
}

describe("verifier", () => {
  it("is right about at least 98 % of drawn scenes", () => {
    const numRight = Array.from({ length: NUM_SCENES }, (_, n) => drawn(n)).filter(
      ({ image, spec }) => judge(image, spec).isRight,
    );
    expect(numRight.length / NUM_SCENES).toBeGreaterThanOrEqual(0.98);
  });

  it("bears a blur and noise", () => {
    let numRight = 0;
    for (let n = 0; n < 100; n++) {
      const { rng, image, spec } = drawn(n);
      if (judge(worsened(image, rng), spec).isRight) numRight++;
    }
    expect(numRight).toBeGreaterThanOrEqual(97);
  });

  it("says no to at least 98 % of altered prompts, with a reason", () => {
    let numRejected = 0;
    for (let n = 0; n < NUM_SCENES; n++) {
      const { rng, image, spec } = drawn(n);
      const { isRight, reasons } = judge(image, altered(spec, rng));
      expect(reasons.length > 0).toBe(!isRight);
      if (!isRight) numRejected++;
    }
    expect(numRejected / NUM_SCENES).toBeGreaterThanOrEqual(0.98);
  });

  it("judges scenes made from a prompt", () => {
    const groups = [
      { color: "red", shape: "circle", size: "small", count: 1 },
      { color: "blue", shape: "square", count: 1 },
    ] as const;
    for (let n = 0; n < 20; n++) {
      const relation = choose(root.fork(n), RELATIONS);
      const spec = { groups, relations: [{ subject: 0, relation, object: 1 }] };
      const image = renderScene(sceneOf(spec, root.fork(n)));
      expect(judge(image, spec).reasons).toEqual([]);
      expect(
        judge(image, { groups, relations: [{ subject: 0, relation: OPPOSITE[relation], object: 1 }] }).isRight,
      ).toBe(false);
    }
  });

  it("measures place and radius, and finds nothing on an empty ground or in plain noise", () => {
    const object = {
      shape: "star",
      color: "cyan",
      rgb: [60, 200, 210],
      size: "large",
      radius: 12,
      x: 20,
      y: 40,
    } as const;
    const [found] = detectObjects(renderScene({ background: [230, 230, 210], objects: [object] }));
    expect(found).toMatchObject({ shape: "star", color: "cyan", size: "large" });
    expect(Math.hypot(found.x - 20, found.y - 40)).toBeLessThan(0.3);
    expect(Math.abs(found.radius - 12)).toBeLessThan(1);
    const empty = renderScene({ background: [230, 230, 210], objects: [] });
    expect(detectObjects(empty)).toEqual([]);
    expect(detectObjects(worsened(empty, root.fork("noise")))).toEqual([]);
  });

  const circle = {
    shape: "circle",
    color: "red",
    rgb: [220, 40, 40],
    size: "large",
    radius: 12,
    x: 17,
    y: 17,
  } as const;
  const background = [230, 230, 210] as const;
  const spec: PromptSpec = { groups: [{ color: "red", shape: "circle", count: 1 }], relations: [] };

  it.each([
    ["black", [0, 0, 0]],
    ["brown", [110, 70, 20]],
    ["lime", [140, 255, 60]],
  ] as const)("counts what has no colour of this world: %s", (_, rgb) => {
    const strange = { ...circle, rgb, x: 45, y: 45 };
    expect(judge(renderScene({ background, objects: [circle] }), spec).isRight).toBe(true);
    const { reasons } = judge(renderScene({ background, objects: [circle, strange] }), spec);
    expect(reasons).toEqual(["2 objects, not 1"]);
    const stain = { ...strange, rgb: [180, 215, 190] as const };
    expect(judge(renderScene({ background, objects: [circle, stain] }), spec).isRight).toBe(true);
  });

  /** A red picture where the function says so. */
  const painted = (isRed: (x: number, y: number) => boolean): Image => {
    const { width, height, data } = renderScene({ background, objects: [] });
    for (let i = 0; i < width * height; i++) if (isRed(i % width, Math.floor(i / width))) data.set(circle.rgb, 3 * i);
    return { width, height, data };
  };

  it.each([
    ["a bar", "star", (x: number, y: number) => x >= 15 && x < 45 && y >= 29 && y < 35],
    ["a ring", "circle", (x: number, y: number) => Math.abs(Math.hypot(x - 32, y - 32) - 11) < 2],
    ["an L", "square", (x: number, y: number) => x >= 22 && x < 42 && y >= 22 && y < 42 && (x < 28 || y >= 36)],
    ["half a disc", "triangle", (x: number, y: number) => Math.hypot(x - 32, y - 32) < 13 && y >= 32],
    ["a disc of 25", "circle", (x: number, y: number) => Math.hypot(x - 32, y - 32) < 25],
  ] as const)("takes %s for no %s", (_, shape, isRed) => {
    const image = painted(isRed);
    expect(detectObjects(image)).toMatchObject([{ color: "red" }]);
    for (const one of SHAPES)
      expect(judge(image, { groups: [{ color: "red", shape: one, count: 1 }], relations: [] }).isRight, shape).toBe(
        false,
      );
  });
});
