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
  const sentence = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s.!]+$/, "");
  const words = sentence.split(/\s+/).filter((word) => word !== "");
  const telling = words.filter((word) => !["a", "an", "the"].includes(word));
  // The answer itself may be "A".
  return (telling.length > 0 ? telling : words).join(" ");
}
