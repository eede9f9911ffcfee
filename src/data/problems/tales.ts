/**
 * Problems of several steps as other people tell them: plots that the stories of `story.ts` do not have (somebody who has more than somebody
 * else, two kinds of containers, days of a week), with other verbs. A new tale is one more line here: its text, and its steps over the letters
 * in it; a number in a step is the result of the step with that index.
 */

import { choose, integerBetween, type Random, shuffle } from "../../array/random.js";
import { capitalized } from "../english.js";
import type { Split } from "../hash.js";
import { isInSplit, isWhole, MAX_FACTOR, MAX_OPERAND, type Operation, type Step, step } from "./arithmetic.js";
import { type Problem, redraw } from "./problem.js";
import { CONTAINERS, fill, into, PEOPLE, type Person, THINGS } from "./words.js";

const LETTERS = ["a", "b", "c", "d"] as const;
type Operand = (typeof LETTERS)[number] | number;
type Sign = "+" | "-" | "×" | "÷";
type Tale = readonly [text: string, ...steps: (readonly [left: Operand, sign: Sign, right: Operand])[]];

const OPERATIONS: Readonly<Record<Sign, Operation>> = { "+": "add", "-": "subtract", "×": "multiply", "÷": "divide" };

const TALES: readonly Tale[] = [
  // Somebody has more, fewer or times as many.
  ["{n} has {a} {t}. {m} has {b} more than {n}. {Both}", ["a", "+", "b"], ["a", "+", 0]],
  ["{n} has {a} {t} and {m} has {b} more. {Both}", ["a", "+", "b"], ["a", "+", 0]],
  ["{m} has {b} more {t} than {n}, who has {a}. {Both}", ["a", "+", "b"], ["a", "+", 0]],
  ["{n} has {a} {t}. {m} has {b} fewer than {n}. {Both}", ["a", "-", "b"], ["a", "+", 0]],
  ["{m} owns {b} {t} less than {n}. {n} owns {a} {t}. {Both}", ["a", "-", "b"], ["a", "+", 0]],
  ["{n} has {a} {t}. {m} has {b} times as many. {Both}", ["b", "×", "a"], ["a", "+", 0]],
  ["{n} has {a} {t}, {m} {b} times as many as {n}. How many more has {m} than {n}?", ["b", "×", "a"], [0, "-", "a"]],
  [
    "{n} has {a} {t}. {m} has {b} times as many and gives away {c}. How many {t} does {m} have left?",
    ["b", "×", "a"],
    [0, "-", "c"],
  ],
  [
    "{n} has {a} {t}, {m} has {b} more than {n}, and {o} has {c} more than {m}. How many {t} does {o} have?",
    ["a", "+", "b"],
    [0, "+", "c"],
  ],
  ["{n} has {a} {t}. {m} has {b} and {o} has {c}. {All}", ["a", "+", "b"], [0, "+", "c"]],
  [
    "{n} has {a} {t}, which is {b} more than {m} has. {o} has {c}. How many do {m} and {o} have together?",
    ["a", "-", "b"],
    [0, "+", "c"],
  ],
  // Containers of two kinds.
  ["{n} has {a} {cs} of {b} {t} and {c} {ds} of {d} {t}. {All}", ["a", "×", "b"], ["c", "×", "d"], [0, "+", 1]],
  [
    "{n} fills {a} {cs} with {b} {t} each. {m} fills {c} {cs} with {d} {t} each. {All}",
    ["a", "×", "b"],
    ["c", "×", "d"],
    [0, "+", 1],
  ],
  [
    "There are {a} {cs} with {b} {t} in each, and {c} {ds} with {d} {t} in each. {All}",
    ["a", "×", "b"],
    ["c", "×", "d"],
    [0, "+", 1],
  ],
  [
    "{n} brings {a} packs of {b} {t} and {m} brings {c} packs of {d} {t}. How many more does {n} bring than {m}?",
    ["a", "×", "b"],
    ["c", "×", "d"],
    [0, "-", 1],
  ],
  ["{n} has {a} {cs}. In each there are {b} {t}. {c} {t} more lie on the table. {All}", ["a", "×", "b"], [0, "+", "c"]],
  [
    "There are {a} {cs} of {b} {t}. {n} takes {c} {t} out. How many {t} are still there?",
    ["a", "×", "b"],
    [0, "-", "c"],
  ],
  ["{n} has {a} {cs} with {b} {t} each. {He} uses {c} of the {t}. {Left}", ["a", "×", "b"], [0, "-", "c"]],
  ["{n} orders {a} packs of {b} {t}. {c} {t} arrive broken. How many arrive whole?", ["a", "×", "b"], [0, "-", "c"]],
  [
    "{m} gives {n} {a} {cs} of {b} {t}. {n} already had {c} {t}. How many {t} does {n} have now?",
    ["a", "×", "b"],
    ["c", "+", 0],
  ],
  ["{n} already has {c} {t}. {m} brings {n} {a} {cs}, each with {b} {t} in it. {Now}", ["a", "×", "b"], ["c", "+", 0]],
  ["{n} has {c} {t} and {a} full {cs} with {b} {t} in each one. {All}", ["a", "×", "b"], ["c", "+", 0]],
  // One thing after another.
  ["{n} had {a} {t}. First {he} lost {b}, then {he} found {c}. {Now}", ["a", "-", "b"], [0, "+", "c"]],
  ["{n} had {a} {t}, bought {b} more and lost {c}. {Now}", ["a", "+", "b"], [0, "-", "c"]],
  ["{n} had {a} {t}. {He} sold {b} and gave {c} to {m}. {Left}", ["a", "-", "b"], [0, "-", "c"]],
  ["{n} starts with {a} {t}. {He} gets {b} from {m} and {c} from {o}. {Now}", ["a", "+", "b"], [0, "+", "c"]],
  ["of {n}'s {a} {t}, {b} are lost and {c} are sold. {Left}", ["a", "-", "b"], [0, "-", "c"]],
  ["{n} has {a} {t}. After losing {b} of them, {he} is given {c} by {m}. {Now}", ["a", "-", "b"], [0, "+", "c"]],
  [
    "{n} had {a} {t}. {He} gave {b} away, got {c} back and then bought {d}. {Now}",
    ["a", "-", "b"],
    [0, "+", "c"],
    [1, "+", "d"],
  ],
  [
    "first there were {a} {t}. Then {b} came, then {c} went, then {d} came. How many {t} are there at the end?",
    ["a", "+", "b"],
    [0, "-", "c"],
    [1, "+", "d"],
  ],
  ["{n} takes {a} {t} to a market, sells {b} in the morning and {c} at noon. {Left}", ["a", "-", "b"], [0, "-", "c"]],
  [
    "{n} has {a} {t}. {He} loses {b}, gets {c} packs of {d} and puts all together. {Now}",
    ["a", "-", "b"],
    ["c", "×", "d"],
    [0, "+", 1],
  ],
  [
    "{n} has {a} {t}, buys {b} {cs} with {c} {t} each and gives {d} {t} to {m}. {Now}",
    ["b", "×", "c"],
    ["a", "+", 0],
    [1, "-", "d"],
  ],
  ["{n} owns {a} {t}. {m} owns {b} {cs} with {c} {t} in each. {Both}", ["b", "×", "c"], ["a", "+", 0]],
  // Days.
  ["{n} makes {a} {t} on Monday, {b} on Tuesday and {c} on Friday. {All}", ["a", "+", "b"], [0, "+", "c"]],
  ["{n} collects {a} {t} a day for {b} days and then gives {c} to {m}. {Left}", ["b", "×", "a"], [0, "-", "c"]],
  [
    "{n} has {c} {t} and gets {a} more every day. How many does {n} have after {b} days?",
    ["b", "×", "a"],
    ["c", "+", 0],
  ],
  ["{n} has {c} {t} and uses {a} a day. How many are left after {b} days?", ["b", "×", "a"], ["c", "-", 0]],
  ["{n} made {a} {t} yesterday and {b} today. {He} sold {c} of all of these. {Left}", ["a", "+", "b"], [0, "-", "c"]],
  [
    "in the first week {n} finds {a} {t}, in the second {b} more than in the first. How many in both weeks?",
    ["a", "+", "b"],
    ["a", "+", 0],
  ],
  // Equal parts, at the end or on the way.
  [
    "{n} has {a} {t} and gets {b} from {m}. All of them go to {c} friends in equal parts. How many does each friend get?",
    ["a", "+", "b"],
    [0, "÷", "c"],
  ],
  [
    "{n} uses up {b} of {a} {t} and puts the rest equally {into} {c} {cs}. How many {t} are in each {k}?",
    ["a", "-", "b"],
    [0, "÷", "c"],
  ],
  [
    "from {a} {t}, {n} throws {b} away. The others are shared by {c} children. How many {t} for each child?",
    ["a", "-", "b"],
    [0, "÷", "c"],
  ],
  [
    "{n} and {m} put {a} and {b} {t} together and pack them {into} {c} {cs}, the same number in each. How many in one {k}?",
    ["a", "+", "b"],
    [0, "÷", "c"],
  ],
  ["{n} shares {a} {t} equally with {b} people in all and then gets {c} more. {Now}", ["a", "÷", "b"], [0, "+", "c"]],
  [
    "{a} {t} are split into {b} equal heaps. {n} takes one heap and adds {c} {t}. How many {t} does {n} have?",
    ["a", "÷", "b"],
    [0, "+", "c"],
  ],
  ["{a} {t} fill {b} {cs} equally. How many {t} do {c} such {cs} hold?", ["a", "÷", "b"], ["c", "×", 0]],
  [
    "{a} {cs} with {b} {t} each are shared equally by {c} people. How many {t} does each one get?",
    ["a", "×", "b"],
    [0, "÷", "c"],
  ],
  // Missing.
  [
    "{n} wants {a} {t}. {He} has {b} and {m} gives {n} {c}. How many are still missing?",
    ["b", "+", "c"],
    ["a", "-", 0],
  ],
  ["{n} needs {a} {t} and has {b} {cs} of {c}. How many more does {n} need?", ["b", "×", "c"], ["a", "-", 0]],
  ["there are {a} {t}. {n} takes {b}, {m} takes {c}. How many are left for {o}?", ["a", "-", "b"], [0, "-", "c"]],
];

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  Both: [
    ...["How many {t} do they have together?", "How many do both have together?", "How many together?"],
    ...["How many {t} do {n} and {m} have in all?", "What do they have in total?", "How many is that for both?"],
  ],
  All: [
    ...["How many {t} are there in all?", "How many {t} is that in total?", "How many {t} altogether?"],
    ...["What is the total?", "How many {t} are there?", "How many is that?", "How many {t} does that make?"],
  ],
  Now: [
    ...["How many {t} does {n} have now?", "How many has {he} now?", "How many {t} is that now?"],
    ...["How many {t} does {n} have at the end?", "How many does {he} end up with?", "How many {t} are there now?"],
  ],
  Left: [
    ...["How many {t} are left?", "How many are left over?", "How many {t} remain?", "How many does {n} still have?"],
    ...["How many {t} does {he} keep?", "What is left?", "How many {t} are there still?"],
  ],
};

const OTHERS: readonly Person[] = [
  ...[{ name: "Lily", pronoun: "she" } as const, { name: "Max", pronoun: "he" } as const],
  ...[{ name: "Nora", pronoun: "she" } as const, { name: "Paul", pronoun: "he" } as const],
];
const NOUNS = [...THINGS.map(({ many }) => many), ...["flowers", "stones", "cups", "letters", "toys", "pears"]];

/** A problem of 2 or 3 steps, told as none of the stories is; its operands are of this split. */
export function generateTale(rng: Random, split: Split): Problem {
  const { text, numbers, steps } = redraw(
    () => drawTale(rng),
    (drawn) => isTellable(drawn) && isInSplit(drawn.steps, split),
  );
  const told = wordTale(text, numbers, rng);
  const answer = steps[steps.length - 1].result;
  const sentence = `The answer is ${answer}.`;
  return { text: told, sentence, statement: `${told} ${sentence}`, answer, steps };
}

interface DrawnTale {
  readonly text: string;
  readonly numbers: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

function drawTale(rng: Random): DrawnTale {
  const [text, ...plan] = choose(rng, TALES);
  const factors = new Set(
    plan.flatMap(([left, sign, right]) => (sign === "×" ? [left, right] : sign === "÷" ? [right] : [])),
  );
  const drawn = new Map<Operand, number>();
  for (const letter of LETTERS) {
    const max = factors.has(letter) ? MAX_FACTOR : MAX_OPERAND;
    if (text.includes(`{${letter}}`)) drawn.set(letter, integerBetween(rng, 2, max));
  }
  const steps: Step[] = [];
  const numberOf = (operand: Operand) => (typeof operand === "number" ? steps[operand].result : drawn.get(operand)!);
  for (const [left, sign, right] of plan) steps.push(step(OPERATIONS[sign], numberOf(left), numberOf(right)));
  return { text, steps, numbers: Object.fromEntries([...drawn].map(([letter, number]) => [letter, String(number)])) };
}

/** Whole numbers on the way, and things enough to speak of them as many. */
function isTellable({ steps }: DrawnTale): boolean {
  return steps.every((one) => isWhole(one) && one.result > 1);
}

function wordTale(text: string, numbers: DrawnTale["numbers"], rng: Random): string {
  const [n, m, o] = shuffle(rng, [...PEOPLE, ...OTHERS]);
  const [container, other] = shuffle(
    rng,
    CONTAINERS.filter(({ preposition }) => preposition === "in"),
  );
  const words = {
    ...numbers,
    ...{ n: n.name, m: m.name, o: o.name, he: n.pronoun, t: choose(rng, NOUNS) },
    ...{ k: container.one, cs: container.many, ds: other.many, into: into(container) },
  };
  const asked = text.replace(/\{(Both|All|Now|Left)\}/g, (_, key: string) => choose(rng, QUESTIONS[key]));
  return fill(asked, words).replace(
    /(^|[.?] )([a-z])/g,
    (_, before: string, first: string) => before + capitalized(first),
  );
}
