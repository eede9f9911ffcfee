/**
 * Words for scenes: prompts and captions from a `PromptSpec`, and full descriptions. Every stated fact is true of the scene, and a
 * caption names all objects, so that a drawing of just these is right.
 */

import { choose, type Random } from "../../array/random.js";
import { asSentence, enumerated, withArticle } from "../english.js";
import { inReadingOrder, type ObjectGroup, type PromptSpec, promptSpec, third, turnedAround } from "./prompt-spec.js";
import type { Relation, Scene, SceneObject, Shape, Size } from "./scene.js";

export const NUMBER_WORDS = ["no", "one", "two", "three", "four"] as const;

export const SIZE_WORDS: Readonly<Record<Size, readonly string[]>> = {
  small: ["small", "small", "small", "small", "little", "tiny"],
  large: ["large", "large", "large", "big", "big"],
};

/** What stands between two objects, "… left of …". The commonest come first and are drawn more often. */
export const RELATION_WORDS: Readonly<Record<Relation, readonly string[]>> = {
  left: ["to the left of", "to the left of", "left of", "left of", "on the left of", "on the left side of"],
  right: ["to the right of", "to the right of", "right of", "right of", "on the right of", "on the right side of"],
  above: ["above", "above", "above", "above", "over", "on top of"],
  below: ["below", "below", "below", "under", "beneath", "underneath"],
};

const ASIDE_WORDS: Readonly<Record<Relation, readonly string[]>> = {
  left: ["to its left", "on its left"],
  right: ["to its right", "on its right"],
  above: ["above it", "over it"],
  below: ["below it", "under it"],
};

/** `%` is where the objects go. Weighted by repetition: most prompts are bare phrases. */
const PROMPT_FRAMES = [
  ...["%", "%", "%", "%", "%", "%", "a picture of %", "a picture of %", "an image of %", "a drawing of %"],
  ...["a picture with %", "an image with %", "a picture showing %", "a simple drawing of %", "a scene with %"],
  ...["draw %", "draw %", "please draw %", "draw me %", "draw a picture of %", "paint %", "make a picture of %"],
  ...["show me %", "show %", "create an image of %", "generate an image of %", "can you draw %?", "I want to see %"],
  ...["there @ %", "there @ %", "% on a plain background", "% on a light background", "the picture shows %"],
];
const CAPTION_FRAMES = [
  ...["%", "%", "%", "%", "%", "%", "a picture of %", "a picture of %", "an image of %", "a drawing of %"],
  ...["there @ %", "there @ %", "the picture shows %", "this is a picture of %", "I see %"],
];

export interface CaptionOptions {
  /** `prompt` asks for a picture too ("draw …"), `caption` only tells what is there. Default: `prompt`. */
  readonly voice?: "prompt" | "caption";
  /** Words for a group, other than its number, size, colour and shape. */
  readonly phraseOf?: (group: ObjectGroup, rng: Random) => string;
}

/** A caption of the scene with its meaning. */
export function caption(
  scene: Scene,
  rng: Random,
  options: CaptionOptions = {},
): { readonly text: string; readonly spec: PromptSpec } {
  const spec = promptSpec(scene, rng, { order: options.voice === "caption" ? "reading" : "any" });
  return { text: captionOf(spec, rng, options), spec };
}

/** One of many wordings of a prompt. */
export function captionOf(spec: PromptSpec, rng: Random, options: CaptionOptions = {}): string {
  const { voice = "prompt", phraseOf } = options;
  const { phrase, isOne } =
    spec.relations.length > 0 ? relationPhrase(spec, rng, phraseOf) : listPhrase(spec, rng, phraseOf);
  const frame = choose(rng, voice === "prompt" ? PROMPT_FRAMES : CAPTION_FRAMES);
  const text = frame.replace("@", isOne ? "is" : "are").replace("%", phrase);
  // Bare phrases mostly stay as they are; sentences are mostly written as such.
  const isSentence = rng.uniform() < (frame === "%" ? 0.2 : /@|shows|this|I /.test(frame) ? 0.8 : 0.4);
  return isSentence ? asSentence(text) : text;
}

interface Phrase {
  readonly phrase: string;
  /** The verb before it is "is", not "are". */
  readonly isOne: boolean;
}

function listPhrase({ groups }: PromptSpec, rng: Random, phraseOf: CaptionOptions["phraseOf"]): Phrase {
  const isOne = groups[0].count === 1 && (groups.length === 1 || rng.uniform() < 0.5);
  const [first, second] = groups;
  const isPair = groups.length === 2 && first.shape === second.shape && first.count + second.count === 2;
  if (isPair && !phraseOf && !first.size && !second.size && rng.uniform() < 0.3) {
    const isTwice = rng.uniform() < 0.5;
    const [a, b] = [withArticle(first.color), withArticle(second.color)];
    return { phrase: isTwice ? `${a} and ${b} ${first.shape}` : `${a} ${first.shape} and ${b} one`, isOne };
  }
  return {
    phrase: listed(
      groups.map((group) => (phraseOf ?? groupPhrase)(group, rng)),
      rng,
    ),
    isOne,
  };
}

function relationPhrase(
  { groups, relations }: PromptSpec,
  rng: Random,
  phraseOf: NonNullable<CaptionOptions["phraseOf"]> = groupPhrase,
): Phrase {
  const stated = rng.uniform() < 0.5 ? relations[0] : turnedAround(relations[0]);
  const subject = phraseOf(groups[stated.subject], rng);
  const object = phraseOf(groups[stated.object], rng);
  const pair =
    rng.uniform() < 0.85
      ? `${subject} ${choose(rng, RELATION_WORDS[stated.relation])} ${object}`
      : `${object} with ${subject} ${choose(rng, ASIDE_WORDS[stated.relation])}`;
  const others = groups.filter((_, i) => i !== stated.subject && i !== stated.object);
  if (others.length === 0) return { phrase: pair, isOne: true };
  const rest = listed(
    others.map((group) => phraseOf(group, rng)),
    rng,
  );
  if (rng.uniform() < 0.7)
    return { phrase: `${pair}, ${choose(rng, ["and", "and", "and also"])} ${rest}`, isOne: true };
  return { phrase: `${rest}, and ${pair}`, isOne: others[0].count === 1 };
}

/** "a small red circle", "three stars" with their colour, "2 big blue squares", "a circle that is red". */
function groupPhrase({ color, shape, size, count }: ObjectGroup, rng: Random): string {
  const sizeWord = size ? `${choose(rng, SIZE_WORDS[size])} ` : "";
  const isAside = rng.uniform() < 0.02;
  const noun = isAside
    ? `${sizeWord}${plural(shape, count)} that ${count === 1 ? "is" : "are"} ${color}`
    : `${sizeWord}${color} ${plural(shape, count)}`;
  if (count === 1) return rng.uniform() < 0.06 ? `one ${noun}` : withArticle(noun);
  return `${rng.uniform() < 0.7 ? NUMBER_WORDS[count] : count} ${noun}`;
}

/** Of the ninths of a picture, row by row. */
export const PLACES = [
  ["at the top left", "at the top", "at the top right"],
  ["on the left", "in the middle", "on the right"],
  ["at the bottom left", "at the bottom", "at the bottom right"],
] as const;

/** Which ninth of the picture the centre is in, in words. */
export function placeOf({ x, y }: { readonly x: number; readonly y: number }): string {
  return PLACES[third(y)][third(x)];
}

export interface DescriptionOptions {
  /** Default: `reading`, row by row. */
  readonly order?: "reading" | "left-to-right";
}

/** Every object with its size, colour, shape and rough place: "a large red circle at the top left and …". */
export function description(scene: Scene, rng: Random, { order = "reading" }: DescriptionOptions = {}): string {
  const ordered = order === "reading" ? inReadingOrder(scene.objects) : [...scene.objects].sort((a, b) => a.x - b.x);
  const phrases = ordered.map(objectPhrase);
  const numObjects = phrases.length;
  const number = choose(rng, [NUMBER_WORDS[numObjects], String(numObjects)]);
  const list = listed(phrases, rng);
  return choose(rng, [
    () => list,
    () => asSentence(list),
    () => `There ${numObjects === 1 ? "is" : "are"} ${list}.`,
    () => `The picture shows ${list}.`,
    () => `${asSentence(`${number} ${plural("object", numObjects)}`).slice(0, -1)}: ${list}.`,
    () => phrases.map((phrase) => asSentence(`there is ${phrase}`)).join(" "),
    () => phrases.map(asSentence).join(" "),
  ])();
}

function objectPhrase(object: SceneObject): string {
  return `a ${object.size} ${object.color} ${object.shape} ${placeOf(object)}`;
}

/** In a row, by chance with a comma before the last "and" or without. */
export function listed(phrases: readonly string[], rng: Random): string {
  return phrases.length < 3 ? enumerated(phrases) : enumerated(phrases, rng.uniform() < 0.5);
}

export function plural(noun: Shape | "object" | "thing" | "shape", count: number): string {
  return count === 1 ? noun : `${noun}s`;
}
