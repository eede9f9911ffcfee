/**
 * True sentences about pairs, of objects and of kinds: how two lie to each other, which is larger, what they share, of what there are
 * more. The same facts as questions ask for with yes and no, but said: what is learnt by saying it need not be learnt from a bit an answer.
 * Of relations and numbers half name the pair first and the fact last.
 */

import { choose, type Random, shuffle } from "../../array/random.js";
import { asSentence } from "../english.js";
import { plural, RELATION_WORDS } from "./captions.js";
import { hasTraits, type Referent, referentsByTraits, type Traits } from "./referents.js";
import { COLORS, relationOf, type Scene, SHAPES, SIZE_MARGIN } from "./scene.js";

/** What is said of a scene without a clear pair. */
const NOTHING_CLEAR = "there is nothing to compare";

/** Sentences of a row, at most. */
const MAX_STATEMENTS = 5;

const RELATION_REQUESTS = [
  ...["How do the objects lie to each other?", "Say where the objects are relative to each other."],
  ...["What is left of what, and what is above what?", "Tell me how the objects are placed."],
];
const COMPARISON_REQUESTS = [
  ...["Compare the objects.", "Compare the objects in the picture.", "What is alike, and what is more?"],
  ...["Say what is larger, what is the same and what is more."],
];

/** A request, and sentences that answer it. */
export function statements(scene: Scene, rng: Random): { readonly request: string; readonly answer: string } {
  const isRelations = rng.uniform() < 0.5;
  const told = isRelations ? relationStatements(scene, rng) : comparisonStatements(scene, rng);
  const chosen = told.length > 0 ? shuffle(rng, told).slice(0, MAX_STATEMENTS) : [NOTHING_CLEAR];
  return {
    request: choose(rng, isRelations ? RELATION_REQUESTS : COMPARISON_REQUESTS),
    answer: chosen.map(asSentence).join(" "),
  };
}

/** Every two different objects, each way round, with words for both. */
function pairsOf(
  scene: Scene,
  rng: Random,
  isFit: (referent: Referent) => boolean = () => true,
): [Referent, Referent][] {
  const named = scene.objects.flatMap((object) => {
    const fitting = referentsByTraits(scene, rng).filter((one) => one.object === object && isFit(one));
    return fitting.length > 0 ? [choose(rng, fitting)] : [];
  });
  return orderedPairs(named);
}

function relationStatements(scene: Scene, rng: Random): string[] {
  return pairsOf(scene, rng).flatMap(([a, b]) => {
    const relation = relationOf(a.object, b.object);
    if (!relation) return [];
    const side = relation === "left" || relation === "right" ? `to the ${relation}` : relation;
    const isFactLast = rng.uniform() < 0.5;
    return [
      isFactLast
        ? `seen from ${b.phrase}, ${a.phrase} is ${side}`
        : `${a.phrase} is ${choose(rng, RELATION_WORDS[relation])} ${b.phrase}`,
    ];
  });
}

/** Some of each: sizes, traits in common, and numbers. */
function comparisonStatements(scene: Scene, rng: Random): string[] {
  const families = [sizeStatements(scene, rng), traitStatements(scene, rng), countStatements(scene, rng)];
  return families.flatMap((family) => shuffle(rng, family).slice(0, 2));
}

function sizeStatements(scene: Scene, rng: Random): string[] {
  return pairsOf(scene, rng, ({ told }) => !told.size).flatMap(([a, b]) => {
    const difference = a.object.radius - b.object.radius;
    if (Math.abs(difference) < SIZE_MARGIN) return [];
    return [`${a.phrase} is ${difference > 0 ? "larger" : "smaller"} than ${b.phrase}`];
  });
}

function traitStatements(scene: Scene, rng: Random): string[] {
  return (["color", "shape"] as const).flatMap((trait) =>
    pairsOf(scene, rng, ({ told }) => !told[trait]).map(([a, b]) => {
      const isSame = a.object[trait] === b.object[trait];
      return `${a.phrase} and ${b.phrase} ${isSame ? "have" : "do not have"} the same ${trait}`;
    }),
  );
}

/** Of kinds of which at least one of the two is there. */
function countStatements({ objects }: Scene, rng: Random): string[] {
  const kinds: readonly Traits[] =
    rng.uniform() < 0.6 ? SHAPES.map((shape) => ({ shape })) : COLORS.map((color) => ({ color }));
  const counted = kinds.map((traits) => ({
    noun: traits.shape ? plural(traits.shape, 2) : `${traits.color} objects`,
    count: objects.filter((object) => hasTraits(object, traits)).length,
  }));
  return orderedPairs(counted).flatMap(([a, b]) => {
    if (a.count + b.count === 0) return [];
    const isFactLast = rng.uniform() < 0.5;
    if (a.count === b.count)
      return isFactLast
        ? [`of ${a.noun} and ${b.noun} there are as many`]
        : [`there are as many ${a.noun} as ${b.noun}`];
    const word = a.count > b.count ? "more" : "fewer";
    return isFactLast
      ? [`of ${a.noun} and ${b.noun} there are ${word} ${a.noun}`]
      : [`there are ${word} ${a.noun} than ${b.noun}`];
  });
}

/** Every two different items, each way round. */
function orderedPairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a) => items.flatMap((b): [T, T][] => (a === b ? [] : [[a, b]])));
}
