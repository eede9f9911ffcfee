/**
 * Questions about pictures as tables have them (GeoQA, ScienceQA and the like): columns image (or images, with one; a row whose own is empty
 * is a question without), question (or problem), answer (or label, or solution, `<answer>…</answer>`), and where there are some, hint,
 * choices and reasoning. Choices are a list, or text that is one: "['30°', '60°']", "30° | 60°".
 */

import { splitThinking } from "../../tokens/reasoning.js";
import { DataError } from "../example.js";
import { type Fields, IMAGE, imageOf, type Layout, textOf, user, withoutImageMarks } from "./layout.js";

const IMAGE_FIELDS = ["image", "images", "image_path", "file_name"];
const ANSWER_FIELDS = ["answer", "label", "solution"];

export const pictureQuestions: Layout = {
  convert(fields, _, place) {
    const asked = textOf(fields, ["question", "problem", "prompt"], place);
    const given = textOf(fields, ANSWER_FIELDS, place);
    const choices = readChoices(fields.choices ?? fields.options);
    const trace = ["reasoning", "rationale", "cot", "analysis"].find(
      (name) => typeof fields[name] === "string" && fields[name] !== "",
    );
    const split = splitThinking(given);
    const reasoning = trace === undefined ? split.reasoning : textOf(fields, [trace], place);
    const hint = typeof fields.hint === "string" ? fields.hint : "";
    const image = imageOf(fields, place) ?? (fields.image_path || fields.file_name || undefined);
    const isWithout = image == null && IMAGE_FIELDS.some((name) => name in fields);
    if (isWithout && (asked + hint).includes(IMAGE))
      throw new DataError(place, `there is an ${IMAGE} in the question, and no picture under "image"`);
    const question = [hint, asked].map(withoutImageMarks).filter(Boolean).join("\n");
    const answer = /<answer>(.*?)<\/answer>/s.exec(split.answer)?.[1].trim() ?? split.answer;
    return {
      task: isWithout ? "lm_chat" : "mmu",
      messages: [user([question, ...choices.map((choice, i) => `${letterOf(i)}. ${choice}`)].join("\n"))],
      image,
      reasoning,
      answer: choices.length === 0 ? answer : chosenLetter(answer, choices, isIndex(fields), place),
      ...(choices.length === 0 ? {} : { metadata: { choices } }),
    };
  },
};

function readChoices(value: unknown): string[] {
  const choices = splitChoices(value);
  // "A. 500" is lettered only where the next is "B. …": "A.D. 500" is not.
  const isLettered = choices.every((choice, i) => withoutLetter(choice, i) !== choice);
  return isLettered ? choices.map(withoutLetter) : choices;
}

function splitChoices(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "string" || value.trim() === "") return [];
  const inside = /^\s*\[(.*)\]\s*$/s.exec(value)?.[1];
  const parts = inside === undefined ? value.split(/\s*[|;\n]\s*/) : inside.split(/,(?=\s*['"]|[^'"]*$)/);
  return parts.map((part) => part.trim().replace(/^(['"])(.*)\1$/s, "$2")).filter(Boolean);
}

/** "A. 30", "(A) 30" and the like as "30", if A is the letter of that place; a letter that stands alone remains. */
function withoutLetter(choice: string, index: number): string {
  const [, letter, rest] = /^\s*\(?([A-Z])[.):]\s*(\S.*)$/s.exec(choice) ?? [];
  return letter === letterOf(index) ? rest : choice;
}

/** A JSON number, or the number of a class: the place of a choice. In text a number may as well be the choice itself. */
function isIndex(fields: Fields): boolean {
  const name = ANSWER_FIELDS.find((field) => fields[field] != null && fields[field] !== "");
  const value = name === undefined ? undefined : fields[name];
  return typeof value === "number" || (name === "label" && /^\s*\d+\s*$/.test(String(value)));
}

/** The answer may be the place of a choice from 0, the choice itself, or a letter; a number that is no choice is a place too. */
function chosenLetter(answer: string, choices: readonly string[], isIndex: boolean, place: string): string {
  const named = choices.findIndex((choice, i) => answer === choice || withoutLetter(answer, i) === choice);
  const letter = /^\(?([A-Z])\)?[.:]?$/.exec(answer)?.[1];
  const isPlace = isIndex && (placeIn(answer) < choices.length || named < 0);
  const index = !isPlace && named >= 0 ? named : letter !== undefined ? letter.charCodeAt(0) - 65 : placeIn(answer);
  if (index >= 0 && index < choices.length) return letterOf(index);
  const fault = isIndex ? "as the place of a choice, from 0, is none" : "is none";
  throw new DataError(place, `the answer "${answer}" ${fault} of the choices ${choices.join(" | ")}`);
}

function placeIn(answer: string): number {
  return /^\d+$/.test(answer) ? Number(answer) : -1;
}

function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}
