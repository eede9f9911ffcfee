/** The answer in what a model wrote: behind its reasoning, in a box where there is one. */
import { lastBoxed } from "../data/layouts/layout.js";
import type { RolloutForReward } from "./reward.js";

/** Longer ones are no answers, and cost time to look through. */
const MAX_LENGTH = 2000;

/**
 * The last `\boxed{…}` or `<answer>…</answer>` behind the last `</think>`, else all that stands there. Empty when the reasoning never ends:
 * what was thought on the way is no answer.
 */
export function finalAnswer(text: string): string {
  const end = text.lastIndexOf("</think>");
  if (end < 0 && text.includes("<think>")) return "";
  const said = end < 0 ? text : text.slice(end + "</think>".length);
  const answer = lastBoxed(said) ?? /.*<answer>(.*?)<\/answer>/s.exec(said.slice(-MAX_LENGTH))?.[1] ?? said;
  return answer.length > MAX_LENGTH ? "" : answer.trim();
}

/** Both sides of a comparison. @throws Error for an example without an answer: this reward cannot judge it */
export function answerAndExpected(
  { answer, expected }: RolloutForReward,
  reward: string,
): { answer: string; expected: string } {
  if (expected === undefined) throw new Error(`the reward ${reward} needs an example with an answer`);
  return { answer: finalAnswer(answer ?? ""), expected: finalAnswer(expected) };
}
