/**
 * Mathematical answers as people and models write them, taken to one form before they are compared: marks of layout, units, thousands and
 * "x =" go, and what is left is a number or formula, words, an interval, a set, a tuple, or several of them.
 */

/**
 * An answer's structure. `unordered`: a set, or values listed one after another; `ordered`: a tuple or an interval, told apart by `brackets`.
 * `name`: the variable that it was said to be the value of. `isWords`: no product of letters.
 */
export type MathValue = { readonly name?: string } & (
  | { readonly kind: "formula"; readonly text: string; readonly unit?: string; readonly isWords?: boolean }
  | { readonly kind: "unordered"; readonly isSet: boolean; readonly items: readonly MathValue[] }
  | { readonly kind: "ordered"; readonly brackets: string; readonly items: readonly MathValue[] }
  | { readonly kind: "union"; readonly items: readonly MathValue[] }
);

/** Longer answers, or deeper ones, are no answers. */
const MAX_MATH_LENGTH = 400;
const MAX_DEPTH = 6;

/** Undefined for what is too long or too deep to be an answer. */
export function parseMath(text: string): MathValue | undefined {
  if (text.length > MAX_MATH_LENGTH) return undefined;
  const value = parseTidy(tidied(text), MAX_DEPTH);
  // Without its mark "\text{no}" is like a product of two letters.
  return value?.kind === "formula" && IN_WORDS.test(text) ? { ...value, isWords: isLetters(value.text) } : value;
}

const TEXT_MARK = String.raw`\\(?:text|mathrm|textbf|mathbf|operatorname|mbox)\s*\{([^{}]*)\}`;
const IN_WORDS = new RegExp(String.raw`^[\s$]*${TEXT_MARK}[\s$.]*$`);

/** Letters and spaces alone. */
export function isLetters(text: string): boolean {
  return /^[\p{L} ]+$/u.test(text);
}

/** Without marks of layout, also within "10\,000" and "1,\!000"; fractions, roots and signs in one spelling. */
export function tidied(text: string): string {
  return text
    .normalize("NFC")
    .replaceAll(/\\\(|\\\)|\\\[|\\\]|\\?\$/g, "")
    .replaceAll(/(?<=\d)\\,(?=\d{3}(?!\d))|\\!/g, "")
    .replaceAll(/(?<!\\)\\(?:[,;: ]|q?quad(?![a-zA-Z]))|~/g, " ")
    .replaceAll(/\\(?:left|right|bigl?|bigr|Bigl?|Bigr|displaystyle)(?![a-zA-Z])/g, "")
    .replaceAll(new RegExp(TEXT_MARK, "g"), " $1 ")
    .replaceAll(/\\[dt]frac(?![a-zA-Z])/g, "\\frac")
    .replaceAll(/\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![a-zA-Z]))|°/g, " deg ")
    .replaceAll(/[−–]/g, "-")
    .replaceAll(/[×·]|\\cdot(?![a-zA-Z])/g, "\\times ")
    .replaceAll("÷", "/")
    .replaceAll(/>=|≥|\\geq(?:slant)?(?![a-zA-Z])/g, "\\ge ")
    .replaceAll(/<=|≤|\\leq(?:slant)?(?![a-zA-Z])/g, "\\le ")
    .replaceAll("√", "\\sqrt ")
    .replaceAll(/[¼-¾⅐-⅞]/g, (sign) => sign.normalize("NFKC").replace(/(\d+)⁄(\d+)/, "\\frac{$1}{$2}"))
    .replaceAll("π", "\\pi ")
    .replaceAll("∞", "\\infty ")
    .replaceAll(/∪/g, "\\cup ")
    .replaceAll(/\\(?:emptyset|varnothing)(?![a-zA-Z])|∅/g, "\\{\\}")
    .replaceAll(/\\%/g, "%")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/[.;,]$/, "")
    .trim()
    .replace(/^\{([^{}]*,[^{}]*)\}$/, "\\{$1\\}")
    .replaceAll(/(?<![\d.])\d{1,3}(?:(?:\{,\}|[ '’])\d{3})+(?!\d)/g, (digits) => digits.replaceAll(/\D/g, ""))
    .replaceAll(/\b\d{1,3}(?:,\d{3})+(?![\d,])/g, (digits, place: number, all: string) =>
      // In brackets commas part what is listed: (100,200).
      isInBrackets(all.slice(0, place)) ? digits : digits.replaceAll(",", ""),
    );
}

/** Whether a text ends within brackets that it opens. Plain braces are LaTeX's own. */
function isInBrackets(before: string): boolean {
  const count = (brackets: RegExp) => before.match(brackets)?.length ?? 0;
  return count(/[([]|\\\{/g) > count(/[)\]]|\\\}/g);
}

function parseTidy(text: string, depth: number): MathValue | undefined {
  if (depth === 0 || text === "") return undefined;
  const parsedAll = (parts: readonly string[]): MathValue[] | undefined => {
    const items = parts.map((part) => parseTidy(part.trim(), depth - 1));
    return items.every((item) => item !== undefined) ? items : undefined;
  };
  const intervals = splitOutside(text, "\\cup");
  if (intervals.length > 1) {
    const items = parsedAll(intervals);
    return items && { kind: "union", items };
  }
  const inside = enclosed(text);
  if (inside?.brackets === "{}") {
    const items = inside.content.trim() === "" ? [] : parsedAll(splitOutside(inside.content, ","));
    return items && { kind: "unordered", isSet: true, items };
  }
  if (inside) {
    const parts = splitOutside(inside.content, ",");
    const items = parts.length > 1 ? parsedAll(parts) : undefined;
    if (items) return { kind: "ordered", brackets: inside.brackets, items };
  }
  const listed = splitOutside(text.replaceAll(/\s(?:and|or)\s/g, ","), ",").filter((part) => part.trim() !== "");
  if (listed.length > 1) {
    const items = parsedAll(listed);
    return items && { kind: "unordered", isSet: false, items };
  }
  const plusMinus = /^(.*?)\\pm(?![a-zA-Z])(.*)$/s.exec(text);
  if (plusMinus) {
    const items = parsedAll([`${plusMinus[1]}+(${plusMinus[2]})`, `${plusMinus[1]}-(${plusMinus[2]})`]);
    return items && { kind: "unordered", isSet: false, items };
  }
  // "x = 5" and "x \in (0, 1)" answer with what stands on the right, "5 = x" on the left.
  const named = NAMED.exec(text) ?? NAMED.exec(text.split("=").reverse().join("="));
  if (!named || named[3].includes("=")) return formulaOf(text);
  const value = parseTidy(named[3].trim(), depth - 1);
  // "f(x) = 2x" may be answered by "y = 2x": the name of a function is as good as any.
  return value && !named[2] ? { ...value, name: named[1].replaceAll(/[{}]/g, "") } : value;
}

const NAMED = /^\s*\\?([a-zA-Z](?:_\{?\w+\}?)?)(\([a-z]\))?\s*(?:=|\\in(?![a-zA-Z]))(.*)$/s;

/**
 * Names of units as they are written, each as one name. Longer ones first where one begins another. One letter is a unit behind a space alone:
 * "3m" is a product. What is counted is as good as a unit: "12 apples", but not "12 million".
 */
const UNIT_PATTERN =
  /^(.*?[\d)}\]i])\s*(degrees?|deg|radians?|rad|percent|%|dollars?|cents?|(?:square |cubic )?(?:millimeters?|centimeters?|kilometers?|meters?|inch(?:es)?|feet|foot|yards?|miles?|mm|cm|km|dm|(?<=\s)m|in|ft)(?:\s*\^\s*\{?[23]\}?)?|milligrams?|kilograms?|grams?|mg|kg|(?<=\s)g|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|ms|sec|min|hr|(?<=\s)[sh]|millilit(?:er|re)s?|lit(?:er|re)s?|ml|(?<=\s)l|units?|(?<=[\d}]\s)(?!(?:hundred|thousand|[mb]illion|dozen|squared|cubed)$)[a-z]{4,})\.?$/i;

function formulaOf(text: string): MathValue {
  const [, number, unit] = UNIT_PATTERN.exec(text) ?? [];
  // Three letters are words rather than a product of variables: "seat" is not "east".
  if (number === undefined || unit === undefined)
    return { kind: "formula", text, isWords: isLetters(text) && /\p{L}{3}/u.test(text) };
  return { kind: "formula", text: number.trim(), unit: unit.toLowerCase().replaceAll(/[\s{}]/g, "") };
}

/** Content of brackets that open at the first place and close at the last; `\{…\}` are a set's. */
function enclosed(text: string): { brackets: string; content: string } | undefined {
  if (text.startsWith("\\{") && text.endsWith("\\}")) return { brackets: "{}", content: text.slice(2, -2) };
  if (!/^[([].*[)\]]$/s.test(text)) return undefined;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if ("([{".includes(text[i])) depth++;
    if (")]}".includes(text[i]) && --depth === 0 && i < text.length - 1) return undefined;
  }
  return depth === 0 ? { brackets: text[0] + text[text.length - 1], content: text.slice(1, -1) } : undefined;
}

/** Parts between separators that stand outside of all brackets and environments. */
function splitOutside(text: string, separator: string): string[] {
  if (text.includes("\\begin")) return [text];
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if ("([{".includes(text[i])) depth++;
    else if (")]}".includes(text[i])) depth--;
    else if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(start, i));
      start = i + separator.length;
    }
  }
  return [...parts, text.slice(start)];
}
