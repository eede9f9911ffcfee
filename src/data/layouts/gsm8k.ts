/** GSM8K: {"question", "answer": "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n#### 72"}. The calculator's marks are left out. */
import { DataError } from "../example.js";
import { type Layout, textOf, user } from "./layout.js";

/** Ahead of the final number. */
const MARK = "####";

export const gsm8k: Layout = {
  convert(fields, _, place) {
    const text = textOf(fields, ["answer"], place);
    const mark = text.lastIndexOf(MARK);
    if (mark < 0) throw new DataError(place, `the answer has no "${MARK}" ahead of the final number`);
    return {
      task: "lm_chat",
      messages: [user(textOf(fields, ["question"], place))],
      reasoning:
        text
          .slice(0, mark)
          .replace(/<<[^<>]*>>/g, "")
          .trim() || undefined,
      answer: text
        .slice(mark + MARK.length)
        .replaceAll(",", "")
        .trim(),
    };
  },
};
