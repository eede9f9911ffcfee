/**
 * Whether a text gives a short answer: a number, a colour, a shape, a size, a relation, yes or no, or several of these ("red circle").
 *
 * 1. A text that is the answer and nothing more, but for case, punctuation and articles, is right.
 * 2. "Yes" or "no" must be the first word of a sentence that does not hold the other.
 * 3. Of the other kinds, the last mention in the text counts: "The star above the blue square is red" says red, "17 + 25 = 42" says 42.
 *    It does not count when it is denied ("not red"), an operand ("17 + 25") or one of several offered ("red or blue", "2, 3").
 *
 * What stands before `</think>` is not part of the answer.
 */
import { COLORS, SHAPES } from "../data/scenes/scene.js";

type AnswerKind = "number" | "colour" | "shape" | "size" | "relation" | "yes or no";

/** What is said, and the words that say it. */
interface Term {
  readonly kind: AnswerKind;
  readonly value: string;
}

/** A term and where it stands among the words of a text. */
interface Mention extends Term {
  readonly start: number;
  readonly end: number;
}

const UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const TEENS = ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const TERMS: ReadonlyMap<string, Term> = new Map([
  ...[...UNITS, ...TEENS].map((word, value) => entry("number", String(value), word)),
  ...TENS.map((word, i) => entry("number", String(20 + 10 * i), word)),
  entry("number", "0", "none"),
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

function entry(kind: AnswerKind, value: string, word: string): [string, Term] {
  return [word, { kind, value }];
}

/** Words between two mentions that make them a choice or a list. */
const LISTING = /^(or|and|,|\/|&|a|an|the|either)$/;
const DENIALS = new Set(["not", "neither", "nor", "never", "isn't", "aren't"]);
/** A number after one of these is an operand. */
const OPERATORS = new Set(["+", "-", "×", "*", "x", "÷", "/", "plus", "minus", "times", "by"]);

/** @throws RangeError when `wanted` is none of the kinds that can be told apart */
export function isShortAnswer(text: string, wanted: string): boolean {
  const wantedMentions = mentionsIn(wordsOf(wanted));
  if (wantedMentions.length === 0) {
    throw new RangeError(
      `"${wanted}" is no short answer: a number in digits, a colour, a shape, a size, left, right, above, below, yes or no`,
    );
  }
  const words = wordsOf(answerPart(text));
  if (bare(words) === bare(wordsOf(wanted))) return true;
  const mentions = mentionsIn(words);
  const lastOf = (kind: AnswerKind) => mentions.filter((mention) => mention.kind === kind).at(-1);
  return wantedMentions.every((term, i) => {
    if (term.kind === "yes or no") return saysYesOrNo(words, term.value);
    const last = lastOf(term.kind);
    if (!last) return saysNone(term, words);
    // "Red circle" is one thing: its words stand together.
    const isTogether = i === 0 || lastOf(wantedMentions[i - 1].kind)?.end === last.start;
    return last.value === term.value && isTogether && isStated(last, mentions, words);
  });
}

/** What a text says after its reasoning, if it has any. */
export function answerPart(text: string): string {
  const end = text.lastIndexOf("</think>");
  return end === -1 ? text : text.slice(end + "</think>".length);
}

/** Words, numbers (thousands and decimals in one, a sign where nothing is subtracted) and signs, in small letters. */
function wordsOf(text: string): string[] {
  const tidy = text.toLowerCase().replaceAll("’", "'").replaceAll("−", "-");
  const words = tidy.match(/\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|[^\sa-z\d]/g) ?? [];
  return words.map((word) => (/^\d/.test(word) ? String(Number(word.replaceAll(",", ""))) : word));
}

/** Without articles and punctuation. */
function bare(words: readonly string[]): string {
  return words.filter((word) => /[a-z\d-]/.test(word) && !/^(a|an|the)$/.test(word)).join(" ");
}

function mentionsIn(words: readonly string[]): Mention[] {
  const mentions: Mention[] = [];
  for (let start = 0; start < words.length; start++) {
    const word = words[start];
    const term = /^\d/.test(word) ? { kind: "number" as const, value: word } : TERMS.get(word);
    if (!term) continue;
    const unit = words[start + 1] === "-" ? start + 2 : start + 1;
    if (TENS.includes(word) && UNITS.slice(1, 10).includes(words[unit])) {
      const value = String(Number(term.value) + UNITS.indexOf(words[unit]));
      mentions.push({ kind: "number", value, start, end: unit + 1 });
      start = unit;
      continue;
    }
    const isNegative = term.kind === "number" && isSign(words, start - 1);
    mentions.push({ ...term, value: isNegative ? `-${term.value}` : term.value, start, end: start + 1 });
  }
  return mentions;
}

/** A minus after which a number is negative, since nothing stands before it that it could be taken from. */
function isSign(words: readonly string[], place: number): boolean {
  return words[place] === "-" && !/^[a-z\d)]/.test(words[place - 1] ?? "");
}

/** Neither denied, nor a part of a sum, nor one of several. */
function isStated(mention: Mention, mentions: readonly Mention[], words: readonly string[]): boolean {
  const before = words.slice(Math.max(0, mention.start - 2), mention.start);
  if (before.some((word) => DENIALS.has(word))) return false;
  if (mention.kind === "number" && OPERATORS.has(before.at(-1) ?? "") && !mention.value.startsWith("-")) return false;
  const rival = mentions.filter(({ kind, end }) => kind === mention.kind && end <= mention.start).at(-1);
  if (!rival || rival.value === mention.value) return true;
  return !words.slice(rival.end, mention.start).every((word) => LISTING.test(word));
}

/** "There are no circles" says 0. */
function saysNone(term: Term, words: readonly string[]): boolean {
  const isZero = term.kind === "number" && term.value === "0";
  return isZero && words.some((word, i) => word === "no" && /^[a-z]/.test(words[i + 1] ?? ""));
}

function saysYesOrNo(words: readonly string[], wanted: string): boolean {
  return words[0] === wanted && !words.includes(wanted === "yes" ? "no" : "yes");
}
