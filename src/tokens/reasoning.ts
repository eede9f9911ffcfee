/** How reasoning is written: between its marks, ahead of an answer or a picture. */

export const REASONING_START = "<think>";
export const REASONING_END = "</think>";

/** The answer, after the reasoning that there is. */
export function withReasoning(answer: string, reasoning: string | undefined): string {
  return reasoning === undefined ? answer : `${REASONING_START}${reasoning}${REASONING_END}${answer}`;
}

/** `<think>reasoning</think>answer` taken apart; a text without these marks is all answer, and between them may be nothing. */
export function splitThinking(text: string): { readonly reasoning?: string; readonly answer: string } {
  const [, thought = "", answer = text] = /^\s*(?:<think>)?(.*?)<\/think>(.*)$/s.exec(text) ?? [];
  const reasoning = thought.trim();
  return { ...(reasoning === "" ? {} : { reasoning }), answer: answer.trim() };
}
