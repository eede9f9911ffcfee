import { expect, test } from "vitest";
import { areEquivalent } from "./math-equivalence.js";

const EQUAL: readonly [string, string][] = [
  ["\\frac12", "0.5"],
  ["1/2", "\\dfrac{1}{2}"],
  ["$x = 5$", "5"],
  ["1,000", "1000"],
  ["12{,}345", "12345"],
  ["50\\%", "0.5"],
  ["50\\%", "50\\%"],
  ["2\\sqrt{3}", "\\sqrt{12}"],
  ["(x+1)^2", "x^2+2x+1"],
  ["x^2-1", "(x-1)(x+1)"],
  ["1", "\\sin^2 x + \\cos^2 x"],
  ["e^{i\\pi}", "-1"],
  ["5 \\text{ cm}", "5"],
  ["0.5 m", "50 \\text{ cm}"],
  ["2 hours", "120 minutes"],
  ["3\\text{ m}^2", "30000 cm^2"],
  ["90^\\circ", "90"],
  ["\\frac{\\pi}{2} rad", "90^\\circ"],
  ["$5", "5"],
  ["\\{1, 2, 3\\}", "\\{3, 1, 2\\}"],
  ["1, 2", "2, 1"],
  ["2 and 1", "1, 2"],
  ["3 \\pm \\sqrt{2}", "3-\\sqrt{2}, 3+\\sqrt{2}"],
  ["(0, 1]", "(0,1]"],
  ["\\left[ 0, \\frac{1}{2} \\right)", "[0, 0.5)"],
  ["x \\in (0, 1)", "(0,1)"],
  ["(-\\infty, 0) \\cup (1, \\infty)", "(1,\\infty)\\cup(-\\infty,0)"],
  ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}"],
  ["y = 2x + 1", "2x+1"],
  ["x + y = 1", "2x + 2y = 2"],
  ["3 = x + y", "x + y = 3"],
  ["-7", "−7"],
  ["\\frac{-1}{2}", "-\\frac{1}{2}"],
  ["0.333333333333", "\\frac{1}{3}"],
  ["42.", "42"],
];

const DIFFERENT: readonly [string, string][] = [
  ["41", "42"],
  ["0.33", "\\frac{1}{3}"],
  ["(0, 1)", "(0, 1]"],
  ["[1, 0]", "[0, 1]"],
  ["(1, 2)", "(2, 1)"],
  ["\\{1, 2\\}", "\\{1, 2, 2\\}"],
  ["\\{1, 1, 2\\}", "\\{1, 2, 2\\}"],
  ["1, 2, 3", "1, 2"],
  ["5 kg", "5 m"],
  ["5 cm", "5 m"],
  ["50", "50\\%"],
  ["x+1", "x+2"],
  ["x", "y"],
  ["(x+1)^2", "x^2+1"],
  ["x + y = 1", "x + y = 2"],
  ["x", "5"],
  ["\\infty", "5"],
  ["\\frac{1}{0}", "\\frac{2}{0}"],
  ["\\frac{0}{0}", "1"],
];

/** What a model may try that has learnt what is rewarded. */
const HOSTILE: readonly [string, string][] = [
  ["", "42"],
  ["17 + 25", "42"],
  ["6 \\times 7", "42"],
  ["42 \\cdot 1", "42"],
  ["\\sum_{n=1}^{42} 1", "42"],
  ["50-8", "42"],
  ["41 + \\sin^2 x + \\cos^2 x", "42"],
  ["42=42", "42"],
  ["x=x", "42"],
  ["1=1", "x+y=3"],
  ["0=0", "0"],
  ["41, 42", "42"],
  ["42 or 43", "42"],
  ["\\{42\\}, \\{41\\}", "42"],
  ["\\text{42 or any other number}", "42"],
  ["\\foo{42}", "42"],
  ["((((((((42))))))))", "43"],
  ["{".repeat(300), "42"],
  ["\\frac{".repeat(60), "42"],
  ["9".repeat(5000), "42"],
  ["\\operatorname{Error}", "\\operatorname{Error"],
  ["NaN", "\\text{NaN }x"],
  ["constructor", "prototype"],
  ["__proto__", "42"],
];

test.each(EQUAL)("%s is %s", (answer, expected) => {
  expect(areEquivalent(answer, expected)).toBe(true);
});

test.each(DIFFERENT)("%s is not %s", (answer, expected) => {
  expect(areEquivalent(answer, expected)).toBe(false);
});

test.each(HOSTILE)("%s is no way to say %s", (answer, expected) => {
  expect(areEquivalent(answer, expected)).toBe(false);
});
