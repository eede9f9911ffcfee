/**
 * Messages to the text that a model was trained on: the template of a tokenizer's configuration, or the released models' format.
 */
import { Template } from "@huggingface/jinja";
import { nameOfToken, type TokenizerConfig, TokenizerError } from "./text-tokenizer.js";

/** What someone says in a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** bos once, then each message between headers; the released models' format, in the language of `tokenizer_config.json`. */
export const DEFAULT_CHAT_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}" +
  "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n' + message['content'] | trim + '<|eot_id|>' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n' }}{% endif %}";

/** What asks a model to reason before it answers, ahead of the user's text. */
export const THINKING_PROMPT =
  "You should first think about the reasoning process in the mind and then provide the user with the answer. " +
  "The reasoning process is enclosed within <think> </think> tags, i.e. <think> reasoning process here </think> answer here";

/** The same for pictures: the released models are trained to write a longer description before they draw. */
const DRAWING_THINKING_PROMPT =
  "You should first think out a more detailed version of the description and then provide the user with the image. " +
  "The detailed description is enclosed within <think> </think> tags, i.e. <think> detailed description here </think> image here";

/** The words that ask a model to think first, ahead of an answer and ahead of a picture. */
export interface ThinkingPrompts {
  readonly text: string;
  readonly image: string;
}

export const RELEASED_THINKING_PROMPTS: ThinkingPrompts = { text: THINKING_PROMPT, image: DRAWING_THINKING_PROMPT };

/**
 * Text of a chat, ending where the assistant is to speak (or after the last message, with `addGenerationPrompt` false).
 * @throws TokenizerError when the template refuses the messages
 */
export type ChatTemplate = (
  messages: readonly Message[],
  options?: { readonly addGenerationPrompt?: boolean },
) => string;

/**
 * The chat template of a tokenizer: its own (of several the one named `default`), else the released models' format.
 * @throws TokenizerError when its template cannot be parsed
 */
export function createChatTemplate(config: TokenizerConfig = {}): ChatTemplate {
  const source = templateSource(config);
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    throw new TokenizerError(`the chat_template of tokenizer_config.json cannot be parsed: ${String(error)}`);
  }
  const tokens = {
    bos_token: nameOfToken(config.bos_token) ?? "<|startoftext|>",
    eos_token: nameOfToken(config.eos_token) ?? "<|endoftext|>",
    pad_token: nameOfToken(config.pad_token) ?? "<|endoftext|>",
  };
  return (messages, { addGenerationPrompt = true } = {}) => {
    try {
      return template.render({ ...tokens, messages, add_generation_prompt: addGenerationPrompt });
    } catch (error) {
      const roles = messages.map((message) => message.role).join(", ");
      throw new TokenizerError(`the chat_template does not take these messages (${roles}): ${String(error)}`);
    }
  };
}

/** The same messages, the last of the user's asking to think first. */
export function askToThink(messages: readonly Message[], words: string = THINKING_PROMPT): Message[] {
  const last = messages.map((message) => message.role).lastIndexOf("user");
  return messages.map((message, index) =>
    index === last ? { ...message, content: `${words}\n${message.content}` } : message,
  );
}

function templateSource({ chat_template: own }: TokenizerConfig): string {
  if (own === undefined || own === null) return DEFAULT_CHAT_TEMPLATE;
  if (typeof own === "string") return own;
  const chosen = own.find((entry) => entry.name === "default");
  if (chosen === undefined) {
    const names = own.map((entry) => entry.name).join(", ") || "none";
    throw new TokenizerError(`tokenizer_config.json has no chat_template named default, only: ${names}`);
  }
  return chosen.template;
}
