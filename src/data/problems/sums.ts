/** Plain sums ("What is 17 plus 25?") of one or several steps, in many wordings. */
import { choose, integer, integerBetween, type Random } from "../../array/random.js";
import { MAX_FACTOR, MAX_OPERAND, type Operation, type Step, step } from "./arithmetic.js";
import { fill, type WordedProblem } from "./words.js";

/** A sum before its wording: the steps, and the formula as the numbers and signs between them. */
export interface Sum {
  readonly steps: readonly Step[];
  /** For instance 17, "add", 25, "subtract", 4: worked out from the left; a product comes first. */
  readonly formula: readonly (number | Operation)[];
}

const SIGNS: Record<Operation, readonly string[]> = {
  add: ["+"],
  subtract: ["-"],
  multiply: ["×", "×", "*", "x"],
  divide: ["÷", "/"],
};

const SPOKEN_SIGNS: Record<Operation, readonly string[]> = {
  add: ["plus"],
  subtract: ["minus"],
  multiply: ["times", "times", "multiplied by"],
  divide: ["divided by"],
};

/** Noun phrases for a sum of one step. */
const PHRASES: Record<Operation, readonly string[]> = {
  add: ["the sum of {a} and {b}", "{b} added to {a}", "{b} more than {a}", "the total of {a} and {b}"],
  subtract: ["the difference between {a} and {b}", "{b} less than {a}", "{a} take away {b}", "{a} less {b}"],
  multiply: ["the product of {a} and {b}", "{a} {groups} of {b}"],
  divide: ["the quotient of {a} and {b}", "{a} shared equally by {b}", "{a} over {b}"],
};

/** Commands for a sum of one step. */
const COMMANDS: Record<Operation, readonly string[]> = {
  add: ["add {a} and {b}", "add {b} to {a}", "sum {a} and {b}"],
  subtract: ["subtract {b} from {a}", "take {b} from {a}", "take {b} away from {a}"],
  multiply: ["multiply {a} by {b}", "multiply {a} and {b}"],
  divide: ["divide {a} by {b}"],
};

/** What is asked about a noun phrase, written with signs or spoken. */
const QUESTIONS = [
  "What is {sum}?",
  "What is {sum}?",
  "What's {sum}?",
  "How much is {sum}?",
  "Compute {sum}.",
  "Calculate {sum}.",
  "Work out {sum}.",
  "Find {sum}.",
  "Evaluate {sum}.",
  "Solve {sum}.",
  "Tell me {sum}.",
  "Give me the result of {sum}.",
  "What does {sum} equal?",
  "What does {sum} make?",
  "What number is {sum}?",
  "Can you work out {sum}?",
  "Please compute {sum}.",
  "{sum} is how much?",
  "{Sum} equals what?",
];

/** What is asked only of a formula in signs. */
const SIGNED_QUESTIONS = [
  "{sum} = ?",
  "{sum} = ?",
  "{sum} =",
  "{sum}",
  "{sum}?",
  "Solve: {sum}",
  "{sum} = ? Answer with a number.",
];

const COMMANDED = [
  "{Command}.",
  "{Command}.",
  "Please {command}.",
  "What do you get if you {command}?",
  "What do you get when you {command}?",
  "{Command}. What is the result?",
  "Can you {command}?",
];

/** One step: operands of sums and differences to 99, factors to 12, every allowed pair as likely as the others. */
export function drawSum(rng: Random): Sum {
  const operation = choose(rng, ["add", "subtract", "multiply", "divide"] as const);
  const isTable = operation === "multiply" || operation === "divide";
  const a = integer(rng, (isTable ? MAX_FACTOR : MAX_OPERAND) + 1);
  const b = integerBetween(rng, operation === "divide" ? 1 : 0, isTable ? MAX_FACTOR : MAX_OPERAND);
  const [left, right] = operation === "divide" ? [a * b, b] : operation === "subtract" && a < b ? [b, a] : [a, b];
  return { steps: [step(operation, left, right)], formula: [left, operation, right] };
}

/** `numSteps` additions and subtractions, of which the first may be a product. Results may be out of range: see `isWhole`. */
export function drawLongSum(rng: Random, numSteps: number): Sum {
  const first = choose(rng, ["add", "subtract", "multiply"] as const);
  const max = first === "multiply" ? MAX_FACTOR : MAX_OPERAND;
  const steps = [step(first, integer(rng, max + 1), integer(rng, max + 1))];
  const formula: (number | Operation)[] = [steps[0].left, first, steps[0].right];
  while (steps.length < numSteps) {
    const operation = choose(rng, ["add", "subtract"] as const);
    const right = integer(rng, MAX_OPERAND + 1);
    steps.push(step(operation, steps[steps.length - 1].result, right));
    formula.push(operation, right);
  }
  return { steps, formula };
}

export function wordSum(rng: Random, sum: Sum): WordedProblem {
  const result = String(sum.steps[sum.steps.length - 1].result);
  const signed = writeFormula(rng, sum, SIGNS);
  const spoken = writeFormula(rng, sum, SPOKEN_SIGNS);
  const text = askSum(rng, sum, signed, spoken);
  const statement = rng.uniform() < 0.6 ? `${signed} = ${result}.` : `${spoken} is ${result}.`;
  const sentence = choose(rng, [statement, `${signed} = ${result}`, `The answer is ${result}.`]);
  return { text, sentence, statement };
}

function askSum(rng: Random, sum: Sum, signed: string, spoken: string): string {
  const form = rng.uniform();
  if (form < 0.3) return fill(choose(rng, SIGNED_QUESTIONS), { sum: maybeTight(rng, signed) });
  if (form < 0.5) return fill(choose(rng, QUESTIONS), { sum: signed });
  if (sum.steps.length > 1 || form < 0.75) return fill(choose(rng, QUESTIONS), { sum: spoken });
  const { operation, left, right } = sum.steps[0];
  const operands = { a: String(left), b: String(right), groups: left === 1 ? "group" : "groups" };
  if (form < 0.87) return fill(choose(rng, QUESTIONS), { sum: fill(choose(rng, PHRASES[operation]), operands) });
  const command = fill(choose(rng, COMMANDS[operation]), operands);
  return fill(choose(rng, COMMANDED), { command });
}

/** "17+25": now and then without spaces. */
function maybeTight(rng: Random, signed: string): string {
  return rng.uniform() < 0.15 ? signed.replaceAll(" ", "") : signed;
}

function writeFormula(rng: Random, { formula }: Sum, signs: Record<Operation, readonly string[]>): string {
  return formula.map((part) => (typeof part === "number" ? String(part) : choose(rng, signs[part]))).join(" ");
}
