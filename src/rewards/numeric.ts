/** A number in digits, alone or in a sentence: "42", "1,048 clips", "She has 42 pens now.", "17 + 25 = 42", "3/4", "50%". */
import { answerAndExpected } from "./final-answer.js";
import type { Reward } from "./reward.js";

export interface NumericOptions {
  /** Relative difference that is borne; absolute where the right number is 0. Default 1e-6. */
  readonly tolerance?: number;
}

/** 1 where the number that is stated last is right, and no other is offered beside it; else 0. */
export function numericReward({ tolerance = 1e-6 }: NumericOptions = {}): Reward {
  return {
    name: "numeric",
    score(rollout) {
      const { answer, expected } = answerAndExpected(rollout, "numeric");
      const wanted = statedNumber(expected);
      if (wanted === undefined) throw new Error(`the answer "${expected}" of the example has no number`);
      const given = statedNumber(answer);
      if (given === undefined) return 0;
      return Math.abs(given - wanted) <= tolerance * (Math.abs(wanted) || 1) ? 1 : 0;
    },
  };
}

const DIGITS = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+`;
const NUMBER = new RegExp(String.raw`(?:${DIGITS})(?:e[+-]?\d{1,3})?(?:\s*/\s*(?:${DIGITS}))?\s*%?`, "gi");
/** Between two numbers these offer both; before one they make it an operand, whose result is not stated. */
const LISTING = /^\s*(?:,|;|or|and|\/|\||to|-|–|(?:,\s*)?(?:or|and))\s*$/i;
const OPERATOR_BEFORE = /(?:[\w)%]\s*[-−+*×·/÷]|[+*×·/÷]|\b(?:plus|minus|times|by))\s*$/i;

/** The last number of a text; undefined where there is none, it is one of several on offer, or the last of an open sum ("17 + 25"). */
export function statedNumber(text: string): number | undefined {
  const tidy = text
    .replaceAll("−", "-")
    .replaceAll("\\%", "%")
    .replaceAll(/[$€£*_]/g, (mark) => (mark === "*" || mark === "_" ? " " : ""));
  const matches = [...tidy.matchAll(NUMBER)];
  const last = matches.at(-1);
  if (last === undefined) return undefined;
  const before = tidy.slice(0, last.index);
  const isOperand = OPERATOR_BEFORE.test(before) || /[-+*×·/÷]\s*$/.test(before.replace(/(^|[^\w)%\s])\s*-\s*$/, "$1"));
  const value = valueOf(last[0]) * (/(?:^|[^\w)%\s])\s*-\s*$/.test(before) || /\s-$/.test(before) ? -1 : 1);
  if (isOperand && !/\s-$/.test(before)) return undefined;
  const rival = matches.at(-2);
  if (rival && valueOf(rival[0]) !== value) {
    const between = tidy.slice(rival.index + rival[0].length, last.index);
    if (LISTING.test(between)) return undefined;
  }
  return Number.isFinite(value) ? value : undefined;
}

function valueOf(text: string): number {
  const [left, right] = text.replaceAll(",", "").replace("%", "").split("/");
  return (Number(left) / (right === undefined ? 1 : Number(right))) * (text.trimEnd().endsWith("%") ? 0.01 : 1);
}
