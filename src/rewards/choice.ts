/** Multiple choice: the letter of the right answer, or the answer itself in its words. Choices are the example's `metadata.choices`. */
import { lastBoxed } from "../data/layouts/layout.js";
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
  const said = tidied(lastBoxed(text) ?? text);
  const texts = choices.map(tidied);
  // A choice's own words come first: in "Points P and Q" no letters are offered.
  const own = indicesOf(said, texts);
  const named = own.length > 0 ? own : namedIn(said, texts);
  const index = new Set(named).size === 1 ? named[0] : undefined;
  return index !== undefined && isChoice(index, texts) ? index : undefined;
}

/**
 * By the words behind "the answer is", by letters ahead of them or elsewhere, and by the words behind a letter: "B. 60°"; only where there are
 * none of these by a letter that is the whole answer, or ends a sentence. Letters that are denied name nothing.
 */
function namedIn(said: string, texts: readonly string[]): number[] {
  const start = ANNOUNCEMENT.exec(said)?.[0].length ?? 0;
  const answer = said.slice(start);
  const own = indicesOf(answer, texts);
  const labelled = /^\s*[({]*[A-Z][)}.:,]*\s(.*)$/s.exec(answer)?.[1] ?? "";
  const misleading = texts.filter((text) => /\b[A-Z]\b.|.\b[A-Z]\b/.test(text)).sort((a, b) => b.length - a.length);
  const rest = misleading.reduce(without, own.length > 0 ? said.slice(0, start) : said).replaceAll(DENIED, " ");
  const announced = [...rest.matchAll(ANNOUNCED)].map(([, letter]) => indexOfLetter(letter));
  const offered = lettersIn(rest.replaceAll(PRONOUN_OR_ARTICLE, "$1")).map(indexOfLetter);
  // "B, as P and Q lie on it": P is no choice.
  const areChoices = (indices: readonly number[]) => indices.filter((index) => isChoice(index, texts));
  const named = [...own, ...indicesOf(labelled, texts), ...announced, ...areChoices(offered)];
  if (named.length > 0) return named;
  const alone = ALONE.exec(answer)?.slice(1) ?? [];
  const lasts = [...rest.matchAll(LAST)].map(([, letter]) => letter);
  return areChoices([...alone, ...lasts].map((letter) => indexOfLetter(letter.toUpperCase())));
}

/** Up to the last one. */
const ANNOUNCEMENT = /^.*\b(?:answer|option|choice|choose|chose|pick|select)\b(?:\s+is)?\s*[:=]?/is;
const ANNOUNCED =
  /\b(?:[Aa]nswer|ANSWER|[Oo]ption|OPTION|[Cc]hoice|CHOICE|[Cc]hoose|[Cc]hose|[Pp]ick|[Ss]elect)(?:\s+is)?\s*[:=]?\s*[({]?([A-Z])\b(?!')/g;
/** "not (B)", "isn't A or B", "I don't think it is B", but not in "I don't know, so B". */
const DENIED =
  /\b(?:[Nn](?:ot|ever|either|or)|[Cc]annot|\w+n['’]t)(?:\s+(?!(?:but|so)\b)[a-z]+){0,4}\s+[({]*[A-Z]\b[)}]*(?:\s*(?:,|\/|n?or|and)\s*[({]*[A-Z]\b[)}]*)*/g;
/** The one letter that may be small: "a" is a word elsewhere. */
const ALONE = /^\s*[({]*([A-Za-z])[)}.:]*\s*$/;
/** "I think it is B", "It is B. …" */
const LAST = /\s([A-Z])(?=[.!]?\s*$|[.!]\s)/g;
/** "I think", "A square": at a sentence's beginning; but "A is right", "A because". */
const PRONOUN_OR_ARTICLE = /(^|[.!?:]\s)\s*(?:I(?='|\s+[a-z])|A(?=\s+[a-z]))(?!\s+(?:is|because|since|and|or)\b)/g;

/** "B", "(B)", "B.", "B) 30°", "A or B": letters that stand for a choice. */
function lettersIn(text: string): string[] {
  const first = /^\s*[({]*([A-Z])[)}.:,]*(?=$|\s)/.exec(text);
  const inBrackets = [...text.matchAll(/\(([A-Z])\)/g)].map(([, letter]) => letter);
  const listed = [...text.matchAll(/\b([A-Z])\s*(?:,|or|and|\/|\s)\s*([A-Z])\b/g)].flatMap(([, a, b]) => [a, b]);
  return [...(first ? [first[1]] : []), ...inBrackets, ...listed];
}

function indexOfLetter(letter: string): number {
  return letter.charCodeAt(0) - 65;
}

function isChoice(index: number, texts: readonly string[]): boolean {
  return texts.length === 0 || index < texts.length;
}

/** The choices of just these words. */
function indicesOf(words: string, texts: readonly string[]): number[] {
  const wanted = plain(words);
  return texts.flatMap((text, i) => (wanted !== "" && wanted === plain(text) ? [i] : []));
}

function without(text: string, words: string): string {
  const escaped = words.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replaceAll(new RegExp(`(?<!\\w)${escaped}(?!\\w)`, "gi"), " ");
}

function tidied(text: string): string {
  return text
    .replaceAll(/\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}/g, "$1")
    .replaceAll(/[*_$]|\\text/g, "")
    .trim();
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s.]+/g, " ")
    .trim();
}
