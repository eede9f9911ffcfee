/**
 * A judge behind an address: the rollout is sent as JSON, {"task", "messages", "answer", "expected", "metadata", "image", "promptImage",
 * …}, pictures as PNG data URLs; it answers with {"score": number}, or the number alone.
 */
import { firstText, networkReason } from "../data/first-text.js";
import { pngDataUrl } from "../images/data-url.js";
import type { Reward, RolloutForReward } from "./reward.js";

export interface HttpRewardOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a judge says is a few bytes; more is not read. */
const MAX_ANSWER_BYTES = 65_536;

/** @throws TypeError when the address is none of http or https */
export function httpReward({ url, headers }: HttpRewardOptions): Reward {
  const { protocol, host } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`a judge's address begins with http, not "${url}"`);
  return {
    name: `http:${host}`,
    async score(rollout, signal) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(await toJson(rollout)),
        signal,
      }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw new Error(`${url} cannot be reached: ${networkReason(error)}`, { cause: error });
      });
      const text = await firstText(response, MAX_ANSWER_BYTES);
      if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
      return scoreIn(text, url);
    },
  };
}

async function toJson({ image, promptImage, ...rest }: RolloutForReward): Promise<unknown> {
  return {
    ...rest,
    ...(image ? { image: await pngDataUrl(image) } : {}),
    ...(promptImage ? { promptImage: await pngDataUrl(promptImage) } : {}),
  };
}

function scoreIn(text: string, url: string): number {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`${url} answered no JSON: ${text.slice(0, 200)}`);
  }
  const score = typeof answer === "object" && answer !== null ? (answer as { score?: unknown }).score : answer;
  if (typeof score === "number" && Number.isFinite(score)) return score;
  throw new Error(`${url} answered no score, {"score": number}, but ${text.slice(0, 200)}`);
}
