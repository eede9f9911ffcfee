/**
 * Traces of stronger models, as OpenR1-Math has them: {"problem", "answer", "generations": ["<think>…</think>…", …],
 * "correctness_math_verify": [true, …]}. Every generation that was found right is an example, all where none was judged. Also one trace a
 * record: {"question", "reasoning" (or thinking, cot, rationale), "answer"}.
 */

import { splitThinking } from "../../tokens/reasoning.js";
import { DataError } from "../example.js";
import { type Fields, type Layout, textOf, user } from "./layout.js";

const QUESTION_FIELDS = ["problem", "question", "prompt", "instruction"];
const TRACE_FIELDS = ["reasoning", "thinking", "cot", "rationale"];

export const reasoningTraces: Layout = {
  numExamples: (fields) => Math.max(1, rightGenerations(fields)?.length ?? 1),
  convert(fields, part, place) {
    const base = { task: "lm_chat", messages: [user(textOf(fields, QUESTION_FIELDS, place))] };
    const generations = rightGenerations(fields);
    if (generations === undefined)
      return { ...base, reasoning: textOf(fields, TRACE_FIELDS, place), answer: textOf(fields, ["answer"], place) };
    if (generations.length === 0) throw new DataError(place, "none of the generations was found right");
    const { reasoning, answer } = splitThinking(generations[part]);
    if (reasoning === undefined || answer === "")
      throw new DataError(
        place,
        `generation ${part + 1} is not <think>…</think> and an answer: it may have been cut short`,
      );
    return { ...base, reasoning, answer };
  },
};

/** Those that a verifier accepted; undefined where the record has no generations. */
function rightGenerations(fields: Fields): string[] | undefined {
  const { generations } = fields;
  if (!Array.isArray(generations)) return undefined;
  const verdicts = fields.correctness_math_verify ?? fields.correctness ?? fields.is_correct;
  const isRight = (i: number) => !Array.isArray(verdicts) || verdicts[i] === true;
  return generations.filter((text, i): text is string => typeof text === "string" && isRight(i));
}
