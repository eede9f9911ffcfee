/**
 * Questions about scenes with short answers (a colour, a shape, a number in digits, a size, yes or no), or with a full sentence where
 * they ask for one. Only what is well defined is asked: referents fit one object, relations are clear. Yes and no are about even,
 * counts are spread. In training, nothing of the held-out pairs is said or asked.
 */

import { choose, type Random, shuffle } from "../../array/random.js";
import { asSentence } from "../english.js";

import type { Asking, Draft } from "./question-draft.js";
import { askComparison, askCount, askExistence, askRelation } from "./question-facts.js";
import { askColor, askShape, askSize } from "./question-properties.js";
import type { Combinations, Scene } from "./scene.js";

export const QUESTION_KINDS = ["colour", "shape", "count", "existence", "relation", "comparison", "size"] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface Question {
  readonly kind: QuestionKind;
  readonly question: string;
  /** What to say: the short answer, or a sentence that holds it where the question asks for a sentence. */
  readonly answer: string;
  readonly shortAnswer: string;
  /** What is seen, and what follows from it, up to the answer. */
  readonly reasoning: string;
}

export interface QuestionOptions {
  /** Default: by chance; where the scene allows none of a kind, another one is asked. */
  readonly kind?: QuestionKind;
  /** `held-out` asks about the held-out pairs too, and mostly. Default: `training`. */
  readonly combinations?: Combinations;
  /** Probability of asking for a full sentence. Default: 0.08. */
  readonly sentenceShare?: number;
}

/** A random question, or one of `options.kind`; undefined where the scene allows none of the kind asked for. */
export function question(
  scene: Scene,
  rng: Random,
  options: QuestionOptions & { readonly kind: QuestionKind },
): Question | undefined;
export function question(scene: Scene, rng: Random, options?: QuestionOptions): Question;
export function question(scene: Scene, rng: Random, options: QuestionOptions = {}): Question | undefined {
  const asking = { scene, rng, isHeldOutToo: options.combinations === "held-out" };
  for (const kind of options.kind ? [options.kind] : shuffle(rng, QUESTION_KINDS)) {
    const draft = BUILDERS[kind](asking);
    if (!draft) continue;
    const isSentence = rng.uniform() < (options.sentenceShare ?? 0.08);
    const request = choose(rng, ["Answer in a sentence.", "Answer with a full sentence.", "Use a full sentence."]);
    const asked = inBritishOrAmerican(draft.question, rng);
    return {
      kind,
      question: isSentence ? `${asSentence(asked)} ${request}` : rng.uniform() < 0.85 ? asSentence(asked) : asked,
      answer: isSentence ? asSentence(draft.sentence) : draft.answer,
      shortAnswer: draft.answer,
      reasoning: draft.reasoning,
    };
  }
  return undefined;
}

const BUILDERS: Readonly<Record<QuestionKind, (asking: Asking) => Draft | undefined>> = {
  colour: askColor,
  shape: askShape,
  count: askCount,
  existence: askExistence,
  relation: askRelation,
  comparison: askComparison,
  size: askSize,
};

function inBritishOrAmerican(text: string, rng: Random): string {
  return rng.uniform() < 0.5 ? text.replaceAll("color", "colour") : text;
}
