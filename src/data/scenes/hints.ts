/** What people say in place of a number, a colour or a shape, and the fact that leads from one to the other. A new hint is a line here. */
import { capitalized } from "../english.js";
import type { Color, Shape } from "./scene.js";

/** `words` stand in a prompt, `fact` in the reasoning. */
export interface Hint {
  readonly words: string;
  readonly fact: string;
}

/** Objects of a kind in one picture. */
export type Count = 1 | 2 | 3 | 4;

/** "as many stars %": after what is counted. */
export const NUMBER_HINTS: Readonly<Record<Count, readonly Hint[]>> = {
  1: [has("a face", "noses", 1, "nose"), has("a snail", "houses", 1, "house"), has("a week", "Sundays", 1, "Sunday")],
  2: [has("a bicycle", "wheels", 2), has("a face", "eyes", 2), has("a bird", "wings", 2), has("a person", "hands", 2)],
  3: [has("a triangle", "sides", 3), has("a triangle", "corners", 3), has("a tricycle", "wheels", 3)],
  4: [has("a square", "sides", 4), has("a square", "corners", 4), has("a car", "wheels", 4), has("a dog", "legs", 4)],
};

/** "a star in the color of %" */
export const COLOR_HINTS: Readonly<Record<Color, readonly Hint[]>> = {
  red: [is("a tomato", "red"), is("a strawberry", "red"), is("a fire engine", "red")],
  orange: [is("a carrot", "orange"), is("a pumpkin", "orange"), mix("red and yellow", "orange")],
  yellow: [is("a lemon", "yellow"), is("a banana", "yellow"), is("the sun", "yellow")],
  green: [is("grass", "green"), is("a leaf", "green"), mix("blue and yellow", "green")],
  blue: [is("the sky", "blue"), is("the sea", "blue")],
  purple: [is("a plum", "purple"), mix("red and blue", "purple")],
  pink: [is("a pig", "pink"), is("a flamingo", "pink"), mix("red and white", "pink")],
  cyan: [mix("green and blue", "cyan"), mix("blue and green", "cyan")],
};

/** "a red shape %" */
export const SHAPE_HINTS: Readonly<Record<Shape, readonly Hint[]>> = {
  circle: [like("a coin", "circle"), like("a wheel", "circle"), shaped("without corners", "no corners", "circle")],
  square: [
    shaped("with four equal sides", "four equal sides", "square"),
    shaped("with four corners", "four corners", "square"),
  ],
  triangle: [
    shaped("with three sides", "three sides", "triangle"),
    shaped("with three corners", "three corners", "triangle"),
  ],
  star: [shaped("with five points", "five points", "star"), like("a starfish", "star")],
};

function has(owner: string, parts: string, count: number, part = parts): Hint {
  return { words: `as ${owner} has ${parts}`, fact: `${capitalized(owner)} has ${count} ${part}.` };
}

function is(thing: string, color: Color): Hint {
  return { words: thing, fact: `${capitalized(thing)} is ${color}.` };
}

function mix(colors: string, color: Color): Hint {
  return { words: `${colors} mixed`, fact: `${capitalized(colors)} make ${color}.` };
}

function like(thing: string, shape: Shape): Hint {
  return { words: `like ${thing}`, fact: `${capitalized(thing)} is a ${shape}.` };
}

function shaped(words: string, feature: string, shape: Shape): Hint {
  return { words, fact: `A shape with ${feature} is a ${shape}.` };
}
