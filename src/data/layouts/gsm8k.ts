/** GSM8K: {"question", "answer": "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n#### 72"}. The calculator's marks are left out. */
import { DataError } from "../example.js";
import { type Layout, textOf, user } from "./layout.js";

export const gsm8k: Layout = {
  convert(fields, _, place) {
    const [reasoning, answer] = textOf(fields, ["answer"], place).split("####");
    if (answer === undefined) throw new DataError(place, 'the answer has no "####" ahead of the final number');
    return {
      task: "lm_chat",
      messages: [user(textOf(fields, ["question"], place))],
      reasoning: reasoning.replace(/<<[^<>]*>>/g, "").trim() || undefined,
      answer: answer.replaceAll(",", "").trim(),
    };
  },
};
