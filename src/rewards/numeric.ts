/** A number in digits, alone or in a sentence: "42", "1,048 clips", "She has 42 pens now.", "17 + 25 = 42", "50%", "3/4" where that is asked for. */
import { answerAndExpected } from "./final-answer.js";
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

const DIGITS = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+`;
const NUMBER = new RegExp(String.raw`(?:${DIGITS})(?:e[+-]?\d{1,3})?(?:\s*/\s*(?:${DIGITS}))?\s*%?`, "gi");
/** What between two numbers offers both. */
const LISTING = /^\s*(?:[,;/|–]|(?:,\s*)?(?:or|and|to))\s*$/i;
/** Ahead of a number, what makes it the operand of a sum whose result is not stated. */
const OPERATOR = /(?:[+*×·/÷]|\b(?:plus|minus|times|by|over))\s*$/i;

/** The last number of a text; undefined where there is none, it is one of several on offer, or the last of an open sum ("17 + 25"). */
export function statedNumber(text: string): number | undefined {
  return lastNumber(text)?.value;
}

function lastNumber(text: string): { value: number; isQuotient: boolean } | undefined {
  const tidy = text
    .replaceAll("−", "-")
    .replaceAll("\\%", "%")
    .replaceAll(/\*\*|[_$€£]/g, "");
  const matches = [...tidy.matchAll(NUMBER)];
  const last = matches.at(-1);
  if (last === undefined) return undefined;
  let before = tidy.slice(0, last.index);
  let sign = 1;
  if (/-\s*$/.test(before)) {
    before = before.replace(/-\s*$/, "");
    // A minus is a sign where nothing stands before it that it could be taken from.
    if (/[\d)%]\s*$|\w$/.test(before)) return undefined;
    sign = -1;
  }
  if (OPERATOR.test(before)) return undefined;
  const value = sign * numberOf(last[0]);
  const rival = matches.at(-2);
  const isOffered = rival !== undefined && LISTING.test(before.slice(rival.index + rival[0].length));
  if ((isOffered && numberOf(rival[0]) !== value) || !Number.isFinite(value)) return undefined;
  return { value, isQuotient: last[0].includes("/") };
}

function numberOf(text: string): number {
  const [left, right] = text.replaceAll(",", "").replace("%", "").split("/");
  return (Number(left) / (right === undefined ? 1 : Number(right))) * (text.trimEnd().endsWith("%") ? 0.01 : 1);
}
