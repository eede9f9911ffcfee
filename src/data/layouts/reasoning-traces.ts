/**
 * Traces of stronger models, as OpenR1-Math has them: {"problem", "answer", "generations": ["<think>…</think>…", …],
 * "correctness_math_verify": [true, …], "correctness_llama": […], "is_reasoning_complete": […]}. Every generation that either judge found
 * right is an example (of these the complete ones, where there are any), all where none was judged. Also one trace a record: {"question",
 * "reasoning" (or thinking, cot, rationale), "answer"}.
 */

import { REASONING_END, splitThinking } from "../../tokens/reasoning.js";
import { DataError } from "../example.js";
import { type Fields, type Layout, textOf, user } from "./layout.js";

const VERDICT_FIELDS = ["correctness_math_verify", "correctness_llama", "correctness", "is_correct"];
const QUESTION_FIELDS = ["problem", "question", "prompt", "instruction"];
const TRACE_FIELDS = ["reasoning", "thinking", "cot", "rationale"];

export const reasoningTraces: Layout = {
  numExamples: (fields) => rightGenerations(fields)?.length ?? 1,
  convert(fields, part, place) {
    const base = { task: "lm_chat", messages: [user(textOf(fields, QUESTION_FIELDS, place))] };
    const generations = rightGenerations(fields);
    if (generations === undefined)
      return { ...base, reasoning: textOf(fields, TRACE_FIELDS, place), answer: textOf(fields, ["answer"], place) };
    const { reasoning, answer } = splitThinking(generations[part]);
    if (!generations[part].includes(REASONING_END) || answer === "")
      throw new DataError(
        place,
        `generation ${part + 1} is not <think>…</think> and an answer: it may have been cut short`,
      );
    return { ...base, reasoning, answer };
  },
};

/** Those that a judge accepted, complete ones if there are any; undefined where the record has no generations. */
function rightGenerations(fields: Fields): string[] | undefined {
  const { generations, is_reasoning_complete: completeness } = fields;
  if (!Array.isArray(generations)) return undefined;
  const verdicts = VERDICT_FIELDS.map((name) => fields[name]).filter(Array.isArray);
  const isRight = (i: number) => verdicts.length === 0 || verdicts.some((verdict) => verdict[i] === true);
  const isComplete = (i: number) => !Array.isArray(completeness) || completeness[i] === true;
  const right = generations.flatMap((text: unknown, i) =>
    typeof text === "string" && isRight(i) ? [{ text, isComplete: isComplete(i) }] : [],
  );
  const complete = right.filter((generation) => generation.isComplete);
  return (complete.length > 0 ? complete : right).map(({ text }) => text);
}
