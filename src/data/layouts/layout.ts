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
  throw new DataError(
    place,
    `there is no text ${names.join(" or ")} (found: ${Object.keys(fields).join(", ") || "none"})`,
  );
}

/**
 * What stands in the last `\boxed{…}` (or `\fbox{…}`) of a text, its own braces included; where none has braces, behind the last `\boxed`.
 * Undefined where there is none.
 */
export function lastBoxed(text: string): string | undefined {
  const last = [...text.matchAll(/\\(?:boxed|fbox)\s*\{/g)].at(-1);
  if (!last) return lastBoxedWithoutBraces(text);
  const open = last.index + last[0].length - 1;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(open + 1, i).trim();
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
const IMAGE_MARK = /\s*<image>\s*/g;

export function withoutImageMarks(text: string): string {
  return text.replace(IMAGE_MARK, "\n").trim();
}

/** The one picture of a record, under `image` or in a list `images`. @throws DataError when there are several */
export function imageOf({ image, images }: Fields, place: string): unknown {
  const list = Array.isArray(image) ? image : image == null && Array.isArray(images) ? images : [image ?? images];
  if (list.length > 1) throw new DataError(place, `there are ${list.length} pictures, a row can hold one`);
  return list[0];
}

export function user(content: string): { readonly role: "user"; readonly content: string } {
  return { role: "user", content };
}
