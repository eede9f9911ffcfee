/** A question with a short answer, as an item of a benchmark. */
import type { Image } from "../images/image.js";
import type { TextItem } from "./benchmark.js";
import { isShortAnswer } from "./short-answer.js";

/** A question with its answer: a colour, a shape, a number in digits, yes or no, "red circle". */
export interface Asked {
  readonly question: string;
  readonly answer: string;
}

/** The item that asks it, about a picture where there is one. */
export function itemOf({ question, answer }: Asked, image?: Image): TextItem {
  return {
    question,
    ...(image ? { image } : {}),
    wanted: answer,
    judge: (text) => ({ isRight: isShortAnswer(text, answer) }),
  };
}
