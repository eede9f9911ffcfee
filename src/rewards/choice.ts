/** Multiple choice: the letter of the right answer, or the answer itself in its words. Choices are the example's `metadata.choices`. */
import { answerAndExpected } from "./final-answer.js";
import type { Reward } from "./reward.js";

/** 1 where just the right choice is named, else 0. */
export function choiceReward(): Reward {
  return {
    name: "choice",
    score(rollout) {
      const { answer, expected } = answerAndExpected(rollout, "choice");
      const { choices } = rollout.metadata;
      const texts = Array.isArray(choices) ? choices.map(String) : [];
      const wanted = chosen(expected, texts);
      if (wanted === undefined) throw new Error(`the answer "${expected}" of the example is none of its choices`);
      return chosen(answer, texts) === wanted ? 1 : 0;
    },
  };
}

/** The index of the one choice that a text names; undefined where it names none, or several. */
export function chosen(text: string, choices: readonly string[]): number | undefined {
  const letters = new Set(lettersIn(text).map((letter) => letter.charCodeAt(0) - 65));
  const isChoice = (index: number) => choices.length === 0 || index < choices.length;
  if (letters.size > 0) return letters.size === 1 && isChoice([...letters][0]) ? [...letters][0] : undefined;
  const named = choices.flatMap((choice, i) => (plain(choice) !== "" && plain(text) === plain(choice) ? [i] : []));
  return named.length === 1 ? named[0] : undefined;
}

/** "B", "(B)", "B.", "B) 30°", "The answer is B": letters that stand for a choice, not the article nor the pronoun. */
function lettersIn(text: string): string[] {
  const tidy = text.replaceAll(/[*_$]|\\text/g, "").trim();
  const alone = /^[({]*([A-Z])[)}.:]*(?=$|\s)/.exec(tidy);
  const inBrackets = [...tidy.matchAll(/\(([A-Z])\)/g)].map(([, letter]) => letter);
  const announced = [...tidy.matchAll(/\b(?:answer|option|choice)(?:\s+is)?\s*:?\s*\(?([A-Z])\b(?!')/g)].map(
    ([, letter]) => letter,
  );
  // "A square" begins with an article.
  const first = alone && !/^A\s+[a-z]/.test(tidy) ? [alone[1]] : [];
  const offered = [...tidy.matchAll(/\b([A-Z])\s*(?:,|or|and|\/|\s)\s*([A-Z])\b/g)].flatMap(([, a, b]) => [a, b]);
  return [...first, ...inBrackets, ...announced, ...offered];
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s.$]+/g, " ")
    .trim();
}
