/** Questions about one object, or a few alike: its colour, its shape, its size; which one is the largest. */

import { choose, shuffle } from "../../array/random.js";
import { asSentence } from "../english.js";

import { type Asking, type Draft, isAskable, pickReferent } from "./question-draft.js";
import { hasTraits, type Referent, type Traits } from "./referents.js";
import { COLORS, type Color, type Scene, SHAPES, type Shape, SIZE_MARGIN } from "./scene.js";
import { nameOf, sightOf } from "./sight.js";

export function askColor(asking: Asking): Draft | undefined {
  const { scene, rng } = asking;
  const alike = SHAPES.filter((shape) => areAlike(scene, { shape }, "color"));
  if (alike.length > 0 && rng.uniform() < 0.5) {
    const shape = choose(rng, alike);
    const color = scene.objects.find((object) => object.shape === shape)!.color;
    const sentence = `the ${shape}s are ${color}`;
    return { question: `what color are the ${shape}s?`, answer: color, sentence, reasoning: seeing(scene, sentence) };
  }
  const referent = pickReferent(asking, ({ told }) => !told.color);
  if (!referent) return undefined;
  const { phrase, object } = referent;
  const other = choose(
    rng,
    COLORS.filter((color) => color !== object.color && isAskable(asking, { color, shape: object.shape })),
  );
  const [first, second] = shuffle(rng, [object.color, other]);
  const wording = choose(rng, [
    ...[
      `what color is ${phrase}?`,
      `what color is ${phrase}?`,
      `what color is ${phrase}?`,
      `what is the color of ${phrase}?`,
    ],
    ...[`which color is ${phrase}?`, `which color does ${phrase} have?`, `${phrase} is what color?`],
    ...[`what color does ${phrase} have?`, `tell me the color of ${phrase}.`, `is ${phrase} ${first} or ${second}?`],
  ]);
  const reasoning = pointing(scene, referent);
  return { question: wording, answer: object.color, sentence: `${phrase} is ${object.color}`, reasoning };
}

export function askShape(asking: Asking): Draft | undefined {
  const { scene, rng } = asking;
  const alike = COLORS.filter((color) => areAlike(scene, { color }, "shape"));
  if (alike.length > 0 && rng.uniform() < 0.5) {
    const color = choose(rng, alike);
    const shape = scene.objects.find((object) => object.color === color)!.shape;
    const wording = choose(rng, [`what shape are the ${color} objects?`, `which shape do the ${color} objects have?`]);
    const sentence = `the ${color} objects are ${shape}s`;
    return { question: wording, answer: shape, sentence, reasoning: seeing(scene, sentence) };
  }
  const referent = pickReferent(asking, ({ told }) => !told.shape);
  if (!referent) return undefined;
  const { object, told } = referent;
  const phrase = referent.phrase.replace(/ shape$/, " object");
  const other = choose(
    rng,
    SHAPES.filter((shape) => shape !== object.shape && isAskable(asking, { color: object.color, shape })),
  );
  const [first, second] = shuffle(rng, [object.shape, other]);
  const wording = choose(rng, [
    ...[
      `what shape is ${phrase}?`,
      `what shape is ${phrase}?`,
      `what shape is ${phrase}?`,
      `what is the shape of ${phrase}?`,
    ],
    ...[`which shape is ${phrase}?`, `what shape does ${phrase} have?`, `tell me the shape of ${phrase}.`],
    ...[
      `is ${phrase} a ${first} or a ${second}?`,
      told.color && !told.size ? `which shape is ${told.color}?` : `what is ${phrase}?`,
    ],
  ]);
  const reasoning = pointing(scene, { phrase, object });
  return { question: wording, answer: object.shape, sentence: `${phrase} is a ${object.shape}`, reasoning };
}

/** The largest and the smallest, and how large one object is. */
export function askSize(asking: Asking): Draft | undefined {
  const { scene, rng } = asking;
  const sorted = [...scene.objects].sort((a, b) => a.radius - b.radius);
  const extremes = [sorted, [...sorted].reverse()].filter(
    ([first, second]) => second && Math.abs(first.radius - second.radius) >= SIZE_MARGIN,
  );
  if (extremes.length === 0 || rng.uniform() < 0.3) {
    const referent = pickReferent(asking, ({ told }) => !told.size);
    if (!referent) return undefined;
    const { phrase, object } = referent;
    const wording = choose(rng, [
      `what size is ${phrase}?`,
      `is ${phrase} small or large?`,
      `is ${phrase} large or small?`,
    ]);
    const reasoning = pointing(scene, referent);
    return { question: wording, answer: object.size, sentence: `${phrase} is ${object.size}`, reasoning };
  }
  const ordered = choose(rng, extremes);
  const [first] = ordered;
  const most = choose(rng, ordered !== sorted ? ["largest", "largest", "biggest"] : ["smallest"]);
  const noun = choose(rng, ["object", "object", "thing"]);
  const name = `${first.color} ${first.shape}`;
  const reasoning = seeing(scene, `the ${most} is the ${name}`);
  return choose(rng, [
    () => ({
      question: choose(rng, [`which ${noun} is the ${most}?`, `what is the ${most} ${noun}?`]),
      answer: name,
      sentence: `the ${most} ${noun} is the ${name}`,
      reasoning,
    }),
    () => ({
      question: `what color is the ${most} ${noun}?`,
      answer: first.color,
      sentence: `the ${most} ${noun} is ${first.color}`,
      reasoning,
    }),
    () => ({
      question: choose(rng, [`what shape is the ${most} object?`, `which shape is the ${most}?`]),
      answer: first.shape,
      sentence: `the ${most} object is a ${first.shape}`,
      reasoning,
    }),
  ])();
}

/** Two or more objects with these traits, all with the same colour or shape. */
function areAlike(scene: Scene, traits: Traits, property: "color" | "shape"): boolean {
  const objects = scene.objects.filter((object) => hasTraits(object, traits));
  return objects.length > 1 && new Set<Color | Shape>(objects.map((object) => object[property])).size === 1;
}

/** What is seen, and the fact in it that answers. */
function seeing(scene: Scene, fact: string): string {
  return `${sightOf(scene, true)} ${asSentence(fact)}`;
}

/** What is seen, and which of it the words mean. */
function pointing(scene: Scene, { phrase, object }: Pick<Referent, "phrase" | "object">): string {
  return seeing(scene, `${phrase} is the ${object.size} ${nameOf(object)}`);
}
