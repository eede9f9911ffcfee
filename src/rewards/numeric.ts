/**
 * A number in digits, alone or in a sentence: "42", "1,048 clips", "She has 42 pens now.", "17 + 25 = 42", "50%", which is 0.5 and not 50,
 * "3/4", "\frac{3}{4}" or "1 3/4" where a quotient is asked for.
 */
import { answerAndExpected } from "./final-answer.js";
import { tidied } from "./math-text.js";
import type { Reward } from "./reward.js";

export interface NumericOptions {
  /** Relative difference that is borne; absolute where the right number is 0. Default 1e-6. */
  readonly tolerance?: number;
}

/**
 * 1 where the number that is stated last is right, and no other is offered beside it; else 0. A quotient answers a quotient alone: "84/2" is
 * work left undone where 42 is expected.
 */
export function numericReward({ tolerance = 1e-6 }: NumericOptions = {}): Reward {
  return {
    name: "numeric",
    score(rollout) {
      const { answer, expected } = answerAndExpected(rollout, "numeric");
      const wanted = lastNumber(expected);
      if (wanted === undefined) throw new Error(`the answer "${expected}" of the example has no number`);
      const given = lastNumber(answer);
      if (given === undefined || (given.isQuotient && !wanted.isQuotient)) return 0;
      return Math.abs(given.value - wanted.value) <= tolerance * (Math.abs(wanted.value) || 1) ? 1 : 0;
    },
  };
}

const DIGITS = String.raw`(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)`;
const NUMBER = new RegExp(
  String.raw`(?:(?<whole>\d+) (?=\d+\s*/))?(?<top>${DIGITS}(?:e[+-]?\d{1,3})?)(?:\s*/\s*(?<bottom>${DIGITS}))?\s*(?<percent>%)?`,
  "gi",
);
/** What between two numbers offers both. */
const LISTING = /^\s*(?:[,;/|]|(?:,\s*)?(?:or|and|to))\s*$/i;
/** Ahead of a number, what makes it the operand of a sum whose result is not stated, an exponent, the inside of a root, or denied. */
const TAKEN = /(?:[+*/^]|\b(?:plus|minus|times|by|over|not)|n['’]t|\\(?:sqrt|pm)|[\^a-z}\]]\s*\{|-\s*\()\s*$/i;
/** Behind a number, what goes on with it: a factorial, a factor. */
const GOES_ON = /^(?:!|\s*\\(?:pi|sqrt))/;

/** The last number of a text; undefined where there is none, it is one of several on offer, or part of an open sum or another formula. */
export function statedNumber(text: string): number | undefined {
  return lastNumber(text)?.value;
}

function lastNumber(text: string): { value: number; isQuotient: boolean } | undefined {
  const plain = inPlainDigits(text);
  const matches = [...plain.matchAll(NUMBER)];
  const last = matches.at(-1);
  if (last === undefined) return undefined;
  let before = plain.slice(0, last.index);
  let sign = 1;
  if (/-\s*$/.test(before)) {
    before = before.replace(/-\s*$/, "");
    // A minus is a sign where nothing stands before it that it could be taken from.
    if (/[\d)}%]\s*$|\w$/.test(before)) return undefined;
    sign = -1;
  }
  const after = plain.slice(last.index + last[0].length);
  // "The answer is 42!" cries out; "42!" alone is a factorial.
  const isCry = /[a-z]\s*$/i.test(before) && /^!\s*$/.test(after);
  if (TAKEN.test(before) || (GOES_ON.test(after) && !isCry)) return undefined;
  const value = sign * numberOf(last);
  const rival = matches.at(-2);
  const isOffered = rival !== undefined && LISTING.test(before.slice(rival.index + rival[0].length));
  if ((isOffered && numberOf(rival) !== value) || !Number.isFinite(value)) return undefined;
  return { value, isQuotient: last.groups?.bottom !== undefined };
}

/** Without marks of layout, powers of units and the sign of "+42"; "\frac{3}{2}" is "3/2", "1½" is "1 1/2". */
function inPlainDigits(text: string): string {
  // An en dash ahead of a space is no minus: it parts what stands about it.
  return tidied(text.replaceAll(/–(?=\s)/g, ";"))
    .replaceAll(/\*\*|[_€£]/g, "")
    .replaceAll(/\\frac\s*(\{[^{}]*\}|\d)\s*(\{[^{}]*\}|\d)/g, (_, top: string, bottom: string) =>
      ` ${top}/${bottom}`.replaceAll(/[{}]/g, ""),
    )
    .replaceAll(/(?<![a-z])(?:[cdkm]?m|s|in|ft|units?)\s*\^\s*\{?[23]\}?/gi, "")
    .replaceAll(/(^|[=:]|\bis)\s*\+/gi, "$1 ");
}

function numberOf({ groups: { whole = "0", top, bottom = "1", percent } = {} }: RegExpExecArray): number {
  const [a, b] = [top, bottom].map((digits) => Number(digits.replaceAll(",", "")));
  return (Number(whole) + a / b) * (percent ? 0.01 : 1);
}
