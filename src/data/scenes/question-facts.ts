/** Questions about the whole picture: how many, whether there is, how two objects lie to each other, more or fewer, larger or alike. */

import { choose, type Random, shuffle } from "../../array/random.js";
import { asSentence, withArticle } from "../english.js";
import { plural, RELATION_WORDS } from "./captions.js";
import { inReadingOrder } from "./prompt-spec.js";
import { type Asking, type Draft, isAskable, preferHeldOut, preferShort } from "./question-draft.js";
import { ALL_TRAITS, hasTraits, nounOf, type Referent, referentsByTraits, type Traits } from "./referents.js";
import {
  COLORS,
  OPPOSITE,
  type Relation,
  relationOf,
  type Scene,
  type SceneObject,
  SHAPES,
  SIZE_MARGIN,
} from "./scene.js";
import { sightOf } from "./sight.js";

export function askCount(asking: Asking): Draft {
  const { scene, rng } = asking;
  const candidates = [{} as Traits, ...ALL_TRAITS].filter((traits) => isAskable(asking, traits));
  const countOf = (traits: Traits) => objectsWith(scene, traits).length;
  // Scenes of one or two objects would make most answers 0 and 1.
  const weights = [1, 1.5, 4, 6, 8];
  const counts = [...new Set(candidates.map(countOf))];
  const count = chooseWeighted(
    rng,
    counts,
    counts.map((value) => weights[value]),
  );
  const sameCount = candidates.filter((traits) => countOf(traits) === count);
  const traits =
    rng.uniform() < 0.3 && scene.objects.length === count
      ? {}
      : choose(
          rng,
          preferHeldOut(
            asking,
            preferShort(rng, sameCount, (one) => one),
          ),
        );
  const noun = nounOf(traits, 2, rng);
  const isAll = Object.keys(traits).length === 0;
  const wording = choose(rng, [
    ...[`how many ${noun} are there?`, `how many ${noun} are there?`, `how many ${noun} are in the picture?`],
    ...[`how many ${noun} do you see?`, `how many ${noun} can you see?`, `count the ${noun}.`],
    ...[
      `what is the number of ${noun}?`,
      isAll ? `how many ${noun} are there in total?` : `how many ${noun} does the picture show?`,
    ],
  ]);
  const answer = String(count);
  const name = count === 1 ? noun.replace(/s$/, "") : noun;
  const seen = sightOf(scene, traits.size !== undefined);
  const reasoning = isAll ? `${seen} So there are ${count}.` : `${seen} ${counting(scene, traits)}`;
  return { question: wording, answer, sentence: `there ${count === 1 ? "is" : "are"} ${count} ${name}`, reasoning };
}

export function askExistence(asking: Asking): Draft {
  const { scene, rng } = asking;
  const isThere = rng.uniform() < 0.5;
  const candidates = ALL_TRAITS.filter(
    (traits) => isAskable(asking, traits) && scene.objects.some((object) => hasTraits(object, traits)) === isThere,
  );
  // Half of the absent ones are near misses: the colour of one object, the shape of another.
  const isNear = ({ color, shape }: Traits) =>
    (!color || scene.objects.some((object) => object.color === color)) &&
    (!shape || scene.objects.some((object) => object.shape === shape));
  const near = candidates.filter(isNear);
  const pool = !isThere && near.length > 0 && rng.uniform() < 0.5 ? near : candidates;
  const pairs = pool.filter(({ color, shape }) => color && shape);
  const traits = choose(rng, preferHeldOut(asking, pairs.length > 0 && rng.uniform() < 0.5 ? pairs : pool));
  const noun = nounOf(traits, 1, rng);
  const one = withArticle(noun);
  const many = nounOf(traits, 2, rng);
  const wording = choose(rng, [
    ...[`is there ${one}?`, `is there ${one}?`, `is there ${one} in the picture?`, `is there any ${noun}?`],
    ...[`are there any ${many}?`, `do you see ${one}?`, `can you see ${one}?`, `does the picture show ${one}?`],
    ...[`does the picture contain ${one}?`, `does the image have ${one}?`, `is ${one} in the picture?`],
  ]);
  const sentence = isThere ? `yes, there is ${one}` : `no, there is no ${noun}`;
  const reasoning = `${sightOf(scene, traits.size !== undefined)} ${isThere ? "One" : "None"} of them is ${one}.`;
  return { question: wording, answer: isThere ? "yes" : "no", sentence, reasoning };
}

export function askRelation(asking: Asking): Draft | undefined {
  const { rng, scene } = asking;
  const referents = referentsByTraits(scene, rng).filter(({ told }) => isAskable(asking, told));
  const objects = [...new Set(referents.map(({ object }) => object))];
  const pairs = objects.flatMap((first) =>
    objects.flatMap((second) => {
      const relation = first === second ? undefined : relationOf(first, second);
      return relation ? [{ first, second, relation }] : [];
    }),
  );
  if (pairs.length === 0) return undefined;
  const { first, second, relation } = choose(rng, pairs);
  const [a, b] = [first, second].map((object) => {
    const fitting = referents.filter((referent) => referent.object === object);
    return choose(
      rng,
      preferShort(rng, fitting, ({ told }) => told),
    );
  });
  const words = choose(rng, RELATION_WORDS[relation]);
  const isSized = a.told.size !== undefined || b.told.size !== undefined;
  const reasoning = `${sightOf(scene, isSized)} ${asSentence(a.phrase).slice(0, -1)} is ${RELATION_WORDS[relation][0]} ${b.phrase}.`;
  if (rng.uniform() < 0.12) {
    const [side, otherSide] = shuffle(rng, [relation, OPPOSITE[relation]]).map(sideWords);
    const isSideways = relation === "left" || relation === "right";
    const wording = choose(rng, [
      `is ${a.phrase} ${side} or ${otherSide} ${b.phrase}?`.replace(isSideways ? / of or / : / or /, " or "),
      `where is ${a.phrase} relative to ${b.phrase}?`,
    ]);
    return { question: wording, answer: relation, sentence: `${a.phrase} is ${words} ${b.phrase}`, reasoning };
  }
  const isTrue = rng.uniform() < 0.5;
  const asked = isTrue ? relation : falseRelation(a, b, relation, rng);
  const askedWords = isTrue ? words : choose(rng, RELATION_WORDS[asked]);
  const wording = choose(rng, [
    ...[`is ${a.phrase} ${askedWords} ${b.phrase}?`, `is ${a.phrase} ${askedWords} ${b.phrase}?`],
    ...[`is ${a.phrase} ${askedWords} ${b.phrase}?`, `does ${a.phrase} lie ${askedWords} ${b.phrase}?`],
    `can you see ${a.phrase} ${askedWords} ${b.phrase}?`,
  ]);
  const sentence = `${isTrue ? "yes" : "no"}, ${a.phrase} is ${words} ${b.phrase}`;
  return { question: wording, answer: isTrue ? "yes" : "no", sentence, reasoning };
}

/** Mostly the opposite; else one across, whose half-plane the object is not in either. */
function falseRelation(a: Referent, b: Referent, relation: Relation, rng: Random): Relation {
  if (rng.uniform() < 0.75) return OPPOSITE[relation];
  if (relation === "left" || relation === "right") return a.object.y < b.object.y ? "below" : "above";
  return a.object.x < b.object.x ? "right" : "left";
}

function sideWords(relation: Relation): string {
  return relation === "left" || relation === "right" ? `to the ${relation} of` : relation;
}

/** Counts of two kinds, a property of two objects, or their sizes. */
export function askComparison(asking: Asking): Draft | undefined {
  return choose(asking.rng, [compareCounts, compareCounts, compareTraits, compareSizes])(asking);
}

/** "Are there more circles than squares?" */
function compareCounts({ scene, rng }: Asking): Draft | undefined {
  const traits: readonly Traits[] =
    rng.uniform() < 0.6 ? SHAPES.map((shape) => ({ shape })) : COLORS.map((color) => ({ color }));
  const countOf = (one: Traits) => objectsWith(scene, one).length;
  const isTrue = rng.uniform() < 0.5;
  const relation = choose(rng, ["more", "more", "fewer", "as many"] as const);
  const holds = (a: Traits, b: Traits) => {
    const difference = countOf(a) - countOf(b);
    return relation === "more" ? difference > 0 : relation === "fewer" ? difference < 0 : difference === 0;
  };
  const pairs = traits.flatMap((a) => traits.flatMap((b) => (a === b || holds(a, b) !== isTrue ? [] : [[a, b]])));
  if (pairs.length === 0) return undefined;
  // What is not there at all is asked about seldom.
  const present = pairs.filter(([a, b]) => countOf(a) > 0 && countOf(b) > 0);
  const some = pairs.filter(([a, b]) => countOf(a) + countOf(b) > 0);
  const pools = [present, present, some, pairs].filter((pool) => pool.length > 0);
  const pair = choose(rng, choose(rng, pools));
  const [a, b] = pair.map((one) => nounOf(one, 2, rng).replace(/(shape|thing)s$/, "objects"));
  const than = relation === "as many" ? "as" : "than";
  const wording = choose(rng, [
    `are there ${relation} ${a} ${than} ${b}?`,
    `do you see ${relation} ${a} ${than} ${b}?`,
  ]);
  const sentence = `${isTrue ? "yes, there are" : "no, there are not"} ${relation} ${a} ${than} ${b}`;
  const reasoning = `${sightOf(scene)} ${pair.map((one) => counting(scene, one)).join(" ")}`;
  return { question: wording, answer: isTrue ? "yes" : "no", sentence, reasoning };
}

/** "Are the star and the square the same color?" */
function compareTraits(asking: Asking): Draft | undefined {
  const { scene, rng } = asking;
  const trait = choose(rng, ["color", "shape"] as const);
  const referents = referentsByTraits(scene, rng).filter(({ told }) => isAskable(asking, told) && !told[trait]);
  // "No" is the commoner truth: it is asked about less.
  const isSame = rng.uniform() < 0.75;
  const pairs = referents.flatMap((a) =>
    referents.flatMap((b) =>
      a.object !== b.object && (a.object[trait] === b.object[trait]) === isSame ? [[a, b] as const] : [],
    ),
  );
  if (pairs.length === 0) return undefined;
  const [a, b] = choose(rng, pairs);
  const wording = choose(rng, [
    `are ${a.phrase} and ${b.phrase} the same ${trait}?`,
    `do ${a.phrase} and ${b.phrase} have the same ${trait}?`,
    `is ${a.phrase} the same ${trait} as ${b.phrase}?`,
  ]);
  const sentence = `${isSame ? "yes" : "no"}, ${a.phrase} and ${b.phrase} ${isSame ? "have the same" : "do not have the same"} ${trait}`;
  const isSized = a.told.size !== undefined || b.told.size !== undefined;
  const found = [a, b].map(({ phrase, object }) => `${phrase} is ${inWords(trait, object[trait])}`);
  const reasoning = `${sightOf(scene, isSized)} ${asSentence(found.join(" and "))}`;
  return { question: wording, answer: isSame ? "yes" : "no", sentence, reasoning };
}

/** "Is the star larger than the square?" */
function compareSizes(asking: Asking): Draft | undefined {
  const { scene, rng } = asking;
  const referents = referentsByTraits(scene, rng).filter(({ told }) => isAskable(asking, told) && !told.size);
  const pairs = referents.flatMap((a) =>
    referents.flatMap((b) => (a.object.radius - b.object.radius >= SIZE_MARGIN ? [[a, b] as const] : [])),
  );
  if (pairs.length === 0) return undefined;
  const [larger, smaller] = choose(rng, pairs);
  const isLarger = rng.uniform() < 0.5;
  const isTrue = rng.uniform() < 0.5;
  const [a, b] = isLarger === isTrue ? [larger, smaller] : [smaller, larger];
  const word = choose(rng, isLarger ? ["larger", "larger", "bigger"] : ["smaller"]);
  const sentence = `${isTrue ? "yes" : "no"}, ${a.phrase} is ${isTrue ? word : `not ${word}`} than ${b.phrase}`;
  const reasoning = `${sightOf(scene, true)} ${asSentence(`${larger.phrase} is larger than ${smaller.phrase}`)}`;
  return { question: `is ${a.phrase} ${word} than ${b.phrase}?`, answer: isTrue ? "yes" : "no", sentence, reasoning };
}

function objectsWith(scene: Scene, traits: Traits): SceneObject[] {
  return inReadingOrder(scene.objects.filter((object) => hasTraits(object, traits)));
}

/** What fits, one by one, and how many that makes: "Blue: square, star. That is 2." */
export function counting(scene: Scene, traits: Traits): string {
  const found = objectsWith(scene, traits);
  const name = [traits.size, traits.color, traits.shape && plural(traits.shape, 2)].filter(Boolean).join(" ");
  const rest = (object: SceneObject) => (traits.shape === undefined ? object.shape : object.color);
  return `${asSentence(`${name}: ${found.map(rest).join(", ") || "none"}`)} That is ${found.length}.`;
}

/** "red" for a colour, "a star" for a shape. */
function inWords(trait: "color" | "shape", value: string): string {
  return trait === "color" ? value : withArticle(value);
}

function chooseWeighted<T>(rng: Random, items: readonly T[], weights: readonly number[]): T {
  let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  return items.find((_, i) => (left -= weights[i]) < 0) ?? items[items.length - 1];
}
