/**
 * Ways to point at objects of a scene without ambiguity: by colour, shape and size ("the small star"), or by place ("the leftmost
 * object"). Questions are built from these.
 */
import { choose, type Random } from "../../array/random.js";
import { plural, SIZE_WORDS } from "./captions.js";
import {
  COLORS,
  type Color,
  isHeldOut,
  type Kind,
  RELATIONS,
  relationOf,
  type Scene,
  type SceneObject,
  SHAPES,
  type Shape,
  SIZES,
  type Size,
} from "./scene.js";

/** Some of an object's properties; those not given may be any. */
export interface Traits {
  readonly color?: Color;
  readonly shape?: Shape;
  readonly size?: Size;
}

export function hasTraits(object: Kind, { color, shape, size }: Traits): boolean {
  return (!color || object.color === color) && (!shape || object.shape === shape) && (!size || object.size === size);
}

/** Traits that only a held-out pair has. */
export function areHeldOut({ color, shape }: Traits): boolean {
  return color !== undefined && shape !== undefined && isHeldOut({ color, shape });
}

/** All traits in words of this world: a colour, a shape, both, or a size with one of them. */
export const ALL_TRAITS: readonly Traits[] = [
  ...COLORS.map((color) => ({ color })),
  ...SHAPES.map((shape) => ({ shape })),
  ...COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape }))),
  ...SIZES.flatMap((size) => [
    { size },
    ...COLORS.map((color) => ({ size, color })),
    ...SHAPES.map((shape) => ({ size, shape })),
  ]),
];

/** "red circle", "small objects", "blue thing". */
export function nounOf({ color, shape, size }: Traits, count: number, rng: Random): string {
  const noun = plural(shape ?? choose(rng, ["object", "object", "object", "shape", "thing"]), count);
  return [size && choose(rng, SIZE_WORDS[size]), color, noun].filter(Boolean).join(" ");
}

/** An object and words for it that fit no other. */
export interface Referent {
  readonly object: SceneObject;
  /** With its article: "the small star". */
  readonly phrase: string;
  /** What the words already tell. */
  readonly told: Traits;
}

const EDGE_WORDS = {
  left: ["the leftmost object", "the object farthest to the left", "the object on the far left"],
  right: ["the rightmost object", "the object farthest to the right", "the object on the far right"],
  above: ["the topmost object", "the highest object", "the object nearest to the top"],
  below: ["the lowest object", "the bottommost object", "the object nearest to the bottom"],
} as const;
/** Pixels by which an outermost object must be ahead of the next. */
const EDGE_MARGIN = 5;

/** All referents by traits; one that tells nothing ("the object") where there is one object only. */
export function referentsByTraits(scene: Scene, rng: Random): Referent[] {
  const alone = scene.objects.length === 1 ? [{}] : [];
  return [...alone, ...ALL_TRAITS].flatMap((told) => {
    const fitting = scene.objects.filter((object) => hasTraits(object, told));
    return fitting.length === 1 ? [{ object: fitting[0], phrase: `the ${nounOf(told, 1, rng)}`, told }] : [];
  });
}

/** Referents by place: outermost in a direction, or the only one that lies left of (…) a uniquely named other. */
export function referentsByPlace(
  scene: Scene,
  rng: Random,
  relationWords: (relation: (typeof RELATIONS)[number]) => string,
): Referent[] {
  if (scene.objects.length < 2) return [];
  const outermost = RELATIONS.flatMap((edge) => {
    const height = ({ x, y }: SceneObject) => ({ left: -x, right: x, above: -y, below: y })[edge];
    const [first, second] = [...scene.objects].sort((a, b) => height(b) - height(a));
    const isClear = height(first) - height(second) >= EDGE_MARGIN;
    return isClear ? [{ object: first, phrase: choose(rng, EDGE_WORDS[edge]), told: {} }] : [];
  });
  const beside = referentsByTraits(scene, rng).flatMap(({ object: landmark, phrase }) => {
    const others = scene.objects.filter((object) => object !== landmark);
    const relations = others.map((object) => relationOf(object, landmark));
    if (relations.includes(undefined)) return [];
    return others.flatMap((object, i) => {
      const relation = relations[i];
      const isOnly = relations.filter((other) => other === relation).length === 1;
      return relation && isOnly
        ? [{ object, phrase: `the object ${relationWords(relation)} ${phrase}`, told: {} }]
        : [];
    });
  });
  return [...outermost, ...beside];
}
