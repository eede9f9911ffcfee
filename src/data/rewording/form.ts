import { COLORS } from "../scenes/scene.js";

/** A whole text of this form, and other forms of it; `$1` is what stood in the first parentheses. */
export type Form = readonly [pattern: RegExp, others: readonly string[]];

/** Any colour, as a part of a pattern. */
export const COLOR = `(${COLORS.join("|")})`;
