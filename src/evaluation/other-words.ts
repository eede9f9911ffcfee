/**
 * Questions and problems in words that no template of training has, nor will: how far a model understands whoever words things otherwise.
 * What is asked about are the same scenes and sums. Whoever adds wordings to training takes none of these.
 */

import { choose, integerBetween, type Random, shuffle } from "../array/random.js";
import { withArticle } from "../data/english.js";
import { isInSplit, type Step, step } from "../data/problems/arithmetic.js";
import { PEOPLE, THINGS } from "../data/problems/words.js";
import { RELATION_WORDS } from "../data/scenes/captions.js";
import { type Referent, referentsByTraits } from "../data/scenes/referents.js";
import { COLORS, isHeldOut, OPPOSITE, relationOf, type Scene, SHAPES, SIZE_MARGIN } from "../data/scenes/scene.js";
import type { Asked } from "./asked.js";

/** One of seven kinds by chance; undefined where the scene allows none of it. */
export function questionInOtherWords(scene: Scene, rng: Random): Asked | undefined {
  return choose(rng, [askColor, askShape, askCount, askExistence, askRelation, askComparison, askLargest])(scene, rng);
}

/** Objects that one trait tells from all others. */
function referentsBy(scene: Scene, rng: Random, trait: "color" | "shape"): Referent[] {
  return referentsByTraits(scene, rng).filter(({ told }) => told[trait] && Object.keys(told).length === 1);
}

function askColor(scene: Scene, rng: Random): Asked | undefined {
  const referents = referentsBy(scene, rng, "shape");
  if (referents.length === 0) return undefined;
  const { phrase, object } = choose(rng, referents);
  const question = choose(rng, [
    ...[`Which colour was used for ${phrase}?`, `I wonder what color ${phrase} is.`, `The color of ${phrase}?`],
    ...[`What colour would you call ${phrase}?`, `If you look at ${phrase}, what color do you see?`],
  ]);
  return { question, answer: object.color };
}

function askShape(scene: Scene, rng: Random): Asked | undefined {
  const referents = referentsBy(scene, rng, "color");
  if (referents.length === 0) return undefined;
  const { object } = choose(rng, referents);
  const question = choose(rng, [
    ...[`Identify the shape that is ${object.color}.`, `The ${object.color} object is a what?`],
    ...[`What would you call the ${object.color} shape?`, `The shape of the ${object.color} one?`],
    `What is drawn in ${object.color}?`,
  ]);
  return { question, answer: object.shape };
}

function askCount({ objects }: Scene, rng: Random): Asked {
  const { shape, color } = choose(rng, objects);
  const [noun, count] = choose(rng, [
    [`${shape}s`, objects.filter((object) => object.shape === shape).length],
    [`${color} objects`, objects.filter((object) => object.color === color).length],
    ["objects", objects.length],
  ] as const);
  const question = choose(rng, [
    ...[
      `Give me a count of the ${noun}.`,
      `How many ${noun} has this picture got?`,
      `What number of ${noun} is shown?`,
    ],
    ...[`If you count the ${noun}, what do you get?`, `How many ${noun} were drawn?`],
  ]);
  return { question, answer: String(count) };
}

function askExistence({ objects }: Scene, rng: Random): Asked {
  const isThere = rng.uniform() < 0.5;
  const pairs = COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape })));
  const { color, shape } = choose(
    rng,
    pairs.filter(
      (pair) =>
        !isHeldOut(pair) &&
        objects.some((object) => object.color === pair.color && object.shape === pair.shape) === isThere,
    ),
  );
  const one = withArticle(`${color} ${shape}`);
  const question = choose(rng, [
    ...[`Has the picture got ${one}?`, `Would one find ${one} here?`, `Is ${one} shown?`, `Was ${one} drawn?`],
    `Is ${one} among the objects?`,
  ]);
  return { question, answer: isThere ? "yes" : "no" };
}

function askRelation(scene: Scene, rng: Random): Asked | undefined {
  const referents = [...referentsBy(scene, rng, "shape"), ...referentsBy(scene, rng, "color")];
  const pairs = referents.flatMap((a) =>
    referents.flatMap((b) => {
      const relation = a.object === b.object ? undefined : relationOf(a.object, b.object);
      return relation ? [{ a: a.phrase, b: b.phrase, relation }] : [];
    }),
  );
  if (pairs.length === 0) return undefined;
  const { a, b, relation } = choose(rng, pairs);
  const isTrue = rng.uniform() < 0.5;
  const [side] = RELATION_WORDS[isTrue ? relation : OPPOSITE[relation]];
  const question = choose(rng, [
    ...[`Does one find ${a} ${side} ${b}?`, `Is ${a} situated ${side} ${b}?`, `Was ${a} drawn ${side} ${b}?`],
    `Am I right that ${a} is ${side} ${b}?`,
  ]);
  return { question, answer: isTrue ? "yes" : "no" };
}

function askComparison({ objects }: Scene, rng: Random): Asked {
  const countOf = (shape: string) => objects.filter((object) => object.shape === shape).length;
  const [a, b] = shuffle(rng, SHAPES);
  const question = choose(rng, [
    ...[`Are ${a}s more numerous than ${b}s?`, `Does the number of ${a}s exceed that of ${b}s?`],
    `Compared with ${b}s, are there more ${a}s?`,
  ]);
  return { question, answer: countOf(a) > countOf(b) ? "yes" : "no" };
}

/** By size, which is the radius; the areas of different shapes may be in another order. */
function askLargest({ objects }: Scene, rng: Random): Asked | undefined {
  const [first, second] = [...objects].sort((a, b) => b.radius - a.radius);
  if (!second || first.radius - second.radius < SIZE_MARGIN) return undefined;
  const question = choose(rng, [
    ...[
      "Which object is larger than all the others?",
      "The biggest one is which?",
      "Which object is ahead of the others in size?",
    ],
    "Name the object of the greatest size.",
  ]);
  return { question, answer: `${first.color} ${first.shape}` };
}

/** A problem of one step about somebody's things. */
export function problemInOtherWords(rng: Random): Asked {
  const [name, other] = shuffle(rng, PEOPLE).map((person) => person.name);
  const things = choose(rng, THINGS).many;
  const [few, many] = pairOf(rng, 12, 12, (a, b) => [step("multiply", a, b), step("divide", a * b, a)]);
  const [part, rest] = pairOf(rng, 60, 39, (a, b) => [step("add", a, b), step("subtract", a + b, b)]);
  const [question, answer] = choose(rng, [
    [
      `${name} owned ${part} ${things}. Then ${other} handed over ${rest} more. What is the number of ${things} now?`,
      part + rest,
    ],
    [`If ${name} picks up ${rest} ${things} and already had ${part}, what is the total?`, part + rest],
    [`Of ${part + rest} ${things}, ${name} used up ${rest}. What number of ${things} remains?`, part],
    [`${name} started out with ${part + rest} ${things} but ${rest} of them broke. How many were not broken?`, part],
    [`${name} filled ${few} bags, each with ${many} ${things}. What number of ${things} did that take?`, few * many],
    [`Every one of ${few} baskets holds ${many} ${things}. What do they hold together?`, few * many],
    [`${few * many} ${things} went to ${few} people in equal parts. What did each person receive?`, many],
    [`${name} is to deal out ${few * many} ${things} to ${few} friends fairly. What is one friend's part?`, many],
  ] as const);
  return { question, answer: String(answer) };
}

/** Two numbers from 2 on whose steps training has: what is new to the model are the words alone. */
function pairOf(
  rng: Random,
  most: number,
  mostOfSecond: number,
  stepsOf: (a: number, b: number) => readonly Step[],
): [number, number] {
  const [a, b] = [integerBetween(rng, 2, most), integerBetween(rng, 2, mostOfSecond)];
  return isInSplit(stepsOf(a, b), "train") ? [a, b] : pairOf(rng, most, mostOfSecond, stepsOf);
}
