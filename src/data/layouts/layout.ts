/** What a public layout of data is: how its records become ours (`record.ts`), and the little that layouts share. */
import { DataError } from "../example.js";

/** A parsed record, by the names of its fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** One file each beside this one; the list is in `layouts.ts`. */
export interface Layout {
  /** How many examples a record holds; without it, one each. Called for every record when a file is opened. */
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

/** What stands in the last `\boxed{…}` (or `\fbox{…}`) of a text, its own braces included; undefined where there is none. */
export function lastBoxed(text: string): string | undefined {
  const start = Math.max(text.lastIndexOf("\\boxed{"), text.lastIndexOf("\\fbox{"));
  if (start < 0) return undefined;
  const open = text.indexOf("{", start);
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(open + 1, i).trim();
  }
  return undefined;
}

export function user(content: string): { readonly role: "user"; readonly content: string } {
  return { role: "user", content };
}
