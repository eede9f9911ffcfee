/**
 * Questions about pictures as tables have them (GeoQA and the like): columns image, question (or problem), answer (or solution,
 * `<answer>…</answer>`), and where there are some, choices and reasoning. Choices are a list, or text that is one: "['30°', '60°']", "30° | 60°".
 */

import { splitThinking } from "../../tokens/reasoning.js";
import { DataError } from "../example.js";
import { type Layout, textOf, user } from "./layout.js";

export const pictureQuestions: Layout = {
  convert(fields, _, place) {
    const question = textOf(fields, ["question", "problem", "prompt"], place);
    const given = textOf(fields, ["answer", "label", "solution"], place);
    const choices = readChoices(fields.choices ?? fields.options);
    const trace = ["reasoning", "rationale", "cot", "analysis"].find(
      (name) => typeof fields[name] === "string" && fields[name] !== "",
    );
    const split = splitThinking(given);
    const reasoning = trace === undefined ? split.reasoning : textOf(fields, [trace], place);
    const answer = /<answer>(.*?)<\/answer>/s.exec(split.answer)?.[1].trim() ?? split.answer;
    return {
      task: "mmu",
      messages: [user([question, ...choices.map((choice, i) => `${letterOf(i)}. ${choice}`)].join("\n"))],
      image: fields.image ?? fields.image_path ?? fields.file_name,
      reasoning,
      answer: choices.length === 0 ? answer : chosenLetter(answer, choices, place),
      ...(choices.length === 0 ? {} : { metadata: { choices } }),
    };
  },
};

function readChoices(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "string" || value.trim() === "") return [];
  const inside = /^\s*\[(.*)\]\s*$/s.exec(value)?.[1];
  const parts = inside === undefined ? value.split(/\s*[|;\n]\s*/) : inside.split(/,(?=\s*['"]|[^'"]*$)/);
  return parts
    .map((part) =>
      part
        .trim()
        .replace(/^(['"])(.*)\1$/s, "$2")
        .replace(/^\(?[A-F][.):]\s*/, ""),
    )
    .filter(Boolean);
}

/** The answer may be a letter, a number from 0, or the choice itself. */
function chosenLetter(answer: string, choices: readonly string[], place: string): string {
  const letter = /^\(?([A-Z])\)?\.?$/.exec(answer)?.[1];
  const index = choices.includes(answer)
    ? choices.indexOf(answer)
    : letter !== undefined
      ? letter.charCodeAt(0) - 65
      : /^\d+$/.test(answer)
        ? Number(answer)
        : -1;
  if (index >= 0 && index < choices.length) return letterOf(index);
  throw new DataError(place, `the answer "${answer}" is none of the choices ${choices.join(" | ")}`);
}

function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}
