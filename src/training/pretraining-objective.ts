/** The transformer's objective: the masked-diffusion loss of a packed batch (`batch.ts`), whatever its tasks. */
import { lossInputs, maskedLoss } from "../diffusion/masked-loss.js";
import type { TransformerConfig } from "../model/config.js";
import type { LoraConfig } from "../model/lora.js";
import { transformerInputs, transformerParameters } from "../model/transformer.js";
import { createObjective, type Objective } from "./objective.js";

/** Reports `tokenLosses` [M], the loss of every masked place. `lora` as in `createObjective`. */
export function pretrainingObjective(config: TransformerConfig, lora?: LoraConfig): Objective {
  return createObjective((make) => {
    const parameters = transformerParameters(config, make);
    const { loss, tokenLosses } = maskedLoss(config, parameters, transformerInputs(), lossInputs());
    return { loss, reports: { tokenLosses } };
  }, lora);
}
