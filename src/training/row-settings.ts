/** How rows are laid out, noised and packed, from what a recipe says of them. */
import { maskSchedules } from "../diffusion/mask-schedule.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import type { BatchSettings } from "./batch.js";
import type { LayoutSettings } from "./layout-example.js";
import type { DiffusionRows } from "./recipe.js";

export function rowSettings(
  { batch, tasks }: DiffusionRows,
  { special }: Pick<Vocabulary, "special">,
): { readonly settings: BatchSettings; readonly layout: LayoutSettings } {
  const { lm, lm_chat, mmu, t2i, r2i } = tasks;
  return {
    settings: {
      tasks: { lm: noise(lm), lm_chat: noise(lm_chat), mmu: noise(mmu), t2i: noise(t2i), r2i: noise(r2i) },
      maskTokenId: special.mask,
      padTokenId: special.pad,
      eosTokenId: special.eos,
      ...pick(batch, "fillerWeight", "lineLength", "arePicturesShared", "times"),
    },
    layout: pick(batch, "conditionDropout", "canvasUnit", "extraUnits", "lineLength"),
  };
}

function noise({ masking, ...more }: DiffusionRows["tasks"][keyof DiffusionRows["tasks"]]) {
  return {
    ...more,
    masking:
      masking === "independent" || masking === "counted"
        ? ({ kind: masking } as const)
        : ({ kind: "scheduled", schedule: maskSchedules[masking] } as const),
  };
}

function pick<T, K extends keyof T>(value: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}
