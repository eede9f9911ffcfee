/** Asking a model behind an OpenAI-compatible address (`POST …/chat/completions`), pictures as data URLs. */
import type { Message } from "../data/example.js";
import { firstText, networkReason } from "../data/first-text.js";
import { pngDataUrl } from "../images/data-url.js";
import type { Image } from "../images/image.js";
import { withReasoning } from "../tokens/reasoning.js";

export interface EndpointOptions {
  /** Up to `/v1`, without `/chat/completions`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** Tries of a request that fails for a reason that may pass. Default 5. */
  readonly maxTries?: number;
  /** Milliseconds before the second try, doubled before each further one. Default 1000. */
  readonly retryDelayMs?: number;
}

/** An address that refuses, or says nothing that can be understood. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
  /** Whether it is this question that cannot be answered; others may well be. */
  readonly isOfQuestion: boolean;
  constructor(message: string, isOfQuestion: boolean) {
    super(message);
    this.isOfQuestion = isOfQuestion;
  }
}

/** Bad request, content too large, content that cannot be processed: said of one question, such as one that is too long. */
const STATUSES_OF_QUESTION: readonly number[] = [400, 413, 422];

/** The longest answers are far from it; more is not read. */
const MAX_ANSWER_BYTES = 16_000_000;

/** vLLM has called the reasoning both `reasoning_content` and `reasoning`. */
interface Completion {
  readonly choices?: readonly {
    readonly message?: {
      readonly content?: unknown;
      readonly reasoning_content?: unknown;
      readonly reasoning?: unknown;
    };
  }[];
}

/**
 * What the model answers. Reasoning that the address gives apart is put in front, as `<think>…</think>`; where it used up all tokens, the
 * answer behind it is empty.
 * @throws EndpointError when it refuses, or fails `maxTries` times; the signal's reason when it is aborted
 */
export async function askEndpoint(
  { url, model, apiKey, temperature, maxTokens, maxTries = 5, retryDelayMs = 1000 }: EndpointOptions,
  messages: readonly Message[],
  { image, seed, signal }: { image?: Image; seed?: number; signal?: AbortSignal } = {},
): Promise<string> {
  const address = `${url.replace(/\/+$/, "")}/chat/completions`;
  const body = JSON.stringify({
    model,
    messages: await withImage(messages, image),
    temperature,
    max_tokens: maxTokens,
    seed,
  });
  const headers = { "content-type": "application/json", ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) };
  for (let tries = 1; ; tries++) {
    const { status, text, isWhole } = await post(address, { headers, body, signal });
    signal?.throwIfAborted();
    if (isWhole && status >= 200 && status < 300) return contentOf(text, address);
    const mayPass = !isWhole || status === 408 || status === 429 || status >= 500;
    const what = status === 0 ? "cannot be reached" : `answered ${status}${isWhole ? "" : " and broke off"}`;
    if (!mayPass || tries >= maxTries)
      throw new EndpointError(
        `${address} ${what}${tries > 1 ? ` (${tries} tries)` : ""}: ${text.slice(0, 300)}`,
        STATUSES_OF_QUESTION.includes(status),
      );
    await pause(retryDelayMs * 2 ** (tries - 1), signal);
  }
}

/** What it answers, or why it does not: status 0 where it cannot be reached, `isWhole` false there and where its answer breaks off. */
async function post(
  address: string,
  request: RequestInit,
): Promise<{ readonly status: number; readonly text: string; readonly isWhole: boolean }> {
  let status = 0;
  try {
    const response = await fetch(address, { ...request, method: "POST" });
    status = response.status;
    return { status, text: await firstText(response, MAX_ANSWER_BYTES), isWhole: true };
  } catch (error) {
    return { status, text: networkReason(error), isWhole: false };
  }
}

function contentOf(text: string, address: string): string {
  let completion: Completion | null;
  try {
    completion = JSON.parse(text) as Completion | null;
  } catch {
    throw new EndpointError(`${address} answered no JSON: ${text.slice(0, 300)}`, true);
  }
  const message = completion?.choices?.[0]?.message;
  // Null is what a model has written that was still thinking when its tokens were used up.
  const content = message && (message.content ?? "");
  if (typeof content !== "string")
    throw new EndpointError(`${address} answered no choices[0].message.content: ${text.slice(0, 300)}`, true);
  const reasoning = message?.reasoning_content ?? message?.reasoning;
  return withReasoning(content, typeof reasoning === "string" && reasoning !== "" ? reasoning : undefined);
}

/** The picture goes ahead of the last message's text. */
async function withImage(messages: readonly Message[], image: Image | undefined): Promise<readonly unknown[]> {
  if (!image) return messages;
  const picture = { type: "image_url", image_url: { url: await pngDataUrl(image) } };
  return messages.map(({ role, content }, i) =>
    i === messages.length - 1 ? { role, content: [picture, { type: "text", text: content }] } : { role, content },
  );
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
