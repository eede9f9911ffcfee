/**
 * Whether reasoning is sound on its way: the share of the equations in it that hold, such as "14 + 18 = 32". Where the answer alone is
 * rewarded, most traces of a weak model are worth nothing; this tells them apart.
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
const EQUATION = new RegExp(String.raw`(?<![\d.])${NUMBER}(?: ?[-−+×*÷/] ?${NUMBER})+ ?= ?[-−]?${NUMBER}(?!\d)`, "g");

/** For every equation of plain numbers in a text, in its order, whether it holds. */
export function statedEquations(text: string): boolean[] {
  return [...text.slice(0, MAX_LENGTH).matchAll(EQUATION)].map(([equation]) => {
    const [left, right] = equation.replaceAll("−", "-").replaceAll(" ", "").split("=");
    return Math.abs(resultOf(left) - Number(right)) <= 1e-9 * Math.max(1, Math.abs(Number(right)));
  });
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
