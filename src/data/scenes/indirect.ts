/**
 * Prompts and questions that need a thought first: "as many stars as a triangle has sides", "a shape with five points in the color of a
 * lemon". What they mean is a `PromptSpec` as any other's; the reasoning tells the facts, then says the prompt without hints or looks at the
 * picture.
 */

import { choose, integer, type Random } from "../../array/random.js";
import { asSentence, enumerated, withArticle } from "../english.js";
import { captionOf, NUMBER_WORDS, plural, RELATION_WORDS, SIZE_WORDS } from "./captions.js";
import { COLOR_HINTS, type Count, type Hint, NUMBER_HINTS, SHAPE_HINTS } from "./hints.js";
import { inReadingOrder, type ObjectGroup, type PromptSpec, promptSpec } from "./prompt-spec.js";
import { counting } from "./question-facts.js";
import { hasTraits, type Traits } from "./referents.js";
import { COLORS, type Combinations, isHeldOut, type Scene, SHAPES } from "./scene.js";
import { placed, sightOf } from "./sight.js";

/** A prompt, what it means, and how to get from one to the other. */
export interface ReasonedPrompt {
  readonly text: string;
  readonly spec: PromptSpec;
  readonly reasoning: string;
}

/** A prompt of the scene some of whose numbers, colours or shapes, one at least, are hinted at. */
export function indirectPrompt(scene: Scene, rng: Random): ReasonedPrompt {
  const spec = promptSpec(scene, rng, { relationShare: 0.2 });
  const certain = spec.groups[integer(rng, spec.groups.length)];
  const facts: string[] = [];
  const phraseOf = (group: ObjectGroup): string => {
    const isHinted = group === certain || rng.uniform() < 0.25;
    return isHinted ? hintedPhrase(group, rng, facts) : plainPhrase(group, rng);
  };
  const text = captionOf(spec, rng, { phraseOf });
  return { text, spec, reasoning: `${facts.join(" ")} So I draw ${plainWords(spec)}.` };
}

/** A prompt in one plain form, for what is meant: "a small red star above a blue circle and two cyan squares". */
function plainWords({ groups, relations }: PromptSpec): string {
  const phrases = groups.map(({ color, shape, size, count }) => {
    const noun = [size, color, plural(shape, count)].filter(Boolean).join(" ");
    return count === 1 ? withArticle(noun) : `${NUMBER_WORDS[count]} ${noun}`;
  });
  const [stated] = relations;
  if (!stated) return enumerated(phrases);
  const { subject, relation, object } = stated;
  const pair = `${phrases[subject]} ${RELATION_WORDS[relation][0]} ${phrases[object]}`;
  return enumerated([pair, ...phrases.filter((_, i) => i !== subject && i !== object)]);
}

/** What is to be drawn, object by object: "I draw a large red star at the top left and a small red star in the middle." */
export function planOf({ objects }: Scene): string {
  return `I draw ${enumerated(inReadingOrder(objects).map((object) => placed(object, true)))}.`;
}

/** Says one or two of a group's traits by hints, whose facts are added to `facts`. */
function hintedPhrase({ color, shape, size, count }: ObjectGroup, rng: Random, facts: string[]): string {
  const take = (hints: readonly Hint[]): string => {
    const { words, fact } = choose(rng, hints);
    facts.push(fact);
    return words;
  };
  const kind = choose(rng, count > 1 ? ["number", "number", "color", "shape", "both"] : ["color", "shape", "both"]);
  const isShapeHinted = kind === "shape" || kind === "both";
  const isColorHinted = kind === "color" || kind === "both";
  const described = [
    ...(size ? [choose(rng, SIZE_WORDS[size])] : []),
    ...(isColorHinted ? [] : [color]),
    plural(isShapeHinted ? "shape" : shape, count),
    ...(isShapeHinted ? [take(SHAPE_HINTS[shape])] : []),
    ...(isColorHinted ? [`in the color of ${take(COLOR_HINTS[color])}`] : []),
  ].join(" ");
  if (kind === "number") return `as many ${described} ${take(NUMBER_HINTS[count as Count])}`;
  return count === 1 ? withArticle(described) : `${NUMBER_WORDS[count]} ${described}`;
}

function plainPhrase({ color, shape, size, count }: ObjectGroup, rng: Random): string {
  const noun = [size && choose(rng, SIZE_WORDS[size]), color, plural(shape, count)].filter(Boolean).join(" ");
  return count === 1 ? withArticle(noun) : `${NUMBER_WORDS[count]} ${noun}`;
}

/** A question about the scene in which a number or a colour is hinted at, answered by yes or no. */
export function indirectQuestion(
  scene: Scene,
  rng: Random,
  combinations: Combinations = "training",
): { readonly question: string; readonly answer: "yes" | "no"; readonly reasoning: string } {
  const isTrue = rng.uniform() < 0.5;
  const draft =
    rng.uniform() < 0.5 ? numberQuestion(scene, rng, isTrue) : colorQuestion(scene, rng, isTrue, combinations);
  return { question: asSentence(draft.question), answer: isTrue ? "yes" : "no", reasoning: draft.reasoning };
}

function numberQuestion(scene: Scene, rng: Random, isTrue: boolean): { question: string; reasoning: string } {
  const present = [...SHAPES.map((shape) => ({ shape })), ...COLORS.map((color) => ({ color }))].filter(
    (traits: Traits) => scene.objects.some((object) => hasTraits(object, traits)),
  );
  const traits: Traits = choose(rng, present);
  const count = scene.objects.filter((object) => hasTraits(object, traits)).length;
  const asked = isTrue
    ? count
    : choose(
        rng,
        [1, 2, 3, 4].filter((number) => number !== count),
      );
  const { words, fact } = choose(rng, NUMBER_HINTS[asked as Count]);
  const noun = traits.shape ? plural(traits.shape, 2) : `${traits.color} objects`;
  const question = choose(rng, [`are there as many ${noun} ${words}?`, `do you see as many ${noun} ${words}?`]);
  return { question, reasoning: `${fact} ${sightOf(scene)} ${counting(scene, traits)}` };
}

function colorQuestion(
  scene: Scene,
  rng: Random,
  isTrue: boolean,
  combinations: Combinations,
): { question: string; reasoning: string } {
  const isPresent = (traits: Traits) => scene.objects.some((object) => hasTraits(object, traits));
  const pairs = COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape })));
  const askable = pairs.filter(
    (pair) => isPresent(pair) === isTrue && (combinations === "held-out" || !isHeldOut(pair)),
  );
  // A shape that is there, in another colour, is the harder "no".
  const near = askable.filter(({ shape }) => isPresent({ shape }));
  const { color, shape } = choose(rng, near.length > 0 ? near : askable);
  const { words, fact } = choose(rng, COLOR_HINTS[color]);
  const question = choose(rng, [
    `is there a ${shape} in the color of ${words}?`,
    `do you see a ${shape} in the color of ${words}?`,
  ]);
  const kind = withArticle(`${color} ${shape}`);
  return { question, reasoning: `${fact} ${sightOf(scene)} ${isTrue ? "One" : "None"} of them is ${kind}.` };
}
