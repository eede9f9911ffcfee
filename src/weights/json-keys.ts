/** What `JSON.parse` keeps silent about: a key that an object has twice, and nesting so deep that only an attack needs it. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Looks through JSON text before it is parsed. Text that is no JSON is not reported: the parser does that.
 * @returns what is wrong, or undefined
 */
export function findJsonFault(text: string, maxDepth: number): string | undefined {
  const keysOfOpen: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "{" || char === "[") {
      if (keysOfOpen.push(new Set()) > maxDepth) return `is nested more than ${maxDepth} deep`;
    } else if (char === "}" || char === "]") {
      keysOfOpen.pop();
    } else if (char === '"') {
      const end = endOfString(text, i);
      const raw = text.slice(i, end + 1);
      i = end;
      if (nextChar(text, end + 1) !== ":") continue;
      const key = unescaped(raw);
      const keys = keysOfOpen.at(-1);
      if (keys?.has(key)) return `has the name ${key.slice(0, 100)} twice`;
      keys?.add(key);
    }
  }
  return undefined;
}

/** Index of the closing quote. A loop, because a regular expression would overflow its stack on long strings. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}

/** The first character from `start` on that is not white space. */
function nextChar(text: string, start: number): string | undefined {
  let i = start;
  while (text[i] === " " || text[i] === "\n" || text[i] === "\r" || text[i] === "\t") i++;
  return text[i];
}

function unescaped(raw: string): string {
  try {
    return JSON.parse(raw) as string;
  } catch {
    return raw;
  }
}
