/** PickScore (arXiv 2305.01569): a CLIP model trained on which of two drawings people picked. */
import type { Backend } from "../runtime/backend.js";
import type { DownloadOptions } from "../weights/hub.js";
import { CLIP_H, cosineReward } from "./clip.js";
import type { Reward } from "./reward.js";

/** Where the public model is. */
const PICK_SCORE = "yuvalkirstain/PickScore_v1";

export interface PickScoreRewardOptions extends DownloadOptions {
  readonly backend: Backend;
  /** A directory, or an id of the Hub. Default: the public model. */
  readonly model?: string;
}

/** The cosine times the model's own scale, as published: about 20, a good drawing 1 to 3 more than a bad one. @throws as `loadClip` */
export function pickScoreReward({ backend, model = PICK_SCORE, ...download }: PickScoreRewardOptions): Promise<Reward> {
  return cosineReward("pick-score", backend, model, { ...download, tokenizer: CLIP_H }, ({ scale }) => scale);
}
