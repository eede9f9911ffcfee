/** ImageReward (arXiv 2304.05977): what people prefer, by a model that reads the prompt while it looks at the drawing. */
import { createImageRewardScorer, loadImageReward } from "../reward-models/image-reward-scorer.js";
import type { Backend } from "../runtime/backend.js";
import type { DownloadOptions } from "../weights/hub.js";
import { pictureAndText, scoredTogether } from "./picture-and-text.js";
import type { Reward } from "./reward.js";

export interface ImageRewardOptions extends DownloadOptions {
  readonly backend: Backend;
  /** A directory with `med_config.json` and weights, or an id of the Hub. Default: the public model. */
  readonly model?: string;
  /** Whose tokenizer is taken: a directory, or an id of the Hub. Default: the model's own, else BERT's. */
  readonly tokenizer?: string;
}

/** As published: about 0 on average, most within ±2; the papers weigh it by 0.1. @throws as `loadImageReward` */
export async function imageRewardReward({
  backend,
  model,
  tokenizer,
  ...download
}: ImageRewardOptions): Promise<Reward> {
  const scorer = await createImageRewardScorer(backend, await loadImageReward(model, tokenizer, download));
  const rewardOf = scoredTogether((pairs) => scorer.rewards(pairs));
  return {
    name: "image-reward",
    score: async (rollout) => rewardOf(pictureAndText(rollout)),
    dispose: () => scorer.dispose(),
  };
}
