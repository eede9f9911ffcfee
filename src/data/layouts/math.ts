/** MATH: {"problem", "solution" with the answer in \boxed{…}, "level", "type"}, a file each in folders or one a line. */
import { DataError } from "../example.js";
import { type Layout, lastBoxed, textOf, user } from "./layout.js";

export const math: Layout = {
  convert(fields, _, place) {
    const solution = textOf(fields, ["solution"], place);
    const isGiven = fields.answer != null && fields.answer !== "";
    const answer = isGiven ? textOf(fields, ["answer"], place) : lastBoxed(solution);
    if (answer === undefined) throw new DataError(place, "the solution has no \\boxed{…} and there is no answer");
    const { level, type, subject = type } = fields;
    return {
      task: "lm_chat",
      messages: [user(textOf(fields, ["problem"], place))],
      reasoning: solution,
      answer,
      metadata: { ...(level == null ? {} : { level }), ...(subject == null ? {} : { subject }) },
    };
  },
};
