/**
 * Whether reasoning is sound on its way: the share of the equations in it that hold, such as "14 + 18 = 32". Where the answer alone is
 * rewarded, most traces of a weak model are worth nothing; this tells them apart. Brackets, letters and percentages are not read.
 */
import type { Reward } from "./reward.js";

/** 0 to 1; 0 where no equation is stated. The first `MAX_LENGTH` characters count. */
export function equationsReward(): Reward {
  return {
    name: "equations",
    score({ answer = "" }) {
      const equations = statedEquations(answer);
      return equations.length === 0 ? 0 : equations.filter((holds) => holds).length / equations.length;
    },
  };
}

const MAX_LENGTH = 20_000;
const NUMBER = String.raw`\d{1,15}(?:\.\d{1,15})?`;
/** Ahead of an equation, what makes it the end of a longer one that is not read: "x + 3 + 4 = 10", "(1+2) + 3 + 4 = 10", "1 1/2 + 1 = 2.5". */
const BEGUN = String.raw`[-+×*÷/^√²³|%)\]}] {0,2}|[A-Za-z\d.]|\d,|\d (?=\d+/)|(?<![A-Za-z])(?:[A-Za-z]|plus|minus|times|by|over) {1,2}`;
/** Behind one, what makes it go on: "3 + 4 = 10 - 3", "10 / 3 = 3,33", "1 / 2 = 50%". */
const GOES_ON = String.raw`\d|[.,]\d|\^|\(\d| ?[-+×*÷/] ?[\d(]| ?\\?%`;
const EQUATION = new RegExp(`(?<!${BEGUN})-?${NUMBER}(?: ?[-+×*÷/] ?${NUMBER})+ ?= ?-?${NUMBER}(?!${GOES_ON})`, "g");

/** For every equation of plain numbers in a text, in its order, whether it holds. Parts of longer ones are left out rather than judged. */
export function statedEquations(text: string): boolean[] {
  return [...tidied(text.slice(0, MAX_LENGTH)).matchAll(EQUATION)].map(([equation]) => {
    const [left, right] = equation.replaceAll(" ", "").split("=");
    return Math.abs(resultOf(left) - Number(right)) <= 1e-9 * Math.max(1, Math.abs(Number(right)));
  });
}

/** Without currencies, commas of thousands, opening marks of bold text and what begins the item of a list; signs in one spelling. */
function tidied(text: string): string {
  return text
    .replaceAll("−", "-")
    .replaceAll(/\\?[$€£]/g, "")
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replaceAll(/\\(?:times|cdot)(?![A-Za-z]) ?/g, "×")
    .replaceAll(/\\div(?![A-Za-z]) ?/g, "÷")
    .replaceAll(/^[ \t]*(?:[-*•]|\(?\d{1,3}[.)])[ \t]+/gm, "")
    .replaceAll(/(?<![\w)])\*\*(?=\S)/g, "");
}

/** "14+18×2": products ahead of sums, each from left to right. */
function resultOf(terms: string): number {
  const sum = terms.split(/(?=[-+])/);
  return sum.reduce((total, term) => {
    const sign = term.startsWith("-") ? -1 : 1;
    const [first, ...further] = term.replace(/^[-+]/, "").split(/(?=[×*÷/])/);
    const product = further.reduce(
      (value, factor) => (/^[×*]/.test(factor) ? value * Number(factor.slice(1)) : value / Number(factor.slice(1))),
      Number(first),
    );
    return total + sign * product;
  }, 0);
}
