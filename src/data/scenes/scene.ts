/**
 * The mini world: upright coloured shapes on a light ground, as plain data, and a seeded generator of scenes. The page of rules that
 * this file follows is given in the model card; drawing is in `render.ts`, words in `captions.ts` and `questions.ts`.
 */
import { choose, integer, integerBetween, type Random, shuffle } from "../../array/random.js";

export const SHAPES = ["circle", "square", "triangle", "star"] as const;
export type Shape = (typeof SHAPES)[number];

/** Red, green, blue: 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The colours at their centre; each channel of an object varies by up to `COLOR_SPREAD`. */
export const PALETTE = {
  red: [220, 40, 40],
  orange: [245, 140, 30],
  yellow: [240, 210, 50],
  green: [50, 170, 60],
  blue: [50, 80, 220],
  purple: [140, 60, 170],
  pink: [245, 140, 190],
  cyan: [60, 200, 210],
} as const satisfies Record<string, Rgb>;
export type Color = keyof typeof PALETTE;
export const COLORS = Object.keys(PALETTE) as Color[];
export const COLOR_SPREAD = 15;

/** Radii, in pixels, of the circle around the shape. */
export const RADII = { small: [5, 8], large: [10, 14] } as const;
export type Size = keyof typeof RADII;
export const SIZES = Object.keys(RADII) as Size[];

/** Width and height of a picture, in pixels. */
export const SCENE_SIZE = 64;
/** Pixels between the circles around two objects, at least. */
export const MIN_GAP = 2;
/** How many times farther apart along one axis than along the other two centres must be to be said to lie beside or above each other. */
const RELATION_RATIO = 1.3;

/** Pixels of radius by which an object must be ahead of another to be called larger in words. */
export const SIZE_MARGIN = 2;

/** `x` rightward and `y` downward in pixels, of the centre of the circle around the shape. */
export interface SceneObject {
  readonly shape: Shape;
  readonly color: Color;
  readonly rgb: Rgb;
  readonly size: Size;
  readonly radius: number;
  readonly x: number;
  readonly y: number;
  /** A star's inner radius over its outer one: 0.38 to 0.5. */
  readonly waist?: number;
}

/** A picture of one to four objects, as data. */
export interface Scene {
  readonly background: Rgb;
  readonly objects: readonly SceneObject[];
}

export const RELATIONS = ["left", "right", "above", "below"] as const;
export type Relation = (typeof RELATIONS)[number];
export const OPPOSITE: Readonly<Record<Relation, Relation>> = {
  left: "right",
  right: "left",
  above: "below",
  below: "above",
};

/** `training` scenes, captions and questions never hold one of the four held-out pairs; `held-out` scenes hold at least one. */
export type Combinations = "training" | "held-out";

const HELD_OUT: readonly Kind[] = [
  { color: "green", shape: "circle" },
  { color: "purple", shape: "square" },
  { color: "blue", shape: "triangle" },
  { color: "red", shape: "star" },
];

/** What an object is, but for its place. */
export interface Kind {
  readonly color: Color;
  readonly shape: Shape;
  readonly size?: Size;
}

export function isHeldOut({ color, shape }: Kind): boolean {
  return HELD_OUT.some((kind) => kind.color === color && kind.shape === shape);
}

/** Where `a` lies as seen from `b`, when it is clear: along one axis at least `ratio` times as far as along the other. */
export function relationOf(
  a: { readonly x: number; readonly y: number },
  b: { readonly x: number; readonly y: number },
  ratio: number = RELATION_RATIO,
): Relation | undefined {
  const dx = a.x - b.x;
  const dy = a.y - b.y;
  if (Math.abs(dx) >= ratio * Math.abs(dy)) return dx < 0 ? "left" : "right";
  if (Math.abs(dy) >= ratio * Math.abs(dx)) return dy < 0 ? "above" : "below";
  return undefined;
}

/**
 * `distinct`: no two alike; `counting`: two or more alike, and perhaps others; `relation`: the first two lie clearly beside or above one
 * another; `repeating`: no two alike, of two shapes and three colours at most, so that there is something to count and to compare.
 */
export const SCENE_KINDS = ["distinct", "counting", "relation", "repeating"] as const;
export type SceneKind = (typeof SCENE_KINDS)[number];

/** Which scenes are made. */
export interface SceneOptions {
  /** Default: `training`. */
  readonly combinations?: Combinations;
  /** 1 to 4. Default: by chance. */
  readonly numObjects?: number;
  /** Default: 60 % `distinct`, 20 `counting`, 20 `relation`. */
  readonly kind?: SceneKind;
  /** Of all objects. Default: each by chance. */
  readonly size?: Size;
}

/** A random scene. @throws RangeError when `numObjects` does not go with `kind` */
export function generateScene(rng: Random, options: SceneOptions = {}): Scene {
  const { combinations = "training" } = options;
  const numWanted = options.numObjects;
  const kind = options.kind ?? chooseKind(rng, numWanted);
  const low = kind === "distinct" ? 1 : 2;
  if (numWanted !== undefined && !(Number.isInteger(numWanted) && numWanted >= low && numWanted <= 4))
    throw new RangeError(`a ${kind} scene has ${low} to 4 objects, not ${numWanted}`);
  const numObjects = numWanted ?? (kind === "relation" ? choose(rng, [2, 2, 2, 3]) : integerBetween(rng, low, 4));
  const kinds = kind === "counting" ? countedKinds(rng, numObjects, options) : [];
  const few = kind === "repeating" ? fewTraits(rng) : undefined;
  while (kinds.length < numObjects) {
    const next = chooseCombination(rng, combinations === "held-out" && kinds.length === 0, few);
    const isAllowed = combinations === "held-out" || !isHeldOut(next);
    const isNew = !kinds.some(({ color, shape }) => color === next.color && shape === next.shape);
    if (isAllowed && isNew) kinds.push({ ...next, size: options.size ?? choose(rng, SIZES) });
  }
  // A clear margin over the rule: what is taught should not lie on the edge of it.
  if (kind === "relation") return placeObjects(rng, kinds, ([a, b]) => relationOf(a, b, 1.5) !== undefined);
  return placeObjects(rng, shuffle(rng, kinds));
}

function chooseKind(rng: Random, numObjects: number | undefined): SceneKind {
  return numObjects === 1 ? "distinct" : choose(rng, ["distinct", "distinct", "distinct", "counting", "relation"]);
}

/** Two or more alike; where the size is left open, all of one in two scenes of three. */
function countedKinds(rng: Random, numObjects: number, { combinations, size: wanted }: SceneOptions): Kind[] {
  let kind = chooseCombination(rng, combinations === "held-out");
  while (combinations !== "held-out" && isHeldOut(kind)) kind = chooseCombination(rng, false);
  const isOneSize = wanted !== undefined || rng.uniform() < 2 / 3;
  const size = wanted ?? choose(rng, SIZES);
  const numAlike = integerBetween(rng, 2, numObjects);
  return Array.from({ length: numAlike }, () => ({ ...kind, size: isOneSize ? size : choose(rng, SIZES) }));
}

/** What objects are made of. */
interface TraitChoice {
  readonly colors: readonly Color[];
  readonly shapes: readonly Shape[];
}

const ALL_CHOICES: TraitChoice = { colors: COLORS, shapes: SHAPES };

/** Three colours and two shapes: at least four of their pairs are none that are held out, as each shape has one of those. */
function fewTraits(rng: Random): TraitChoice {
  return { colors: shuffle(rng, COLORS).slice(0, 3), shapes: shuffle(rng, SHAPES).slice(0, 2) };
}

function chooseCombination(rng: Random, isFromHeldOut: boolean, { colors, shapes }: TraitChoice = ALL_CHOICES): Kind {
  return isFromHeldOut ? choose(rng, HELD_OUT) : { color: choose(rng, colors), shape: choose(rng, shapes) };
}

/**
 * A scene of objects of these kinds (a size that is not given is drawn), placed one after another by rejection so that all lie
 * inside, apart, and `isRight`. @throws RangeError when no placement was found in 10,000 tries
 */
export function placeObjects(
  rng: Random,
  kinds: readonly Kind[],
  isRight: (objects: readonly SceneObject[]) => boolean = () => true,
): Scene {
  const background = chooseBackground(rng);
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const objects: SceneObject[] = [];
    for (const kind of kinds) {
      const placed = drawApart(rng, kind, objects);
      if (!placed) break;
      objects.push(placed);
    }
    if (objects.length === kinds.length && isRight(objects)) return { background, objects };
  }
  throw new RangeError(`found no place for ${JSON.stringify(kinds)}: ask for fewer or smaller objects`);
}

/** An object apart from the others; none after a few tries, when they leave little room. */
function drawApart(rng: Random, kind: Kind, others: readonly SceneObject[]): SceneObject | undefined {
  for (let attempt = 0; attempt < 20; attempt++) {
    const object = drawObject(rng, kind);
    if (others.every((other) => areApart(object, other))) return object;
  }
  return undefined;
}

function drawObject(rng: Random, { color, shape, size = choose(rng, SIZES) }: Kind): SceneObject {
  const [low, high] = RADII[size];
  const radius = low + (high - low) * rng.uniform();
  const coordinate = () => radius + (SCENE_SIZE - 2 * radius) * rng.uniform();
  const channel = (value: number) => Math.min(255, value + integerBetween(rng, -COLOR_SPREAD, COLOR_SPREAD));
  const [red, green, blue] = PALETTE[color];
  return {
    shape,
    color,
    rgb: [channel(red), channel(green), channel(blue)],
    size,
    radius,
    x: coordinate(),
    y: coordinate(),
    ...(shape === "star" && { waist: 0.38 + 0.12 * rng.uniform() }),
  };
}

function areApart(a: SceneObject, b: SceneObject): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) >= a.radius + b.radius + MIN_GAP;
}

/** Grey in three scenes of ten, otherwise tinted. */
function chooseBackground(rng: Random): Rgb {
  const channel = () => integerBetween(rng, 190, 250);
  if (integer(rng, 10) >= 3) return [channel(), channel(), channel()];
  const grey = channel();
  return [grey, grey, grey];
}
