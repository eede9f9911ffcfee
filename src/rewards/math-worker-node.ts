/** The thread in which formulas are compared: it answers {id, answer, expected} with {id, isEqual}. See `math-node.ts`. */
import { parentPort } from "node:worker_threads";
import { areEquivalent } from "./math-equivalence.js";

parentPort?.on("message", ({ id, answer, expected }: { id: number; answer: string; expected: string }) => {
  let isEqual = false;
  try {
    isEqual = areEquivalent(answer, expected);
  } catch {
    // What the engine cannot read is not the answer.
  }
  parentPort?.postMessage({ id, isEqual });
});
// The first comparison loads the engine's tables: it is not to count as the time of an answer.
areEquivalent("\\frac{1}{2}+x", "x+0.5");
parentPort?.postMessage("ready");
