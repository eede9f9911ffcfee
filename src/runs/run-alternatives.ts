/** What to change in a recipe whose run does not fit into memory: adapters, a base in few bits, activations computed again, fewer rows at once. */
import type { TransformerConfig } from "../model/config.js";
import { ADAPTER_TARGETS } from "../model/lora.js";
import { BASE_BITS, type BaseDType } from "../model/quantized-base.js";
import { costOf, type ModelSurroundings, type RunMemory, type TransformerRecipe } from "./run-cost.js";

/** A change of a recipe that makes it fit. */
export interface Alternative {
  /** In the words of the recipe. */
  readonly changes: readonly string[];
  readonly memory: RunMemory;
}

/** Whether adapters may be trained in place of the model: one that is there, and all the way. Other recipes with `lora` are refused. */
export function mayHaveAdapters(recipe: TransformerRecipe): boolean {
  const isWholeWay = recipe.objective !== "unigrpo" || recipe.interpolation === 1;
  return recipe.model.from !== undefined && isWholeWay;
}

/** For whoever has no rank in mind yet. */
const SUGGESTED_RANK = 16;

/**
 * Changes that bring a recipe within `limit` bytes: for the model as it is trained, and where it may have adapters as their frozen base and
 * as a base of 8 and 4 bits, the least that has to change besides. Empty where nothing of this is enough.
 */
export function alternativesWithin(
  recipe: TransformerRecipe,
  config: TransformerConfig,
  limit: number,
  surroundings?: ModelSurroundings,
): Alternative[] {
  const bases = [undefined, ...(Object.keys(BASE_BITS) as BaseDType[])];
  const models: Variant[] = [{ recipe, changes: [] }];
  // A base of more bits than the recipe has is no way out.
  const smaller = recipe.lora ? bases.slice(bases.indexOf(recipe.lora.base) + 1) : bases;
  if (mayHaveAdapters(recipe)) for (const base of smaller) models.push(withBase(recipe, base));
  const found: Alternative[] = [];
  const seen = new Set<string>();
  for (const model of models) {
    for (const variant of [model, recomputing(model), oneRow(model), oneRow(recomputing(model))]) {
      const key = variant.changes.join();
      if (variant.changes.length === 0 || seen.has(key)) continue;
      seen.add(key);
      const { memory } = costOf(variant.recipe, config, surroundings);
      if (memory.total > limit) continue;
      found.push({ changes: variant.changes, memory });
      break;
    }
  }
  return found;
}

interface Variant {
  readonly recipe: TransformerRecipe;
  readonly changes: readonly string[];
}

function withBase(recipe: TransformerRecipe, base: BaseDType | undefined): Variant {
  const { lora } = recipe;
  const adapters = lora ?? { rank: SUGGESTED_RANK, alpha: 2 * SUGGESTED_RANK, targets: [...ADAPTER_TARGETS] };
  const settings = [...(lora ? [] : [`rank: ${SUGGESTED_RANK}`]), ...(base ? [`base: ${base}`] : [])];
  return { recipe: { ...recipe, lora: { ...adapters, base } }, changes: [`lora: { ${settings.join(", ")} }`] };
}

function recomputing({ recipe, changes }: Variant): Variant {
  if (recipe.recomputation) return { recipe, changes };
  return { recipe: { ...recipe, recomputation: true }, changes: [...changes, "recomputation: true"] };
}

/** One row at a time, by as many parts of a step. */
function oneRow({ recipe, changes }: Variant): Variant {
  if (recipe.objective === "unigrpo") {
    const { batch, rollouts } = recipe;
    const smaller = { ...recipe, batch: { ...batch, rows: 1 }, rollouts: { ...rollouts, maxBatch: 1 } };
    const said = [
      ...(batch.rows > 1 ? ["batch.rows: 1"] : []),
      ...(rollouts.maxBatch > 1 ? ["rollouts.maxBatch: 1"] : []),
    ];
    return { recipe: smaller, changes: [...changes, ...said] };
  }
  const { rows, accumulation } = recipe.batch;
  if (accumulation >= rows) return { recipe, changes };
  const batch = { ...recipe.batch, accumulation: rows };
  return { recipe: { ...recipe, batch }, changes: [...changes, `batch.accumulation: ${rows}`] };
}
