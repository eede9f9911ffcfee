/** HPS v2 (arXiv 2306.09341): a CLIP model trained on how people ranked drawings, published as weights for another one. */
import { joinPath } from "#files";
import { resolveModel } from "#hub";
import type { Backend } from "../runtime/backend.js";
import type { DownloadOptions } from "../weights/hub.js";
import { CLIP_H, cosineReward } from "./clip.js";
import type { Reward } from "./reward.js";

/** Where the public weights are, and the file of version 2.1. */
const HPS = { repository: "xswu/HPSv2", file: "HPS_v2.1_compressed.pt" };

export interface HpsRewardOptions extends DownloadOptions {
  readonly backend: Backend;
  /** The CLIP model that the weights are for: a directory, or an id of the Hub. Default: CLIP-ViT-H-14 of LAION. */
  readonly model?: string;
  /** A file of weights, with open_clip's or transformers' names. Default: the public ones of version 2.1. */
  readonly weights?: string;
}

/** 100 times the cosine, as it is reported: public drawings get 20 to 35. @throws as `loadClip` */
export async function hpsReward({ backend, model = CLIP_H, weights, ...download }: HpsRewardOptions): Promise<Reward> {
  const file = weights ?? joinPath(await resolveModel(HPS.repository, { ...download, files: [HPS.file] }), HPS.file);
  return cosineReward("hps", backend, model, { ...download, weights: file }, () => 100);
}
