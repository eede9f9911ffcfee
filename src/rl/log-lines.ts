/** Lines of a run's logs: JSON objects. */
import { FileError } from "../weights/files.js";

/** @throws FileError that names the line which is none */
export function parseLogLines<Line extends object>(path: string, text: string): Line[] {
  return text.split("\n").flatMap((content, index) => {
    if (content === "") return [];
    const line = parseObject(content);
    if (line) return [line as Line];
    throw new FileError(
      path,
      `line ${index + 1} is no JSON object, but ${content.slice(0, 80)}: remove it to go by the others`,
    );
  });
}

function parseObject(content: string): object | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
