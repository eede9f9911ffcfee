/**
 * Questions about scenes whose answers are no colour, shape, number or yes: where something is, what is beside it, of what there are more,
 * which colours there are. For training alone: nothing is judged by them. A new one is one more function in the list.
 */

import { choose, type Random, shuffle } from "../../array/random.js";
import { asSentence, enumerated } from "../english.js";
import { placeOf, RELATION_WORDS } from "./captions.js";
import { inReadingOrder } from "./prompt-spec.js";
import { hasTraits, nounOf, referentsByTraits, type Traits } from "./referents.js";
import { COLORS, RELATIONS, relationOf, type Scene, SHAPES, SIZE_MARGIN } from "./scene.js";
import { nameOf, placed } from "./sight.js";

interface OpenQuestion {
  readonly question: string;
  readonly answer: string;
}

type Asker = (scene: Scene, rng: Random) => OpenQuestion | undefined;

/** One of them by chance that the scene allows. */
export function openQuestion(scene: Scene, rng: Random): OpenQuestion {
  for (const ask of shuffle(rng, ASKERS)) {
    const asked = ask(scene, rng);
    if (asked)
      return { question: rng.uniform() < 0.85 ? asSentence(asked.question) : asked.question, answer: asked.answer };
  }
  return askTraits(scene, rng);
}

const ASKERS: readonly Asker[] = [askMajority, askMajority, askPlace, askNeighbour, askExtreme, askObject, askTraits];

/** "Which are there more of, circles or squares?" */
function askMajority({ objects }: Scene, rng: Random): OpenQuestion | undefined {
  const kinds: readonly Traits[] =
    rng.uniform() < 0.6 ? SHAPES.map((shape) => ({ shape })) : COLORS.map((color) => ({ color }));
  const countOf = (traits: Traits) => objects.filter((object) => hasTraits(object, traits)).length;
  const pairs = kinds.flatMap((a) => kinds.flatMap((b) => (countOf(a) > countOf(b) ? [[a, b]] : [])));
  const present = pairs.filter(([, b]) => countOf(b) > 0);
  if (pairs.length === 0) return undefined;
  const pair = choose(rng, present.length > 0 && rng.uniform() < 0.7 ? present : pairs);
  const [more, fewer] = pair.map((traits) => nounOf(traits, 2, rng));
  const [a, b] = shuffle(rng, [more, fewer]);
  const question = choose(rng, [
    ...[`which are there more of, ${a} or ${b}?`, `what are there more of, ${a} or ${b}?`],
    ...[`are there more ${a} or more ${b}?`, `of ${a} and ${b}, which are more?`, `which are more, ${a} or ${b}?`],
    ...[`do you see more ${a} or more ${b}?`, `${a} or ${b}: of which are there more?`],
    ...[`which is the larger number, that of ${a} or of ${b}?`, `what do you see more of, ${a} or ${b}?`],
  ]);
  return { question, answer: more };
}

/** "Where is the star?" */
function askPlace(scene: Scene, rng: Random): OpenQuestion | undefined {
  const referents = referentsByTraits(scene, rng);
  if (referents.length === 0) return undefined;
  const { phrase, object } = choose(rng, referents);
  const question = choose(rng, [
    ...[`where is ${phrase}?`, `where in the picture is ${phrase}?`, `in which part of the picture is ${phrase}?`],
    ...[`where do you see ${phrase}?`, `say where ${phrase} is.`, `tell me where ${phrase} is.`],
    ...[`whereabouts is ${phrase}?`, `where can ${phrase} be found?`],
  ]);
  return { question, answer: placeOf(object) };
}

/** "What is above the star?" */
function askNeighbour(scene: Scene, rng: Random): OpenQuestion | undefined {
  const referents = referentsByTraits(scene, rng);
  if (scene.objects.length < 2 || referents.length === 0) return undefined;
  const { phrase, object: landmark } = choose(rng, referents);
  const others = scene.objects.filter((object) => object !== landmark);
  const relations = others.map((object) => relationOf(object, landmark));
  if (relations.includes(undefined)) return undefined;
  const there = RELATIONS.filter((relation) => relations.filter((other) => other === relation).length === 1);
  const nowhere = RELATIONS.filter((relation) => !relations.includes(relation));
  const isThere = there.length > 0 && rng.uniform() < 0.8;
  const relation = choose(rng, isThere ? there : nowhere);
  const side = choose(rng, RELATION_WORDS[relation]);
  const question = choose(rng, [
    ...[`what is ${side} ${phrase}?`, `which object is ${side} ${phrase}?`, `what do you see ${side} ${phrase}?`],
    ...[`what lies ${side} ${phrase}?`, `name what is ${side} ${phrase}.`],
  ]);
  return { question, answer: isThere ? nameOf(others[relations.indexOf(relation)]) : "nothing" };
}

/** "Describe the largest object." */
function askExtreme({ objects }: Scene, rng: Random): OpenQuestion | undefined {
  const isLargest = rng.uniform() < 0.6;
  const [first, second] = [...objects].sort((a, b) => (isLargest ? b.radius - a.radius : a.radius - b.radius));
  if (!second || Math.abs(first.radius - second.radius) < SIZE_MARGIN) return undefined;
  const most = isLargest ? choose(rng, ["largest", "biggest"]) : "smallest";
  if (rng.uniform() < 0.5) return { question: `describe the ${most} object.`, answer: placed(first, true) };
  const question = choose(rng, [
    ...[`the ${most} object is which one?`, `which of the objects is ${most}?`, `what is the ${most} of the objects?`],
    ...[`of all these, which is the ${most}?`, `what object here is the ${most} in size?`],
    ...[`which object has the ${isLargest ? "greatest" : "least"} radius?`, `which one is the ${most} object?`],
    ...[`name the color and shape of the ${most} object.`, `what is the ${most} one, with its color?`],
  ]);
  return { question, answer: nameOf(first) };
}

/** "Describe the red object." */
function askObject(scene: Scene, rng: Random): OpenQuestion | undefined {
  const referents = referentsByTraits(scene, rng);
  if (referents.length === 0) return undefined;
  const { phrase, object } = choose(rng, referents);
  const question = choose(rng, [
    ...[`describe ${phrase}.`, `tell me about ${phrase}.`, `say all you can about ${phrase}.`],
    ...[`give the size, color, shape and place of ${phrase}.`, `describe ${phrase} in full.`],
  ]);
  return { question, answer: placed(object, true) };
}

/** "Which colours are there?" */
function askTraits({ objects }: Scene, rng: Random): OpenQuestion {
  const trait = choose(rng, ["color", "shape"] as const);
  const seen = inReadingOrder(objects).map((object) => object[trait]);
  const question = choose(rng, [
    ...[`which ${trait}s are there?`, `which ${trait}s do you see?`, `name all ${trait}s.`, `list the ${trait}s.`],
    ...[`what ${trait}s are in the picture?`, `what ${trait}s do the objects have?`],
  ]);
  return { question, answer: enumerated([...new Set(seen)]) };
}
