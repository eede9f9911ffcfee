/** CLIP score: how well a picture and its words go together, by any CLIP model. */
import { type ClipScorer, createClipScorer, type LoadClipOptions, loadClip } from "../reward-models/clip-scorer.js";
import type { Backend } from "../runtime/backend.js";
import type { DownloadOptions } from "../weights/hub.js";
import { pictureAndText, scoredTogether } from "./picture-and-text.js";
import type { Reward } from "./reward.js";

/** The model of LAION that PickScore and HPS v2 were made from; their settings and tokenizer are its. */
export const CLIP_H = "laion/CLIP-ViT-H-14-laion2B-s32B-b79K";

export interface ClipRewardOptions extends DownloadOptions {
  readonly backend: Backend;
  /** A directory, or an id of the Hub such as `openai/clip-vit-large-patch14`. */
  readonly model: string;
}

/** 100 times the cosine of the two embeddings; public models give 15 to 35, and the papers weigh it by 0.1. @throws as `loadClip` */
export function clipReward({ backend, model, ...download }: ClipRewardOptions): Promise<Reward> {
  return cosineReward("clip", backend, model, download, () => 100);
}

/**
 * The cosine of a CLIP model's embeddings, scaled as its publishers do.
 * @throws as `loadClip`
 */
export async function cosineReward(
  name: string,
  backend: Backend,
  model: string,
  files: LoadClipOptions,
  scaleOf: (scorer: ClipScorer) => number,
): Promise<Reward> {
  const scorer = await createClipScorer(backend, await loadClip(model, files));
  const cosineOf = scoredTogether((pairs) => scorer.cosines(pairs));
  const scale = scaleOf(scorer);
  return {
    name,
    score: async (rollout) => scale * (await cosineOf(pictureAndText(rollout))),
    dispose: () => scorer.dispose(),
  };
}
