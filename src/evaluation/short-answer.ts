/**
 * Whether a text gives a short answer: a number, a colour, a shape, a size, a relation, yes or no, or several of these ("red circle").
 *
 * 1. A text that is the answer and nothing more, but for case, punctuation and articles, is right.
 * 2. "Yes" or "no" must be the first word of a sentence that does not hold the other.
 * 3. Of the other kinds, the last mention in the text counts: "The star above the blue square is red" says red, "17 + 25 = 42" says 42.
 *    It does not count when it is denied ("not red"), an operand ("17 + 25") or one of several offered ("red or blue", "2, 3"). What is
 *    denied behind it in passing ("red, not blue") is no mention.
 *
 * What stands before `</think>` is not part of the answer. Numbers in digits are read as the numeric reward reads them, but for "%".
 */
import { COLORS, SHAPES } from "../data/scenes/scene.js";
import { finalAnswer } from "../rewards/final-answer.js";
import { statedNumber } from "../rewards/numeric.js";

/** What is said, and the words that say it. */
interface Term {
  readonly kind: "colour" | "shape" | "size" | "relation" | "yes or no";
  readonly value: string;
}

/** A term and its place among the words of a text. */
interface Mention extends Term {
  readonly place: number;
}

const TERMS: ReadonlyMap<string, Term> = new Map([
  ...COLORS.map((color) => entry("colour", color, color)),
  ...SHAPES.flatMap((shape) => [entry("shape", shape, shape), entry("shape", shape, `${shape}s`)]),
  ...["small", "little", "tiny"].map((word) => entry("size", "small", word)),
  ...["large", "big"].map((word) => entry("size", "large", word)),
  entry("relation", "left", "left"),
  entry("relation", "right", "right"),
  ...["above", "over", "top"].map((word) => entry("relation", "above", word)),
  ...["below", "under", "beneath", "underneath"].map((word) => entry("relation", "below", word)),
  entry("yes or no", "yes", "yes"),
  entry("yes or no", "no", "no"),
]);

function entry(kind: Term["kind"], value: string, word: string): [string, Term] {
  return [word, { kind, value }];
}

/** Words between two mentions that make them a choice or a list. */
const LISTING = /^(or|and|,|\/|&|a|an|the|either)$/;
const DENIAL = /^(not|neither|nor|never|isn't|aren't)$/;

/** ", not blue", up to the end of the clause. */
const IN_PASSING = /(?<=\w), not\b.*?(?=[,.;:!?](?:\s|$)|$)/gs;

/** @throws RangeError when `wanted` is none of the kinds that can be told apart */
export function isShortAnswer(text: string, wanted: string): boolean {
  const said = finalAnswer(text).toLowerCase().replaceAll("’", "'").replace(IN_PASSING, "");
  if (/^\d+$/.test(wanted)) return saysNumber(said, Number(wanted));
  const terms = mentionsIn(wordsOf(wanted));
  if (terms.length === 0) {
    throw new RangeError(
      `"${wanted}" is no short answer: a number in digits, a colour, a shape, a size, left, right, above, below, yes or no`,
    );
  }
  const words = wordsOf(said);
  if (bare(words) === bare(wordsOf(wanted))) return true;
  const mentions = mentionsIn(words);
  const lastOf = (kind: Term["kind"]) => mentions.filter((mention) => mention.kind === kind).at(-1);
  return terms.every((term, i) => {
    if (term.kind === "yes or no") return saysYesOrNo(words, term.value);
    const last = lastOf(term.kind);
    if (last?.value !== term.value || !isStated(last, mentions, words)) return false;
    // "Red circle" is one thing: its words stand together.
    return i === 0 || lastOf(terms[i - 1].kind)?.place === last.place - 1;
  });
}

function wordsOf(text: string): string[] {
  return text.match(/[a-z\d]+(?:'[a-z]+)?|[^\sa-z\d]/g) ?? [];
}

/** Without articles and punctuation. */
function bare(words: readonly string[]): string {
  return words.filter((word) => /^[a-z\d]/.test(word) && !/^(a|an|the)$/.test(word)).join(" ");
}

function mentionsIn(words: readonly string[]): Mention[] {
  return words.flatMap((word, place) => {
    const term = TERMS.get(word);
    return term ? [{ ...term, place }] : [];
  });
}

/** Neither denied nor one of several. */
function isStated(mention: Mention, mentions: readonly Mention[], words: readonly string[]): boolean {
  const { kind, place, value } = mention;
  if (words.slice(Math.max(0, place - 2), place).some((word) => DENIAL.test(word))) return false;
  const rival = mentions.filter((other) => other.kind === kind && other.place < place).at(-1);
  if (!rival || rival.value === value) return true;
  return !words.slice(rival.place + 1, place).every((word) => LISTING.test(word));
}

function saysYesOrNo(words: readonly string[], wanted: string): boolean {
  return words[0] === wanted && !words.includes(wanted === "yes" ? "no" : "yes");
}

const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
const UNITS = SMALL.split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const BELOW_TEN = UNITS.slice(1, 10).join("|");
const BELOW_HUNDRED = `(?:(?:${TENS.join("|")})(?:[ -](?:${BELOW_TEN}))?|${UNITS.join("|")})`;
/** "Forty-two", "a hundred", "one hundred and five". */
const IN_WORDS = new RegExp(
  `\\b(?:(?:(?:a|${BELOW_TEN})[ -])?hundred(?:(?: and)?[ -]${BELOW_HUNDRED})?|${BELOW_HUNDRED})\\b`,
  "g",
);

/** Of a text that `IN_WORDS` fits. */
function numberInWords(text: string): number {
  return (text.match(/[a-z]+/g) ?? []).reduce((sum, word) => {
    if (word === "hundred") return 100 * Math.max(sum, 1);
    return sum + Math.max(UNITS.indexOf(word), 0) + (TENS.includes(word) ? 20 + 10 * TENS.indexOf(word) : 0);
  }, 0);
}

/** "The red one" is no number. */
const PRONOUN = new RegExp(
  `\\b(the|this|that|${wordsFor("colour").join("|")}|${wordsFor("size").join("|")}) one\\b(?![ -]hundred)`,
  "g",
);

function wordsFor(kind: Term["kind"]): string[] {
  return [...TERMS].flatMap(([word, term]) => (term.kind === kind ? [word] : []));
}

function saysNumber(text: string, wanted: number): boolean {
  const plain = text.replaceAll("%", "").replace(PRONOUN, "$1");
  const inDigits = plain.replace(IN_WORDS, (words) => String(numberInWords(words)));
  // "None", "there are no circles".
  if (wanted === 0 && !/\d/.test(inDigits)) return /\bnone\b|\bno [a-z]/.test(inDigits);
  const isDenied = new RegExp(`\\b(?:not|never|neither|nor|isn't|aren't) (?:[a-z]+ )?${wanted}\\b`).test(inDigits);
  return statedNumber(inDigits) === wanted && !isDenied;
}
