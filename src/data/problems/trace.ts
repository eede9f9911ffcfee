/** The working of a problem as a reasoning trace: its steps, one after another, each as an equation. */
import type { Operation, Step } from "./arithmetic.js";

const SIGNS: Readonly<Record<Operation, string>> = { add: "+", subtract: "-", multiply: "×", divide: "÷" };

/** The working up to the result of its step `index`, counted from 0: "3 × 6 = 18. 14 + 18 =". */
export function workingBefore(steps: readonly Step[], index: number): string {
  const whole = workingOf(steps.slice(0, index + 1));
  return whole.slice(0, whole.lastIndexOf("=") + 1);
}

/** "3 × 6 = 18. 14 + 18 = 32. 32 - 5 = 27." */
export function workingOf(steps: readonly Step[]): string {
  return steps
    .map(({ operation, left, right, result }) => `${left} ${SIGNS[operation]} ${right} = ${result}.`)
    .join(" ");
}
