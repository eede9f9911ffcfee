/**
 * Where objects are, as coordinates: "(3, 6)", the column and the row of an object's centre among eight each, counted from 1 at the top
 * left. Words such as "on the left" tell a third of the picture; from these a network learns places as finely as it needs them to tell
 * what is left of what.
 */
import { choose, type Random } from "../../array/random.js";
import { listed } from "./captions.js";
import { inReadingOrder } from "./prompt-spec.js";
import { type Asking, pickReferent } from "./question-draft.js";
import { SCENE_SIZE, type Scene } from "./scene.js";
import { nameOf } from "./sight.js";

/** Columns, and rows, of a picture. */
const NUM_CELLS = 8;

const REQUESTS_FOR_ALL = [
  ...["Point at every object.", "Give the coordinates of every object.", "Locate all objects."],
  ...["Where exactly are the objects?", "Point at all objects from left to right."],
];

/** A request, and coordinates that answer it: of all objects, or of one that is pointed out in words. */
export function points(scene: Scene, rng: Random): { readonly request: string; readonly answer: string } {
  const asking: Asking = { scene, rng, isHeldOutToo: false };
  const referent = rng.uniform() < 0.5 ? pickReferent(asking, ({ told }) => Object.keys(told).length > 0) : undefined;
  if (referent) {
    const { phrase, object } = referent;
    const request = choose(rng, [
      ...[`Point at ${phrase}.`, `Where exactly is ${phrase}?`],
      ...[`Give the coordinates of ${phrase}.`, `Locate ${phrase}.`],
    ]);
    return { request, answer: coordinatesOf(object) };
  }
  const request = choose(rng, REQUESTS_FOR_ALL);
  const isSideways = request.includes("left to right");
  const objects = isSideways ? [...scene.objects].sort((a, b) => a.x - b.x) : inReadingOrder(scene.objects);
  return {
    request,
    answer: listed(
      objects.map((object) => `${nameOf(object)} ${coordinatesOf(object)}`),
      rng,
    ),
  };
}

/** "(3, 6)": column and row. */
export function coordinatesOf({ x, y }: { readonly x: number; readonly y: number }): string {
  const cell = (coordinate: number) => Math.min(NUM_CELLS, 1 + Math.floor((coordinate * NUM_CELLS) / SCENE_SIZE));
  return `(${cell(x)}, ${cell(y)})`;
}
