/**
 * Conversations as ShareGPT and LLaVA have them, {"image": …, "conversations": [{"from": "human", "value": …}, …]}, or as chat
 * messages, {"messages": [{"role": "user", "content": …}, …]}, either with a "system" of its own. Every reply of the assistant to a user is
 * an example, after all that was said before it.
 */

import { splitThinking } from "../../tokens/reasoning.js";
import { DataError, type Message } from "../example.js";
import { type Fields, IMAGE, imageOf, type Layout, withoutImageMarks } from "./layout.js";

const ROLES: Readonly<Record<string, Message["role"]>> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  model: "assistant",
  assistant: "assistant",
};

export const conversations: Layout = {
  // A record without any is one, whose reading says what is wrong with it.
  numExamples: (fields) => Math.max(1, repliesAmong(turnsOf(fields)).length),
  convert(fields, part, place) {
    const turns = turnsOf(fields);
    const replies = repliesAmong(turns);
    const stranger = turns.find(({ role }) => role === undefined);
    if (stranger)
      throw new DataError(place, `who is ${JSON.stringify(stranger.name)}? known: ${Object.keys(ROLES).join(", ")}`);
    if (replies.length === 0)
      throw new DataError(place, "there is no reply of an assistant to a user in conversations (or messages)");
    const reply = replies[part];
    const said = turns.slice(0, reply);
    const messages = said.map(({ role, content }) => ({ role, content: withoutImageMarks(content) }));
    const image = imageOf(fields, place) ?? imageOf({ images: said.flatMap(({ pictures }) => pictures) }, place);
    if (image == null && said.some(({ content }) => content.includes(IMAGE)))
      throw new DataError(place, 'there is an <image> in what is said, and no picture under "image"');
    if (turns[reply].pictures.some((picture) => picture != null))
      throw new DataError(place, "the assistant's reply holds a picture: what is to be drawn is told by a caption");
    return { task: image == null ? "lm_chat" : "mmu", messages, image, ...splitThinking(turns[reply].content) };
  },
};

interface Turn {
  readonly name: unknown;
  readonly role: Message["role"] | undefined;
  readonly content: string;
  /** Those among its parts. */
  readonly pictures: readonly unknown[];
}

function turnsOf(fields: Fields): Turn[] {
  const list = fields.conversations ?? fields.conversation ?? fields.messages;
  if (!Array.isArray(list)) return [];
  const turns = list.map((turn: Fields | null): Turn => {
    const name = turn?.from ?? turn?.role;
    const content = turn?.value ?? turn?.content;
    return {
      name,
      role: ROLES[String(name).toLowerCase()],
      content: contentOf(content),
      pictures: Array.isArray(content) ? content.map(pictureOf) : [],
    };
  });
  const system = contentOf(fields.system).trim();
  if (system === "" || turns.some(({ role }) => role === "system")) return turns;
  return [{ name: "system", role: "system", content: system, pictures: [] }, ...turns];
}

/** ShareGPT cuts long conversations up: a record may begin with an answer to what is not there. */
function repliesAmong(turns: readonly Turn[]): number[] {
  return turns.flatMap(({ role }, i) => (role === "assistant" && turns[i - 1]?.role === "user" ? [i] : []));
}

/** A text, or the texts among parts of several kinds, with a mark for each picture. */
function contentOf(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === "string" ? content : "";
  return content
    .map((part: Fields | null) => {
      if (typeof part?.text === "string") return part.text;
      return String(part?.type).startsWith("image") ? IMAGE : "";
    })
    .join("");
}

/** The picture of a part: {"type": "image", "image": …}, or as OpenAI has it {"type": "image_url", "image_url": {"url": …}}. */
function pictureOf(part: Fields | null): unknown {
  const given = part?.image ?? part?.image_url;
  return typeof given === "object" && given !== null && "url" in given ? given.url : given;
}
