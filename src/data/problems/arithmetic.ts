/**
 * The arithmetic under the problems: single steps on whole numbers, and which pairs of operands are kept from training, so
 * that a table learnt by heart is told from arithmetic. Words are in `sums.ts` and `story-words.ts`.
 */
import { hashText, type Split } from "../hash.js";

export type Operation = "add" | "subtract" | "multiply" | "divide";

/** `left ∘ right = result`, all whole and none negative. */
export interface Step {
  readonly operation: Operation;
  readonly left: number;
  readonly right: number;
  readonly result: number;
}

/** A step with its result worked out. The result of an inexact division is not whole: see `isWhole`. */
export function step(operation: Operation, left: number, right: number): Step {
  const results: Record<Operation, number> = {
    add: left + right,
    subtract: left - right,
    multiply: left * right,
    divide: left / right,
  };
  return { operation, left, right, result: results[operation] };
}

/** Whether a step stays within whole numbers from 0 to 199, as all of this world does. */
export function isWhole({ result }: Step): boolean {
  return Number.isInteger(result) && result >= 0 && result < 200;
}

/**
 * Whether this pair is kept from training, about one in ten. The order of summands and of factors makes no difference:
 * whoever has seen 25 + 17 has seen 17 + 25.
 */
export function isHeldOutPair(operation: Operation, left: number, right: number): boolean {
  const isOrdered = operation === "subtract" || operation === "divide";
  const [a, b] = isOrdered || left <= right ? [left, right] : [right, left];
  return hashText(`${a} ${operation} ${b}`) % 10 === 0;
}

/** `train`: no step has a pair that is held out. `heldOut`: at least one has. */
export function isInSplit(steps: readonly Step[], split: Split): boolean {
  if (split === "any") return true;
  const hasHeldOut = steps.some(({ operation, left, right }) => isHeldOutPair(operation, left, right));
  return hasHeldOut === (split === "heldOut");
}

/** The largest number that a person starts with, gains or loses at a time. */
export const MAX_OPERAND = 99;

/** The largest factor, divisor and, in one step, quotient. */
export const MAX_FACTOR = 12;
