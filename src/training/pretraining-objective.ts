/** The transformer's objective: the masked-diffusion loss of a packed batch (`batch.ts`), whatever its tasks. */
import { lossInputs, maskedLoss } from "../diffusion/masked-loss.js";
import type { TransformerConfig } from "../model/config.js";
import type { LoraConfig } from "../model/lora.js";
import { sharingInputs, transformerInputs, transformerParameters } from "../model/transformer.js";
import { createObjective, type Objective } from "./objective.js";

/** What else an objective of pretraining may take. */
export interface PretrainingObjectiveOptions {
  /** As in `createObjective`. */
  readonly lora?: LoraConfig | undefined;
  /** Takes batches whose rows share pictures: `prefixIds` beside the other inputs. Default: false. */
  readonly arePicturesShared?: boolean;
}

/** Reports `tokenLosses` [M], the loss of every masked place. */
export function pretrainingObjective(
  config: TransformerConfig,
  { lora, arePicturesShared = false }: PretrainingObjectiveOptions = {},
): Objective {
  return createObjective((make) => {
    const parameters = transformerParameters(config, make);
    const inputs = arePicturesShared ? sharingInputs() : transformerInputs();
    const { loss, tokenLosses } = maskedLoss(config, parameters, inputs, lossInputs());
    return { loss, reports: { tokenLosses } };
  }, lora);
}
