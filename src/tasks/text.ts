/** Text of the tasks: prompts to ids, and ids that may still hold masks to what can be shown. */
import { askToThink, type ChatTemplate, type Message } from "../tokens/chat-template.js";
import type { TextTokenizer } from "../tokens/text-tokenizer.js";
import { endsText, type TokenId, type Vocabulary } from "../tokens/vocabulary.js";
import { OptionError } from "./options.js";

/** A question, or a conversation that ends with one. */
export type Prompt = string | readonly Message[];

/** What stands for a masked place in text that is shown. */
export const MASK_SIGN = "░";

/**
 * The ids of a chat, up to where the assistant is to speak.
 * @param thinkingPrompt words that ask to think first
 * @throws OptionError when there is nothing to answer
 */
export function encodeChat(
  { textTokenizer, chatTemplate }: { textTokenizer: TextTokenizer; chatTemplate: ChatTemplate },
  prompt: Prompt,
  thinkingPrompt?: string,
): TokenId[] {
  const messages = typeof prompt === "string" ? [{ role: "user", content: prompt } as const] : prompt;
  const isMessage = (message: unknown): boolean => {
    const { role, content } = (message ?? {}) as Partial<Message>;
    return typeof content === "string" && ["system", "user", "assistant"].includes(role as string);
  };
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage)) {
    throw new OptionError(
      `messages are a text, or a list of { role: "system" | "user" | "assistant", content: text }, got ${JSON.stringify(prompt)}`,
    );
  }
  const asked = thinkingPrompt === undefined ? messages : askToThink(messages, thinkingPrompt);
  return textTokenizer.encode(chatTemplate(asked));
}

/** Ids before the first token that ends a text or a turn. */
export function beforeEnd(vocabulary: Vocabulary, ids: Int32Array): Int32Array {
  const end = ids.findIndex((id) => endsText(vocabulary, id));
  return end === -1 ? ids : ids.subarray(0, end);
}

/** Text with a sign for every place that is still masked. */
export function textWithMasks(tokenizer: TextTokenizer, { special }: Vocabulary, ids: Int32Array): string {
  let text = "";
  let start = 0;
  for (let place = 0; place <= ids.length; place++) {
    const isMasked = place < ids.length && ids[place] === special.mask;
    if (place < ids.length && !isMasked) continue;
    text += tokenizer.decode(ids.subarray(start, place));
    if (isMasked) text += MASK_SIGN;
    start = place + 1;
  }
  return text;
}
