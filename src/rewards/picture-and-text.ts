/** What models of pictures and texts are asked about: what was drawn with what was asked for, or what was shown with what was written of it. */
import type { PictureAndText } from "../reward-models/clip-scorer.js";
import { finalAnswer } from "./final-answer.js";
import type { RolloutForReward } from "./reward.js";

/** @throws Error when the rollout has neither a drawing nor an answer about a picture */
export function pictureAndText({ image, promptImage, messages, answer }: RolloutForReward): PictureAndText {
  const prompt = messages.at(-1)?.content;
  if (image && prompt !== undefined) return { image, text: prompt };
  if (promptImage && answer !== undefined) return { image: promptImage, text: finalAnswer(answer) };
  throw new Error("a model of pictures and texts judges drawings, and answers about a picture; this is neither");
}

/**
 * A score for each call, computed in batches: calls that come while others are computed wait, and are then computed together.
 * @param compute the scores of several pairs, in their order
 */
export function scoredTogether(
  compute: (pairs: readonly PictureAndText[]) => Promise<readonly number[]>,
): (pair: PictureAndText) => Promise<number> {
  type Call = { readonly pair: PictureAndText; resolve(score: number): void; reject(error: unknown): void };
  let waiting: Call[] = [];
  let isComputing = false;
  const computeWaiting = async () => {
    isComputing = true;
    await Promise.resolve(); // for calls that are made at once
    while (waiting.length > 0) {
      const calls = waiting;
      waiting = [];
      try {
        const scores = await compute(calls.map(({ pair }) => pair));
        for (const [i, { resolve }] of calls.entries()) resolve(scores[i]);
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
    }
    isComputing = false;
  };
  return (pair) =>
    new Promise((resolve, reject) => {
      waiting.push({ pair, resolve, reject });
      if (!isComputing) void computeWaiting();
    });
}
