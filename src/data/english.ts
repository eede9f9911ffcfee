/** The little English grammar that generated words share. */

/** "a star", "an orange star" */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** With a capital at its beginning. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** With a capital, and a full stop where nothing ends it yet. */
export function asSentence(text: string): string {
  return `${capitalized(text)}${/[.?!]$/.test(text) ? "" : "."}`;
}

/** "a", "a and b", "a, b and c", or with a comma before "and" too. */
export function enumerated(items: readonly string[], isSerial = false): string {
  if (items.length < 3) return items.join(" and ");
  return `${items.slice(0, -1).join(", ")}${isSerial ? "," : ""} and ${items[items.length - 1]}`;
}
