/** The objects that a text names: what was seen in a picture, or is to be drawn, read back from words. */
import { NUMBER_WORDS, PLACES, placeOf, SIZE_WORDS } from "./captions.js";
import { COLORS, type Color, type Scene, SHAPES, type Shape, SIZES, type Size } from "./scene.js";

/** An object with as many of its traits as are told. */
export interface NamedObject {
  readonly color: Color;
  readonly shape: Shape;
  readonly size?: Size;
  /** In the words of `placeOf`. */
  readonly place?: string;
}

/** All of a scene, with every trait. */
export function objectsIn({ objects }: Scene): NamedObject[] {
  return objects.map((object) => {
    const { color, shape, size } = object;
    return { color, shape, size, place: placeOf(object) };
  });
}

const SIZE_OF = new Map(SIZES.flatMap((size) => SIZE_WORDS[size].map((word) => [word, size] as const)));
const LONGEST_FIRST = PLACES.flat().sort((a, b) => b.length - a.length);
const PHRASE = new RegExp(
  `(?:\\b(${NUMBER_WORDS.join("|")}|[0-4]) )?(?:\\b(${[...SIZE_OF.keys()].join("|")}) )?\\b(${COLORS.join("|")}) (${SHAPES.join("|")})s?\\b(?: (${LONGEST_FIRST.join("|")})\\b)?`,
  "g",
);

/** In the order of the text, once for each of several: "two red circles" are two. */
export function namedObjects(text: string): NamedObject[] {
  return [...text.toLowerCase().matchAll(PHRASE)].flatMap(([, number, sizeWord, color, shape, place]) => {
    const inWords = (NUMBER_WORDS as readonly string[]).indexOf(number);
    const count = number === undefined ? 1 : inWords === -1 ? Number(number) : inWords;
    const size = SIZE_OF.get(sizeWord);
    const object: NamedObject = {
      color: color as Color,
      shape: shape as Shape,
      ...(size ? { size } : {}),
      ...(place ? { place } : {}),
    };
    return Array.from({ length: count }, () => object);
  });
}
