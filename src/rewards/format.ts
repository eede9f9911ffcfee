/** Whether an answer has the form that was asked for: `<think> reasoning </think> answer`, each mark once and nothing ahead of the first. */
import type { Reward } from "./reward.js";

export interface FormatOptions {
  /** Whether the answer must have ended by itself. Default true. */
  readonly isEndRequired?: boolean;
}

/** 1 or 0. Reasoning ahead of a picture needs no answer behind it. */
export function formatReward({ isEndRequired = true }: FormatOptions = {}): Reward {
  return {
    name: "format",
    score({ task, answer = "", isFinished }) {
      if (isEndRequired && !isFinished) return 0;
      const parts = /^\s*<think>(.*)<\/think>(.*)$/s.exec(answer);
      if (!parts) return 0;
      const [reasoning, result] = [parts[1].trim(), parts[2].trim()];
      const isClean = !/<\/?think>/.test(reasoning + result);
      return isClean && /[\p{L}\p{N}]/u.test(reasoning) && (result !== "" || task === "r2i") ? 1 : 0;
    },
  };
}
