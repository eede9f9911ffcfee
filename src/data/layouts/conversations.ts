/**
 * Conversations as ShareGPT and LLaVA have them, {"image": …, "conversations": [{"from": "human", "value": …}, …]}, or as chat
 * messages, {"messages": [{"role": "user", "content": …}, …]}. Every reply of the assistant is an example, after all that was said before it.
 */

import { splitThinking } from "../../tokens/reasoning.js";
import { DataError, type Message } from "../example.js";
import type { Fields, Layout } from "./layout.js";

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

/** Where a picture stands in a text. There is one, and it stands ahead of the text. */
const IMAGE_MARK = /\s*<image>\s*/g;

export const conversations: Layout = {
  numExamples: (fields) => Math.max(1, turnsOf(fields).filter(({ role }) => role === "assistant").length),
  convert(fields, part, place) {
    const turns = turnsOf(fields);
    const replies = turns.flatMap(({ role }, i) => (role === "assistant" ? [i] : []));
    if (replies.length === 0)
      throw new DataError(place, "there is no reply of an assistant in conversations (or messages)");
    const stranger = turns.find(({ role }) => role === undefined);
    if (stranger)
      throw new DataError(place, `who is ${JSON.stringify(stranger.name)}? known: ${Object.keys(ROLES).join(", ")}`);
    const reply = replies[part];
    const messages = turns
      .slice(0, reply)
      .map(({ role, content }) => ({ role, content: content.replace(IMAGE_MARK, "\n").trim() }));
    const image = imageOf(fields, place);
    return { task: image == null ? "lm_chat" : "mmu", messages, image, ...splitThinking(turns[reply].content) };
  },
};

interface Turn {
  readonly name: unknown;
  readonly role: Message["role"] | undefined;
  readonly content: string;
}

function turnsOf(fields: Fields): Turn[] {
  const list = fields.conversations ?? fields.conversation ?? fields.messages;
  if (!Array.isArray(list)) return [];
  return list.map((turn: Fields | null) => {
    const name = turn?.from ?? turn?.role;
    return { name, role: ROLES[String(name).toLowerCase()], content: contentOf(turn?.value ?? turn?.content) };
  });
}

/** A text, or the texts among parts of several kinds. */
function contentOf(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === "string" ? content : "";
  return content.map((part: Fields | null) => (typeof part?.text === "string" ? part.text : "")).join("");
}

function imageOf({ image, images }: Fields, place: string): unknown {
  const list = Array.isArray(image) ? image : Array.isArray(images) ? images : [image ?? images];
  if (list.length > 1) throw new DataError(place, `there are ${list.length} pictures, a row can hold one`);
  return list[0];
}
