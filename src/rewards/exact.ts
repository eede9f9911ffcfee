/** The answer word for word, but for case, articles, spaces and what ends a sentence. */
import { answerAndExpected } from "./final-answer.js";
import type { Reward } from "./reward.js";

/** 1 or 0. */
export function exactReward(): Reward {
  return {
    name: "exact",
    score(rollout) {
      const { answer, expected } = answerAndExpected(rollout, "exact");
      return plain(answer) === plain(expected) && plain(expected) !== "" ? 1 : 0;
    },
  };
}

function plain(text: string): string {
  const words = text.normalize("NFKC").toLowerCase().split(/\s+/);
  return words
    .filter((word) => !["a", "an", "the", ""].includes(word))
    .join(" ")
    .replace(/[\s.!]+$/, "");
}
