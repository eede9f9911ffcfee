/** The working of a problem as a reasoning trace: its steps, one after another, each as an equation. */
import type { Operation, Step } from "./arithmetic.js";

const SIGNS: Readonly<Record<Operation, string>> = { add: "+", subtract: "-", multiply: "×", divide: "÷" };

/** "3 × 6 = 18. 14 + 18 = 32. 32 - 5 = 27." */
export function workingOf(steps: readonly Step[]): string {
  return steps
    .map(({ operation, left, right, result }) => `${left} ${SIGNS[operation]} ${right} = ${result}.`)
    .join(" ");
}
