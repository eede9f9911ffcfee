/** What a public layout of data is: how its records become ours (`record.ts`), and the little that layouts share. */
import { DataError } from "../example.js";

/** A parsed record, by the names of its fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** One file each beside this one; the list is in `layouts.ts`. */
export interface Layout {
  /** Where the pictures are, as seen from the folder of the file; without it, in that folder. */
  readonly imageFolder?: string;
  /** How many examples a record holds, or none; without it, one each. Called for every record when a file is opened. */
  numExamples?(fields: Fields): number;
  /**
   * Example `part` of a record, in the full or a short form of `record.ts`.
   * @throws DataError with `place` when the record is none of this layout
   */
  convert(fields: Fields, part: number, place: string): Fields;
}

/** The text of the first of these fields that is there. @throws DataError naming those that were looked for and found */
export function textOf(fields: Fields, names: readonly string[], place: string): string {
  const value = names.map((name) => fields[name]).find((found) => found != null && found !== "");
  if (typeof value === "string") return value.trim();
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  const empty = names.find((name) => fields[name] === "");
  if (empty !== undefined) throw new DataError(place, `${empty} is empty`);
  throw new DataError(
    place,
    `there is no text ${names.join(" or ")} (found: ${Object.keys(fields).join(", ") || "none"})`,
  );
}

/**
 * What stands in the last `\boxed{…}` (or `\fbox{…}`) of a text that is closed, its own braces included; where none has braces, behind the
 * last `\boxed`. Undefined where there is none.
 */
export function lastBoxed(text: string): string | undefined {
  const boxes = [...text.matchAll(/\\(?:boxed|fbox)\s*\{/g)];
  if (boxes.length === 0) return lastBoxedWithoutBraces(text);
  // Where none behind a box is closed, it closes ahead of the next or not at all.
  return boxes
    .map(({ 0: mark, index }, i) => upToClosingBrace(text.slice(index + mark.length, boxes[i + 1]?.index)))
    .findLast((boxed) => boxed !== undefined);
}

function upToClosingBrace(text: string): string | undefined {
  let depth = 1;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(0, i).trim();
  }
  return undefined;
}

/** `\boxed 2` and `\boxed\frac12`, as MATH has them: all up to the end of the formula, or in plain text the one word. */
function lastBoxedWithoutBraces(text: string): string | undefined {
  const start = text.lastIndexOf("\\boxed");
  if (start < 0) return undefined;
  const rest = text.slice(start + "\\boxed".length);
  const inFormula = /^((?:\\\$|[^$&\n])*?)(?:[$&]|\\[)\]\\]|\\end\b)/.exec(rest)?.[1];
  const boxed = (inFormula ?? /^\s*(\S+)/.exec(rest)?.[1] ?? "").trim().replace(/[.,;:]+$/, "");
  return boxed === "" ? undefined : boxed;
}

/** Where a picture stands in a text. There is one, and it stands ahead of the text. */
export const IMAGE = "<image>";
const IMAGE_MARK = new RegExp(`\\s*${IMAGE}\\s*`, "g");

export function withoutImageMarks(text: string): string {
  return text.replace(IMAGE_MARK, "\n").trim();
}

/** The one picture of a record, under `image` or in a list `images`; tables say "" for none. @throws DataError when there are several */
export function imageOf({ image, images }: Fields, place: string): unknown {
  const isThere = (value: unknown) => value != null && value !== "";
  const list = [isThere(image) ? image : images].flat().filter(isThere);
  if (list.length > 1) throw new DataError(place, `there are ${list.length} pictures, a row can hold one`);
  return list[0];
}

export function user(content: string): { readonly role: "user"; readonly content: string } {
  return { role: "user", content };
}
