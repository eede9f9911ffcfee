/** The stage of every recipe whose batches come of data alone. */
import { startBatchThreads } from "./batch-threads-node.js";
import { openClipTraining } from "./clip-stage-node.js";
import { openImageTokenizerTraining } from "./image-tokenizer-stage-node.js";
import { openMaskedDiffusion } from "./masked-diffusion-stage-node.js";
import type { Recipe } from "./recipe.js";
import type { Stage, StageContext } from "./stage.js";

/** A new objective is a case here. @throws what is wrong with the directories that the recipe names */
export function openStage(recipe: Recipe, context: StageContext): Promise<Stage> {
  switch (recipe.objective) {
    case "masked-diffusion":
      return openMaskedDiffusion(recipe, context);
    case "image-tokenizer":
      return openImageTokenizerTraining(recipe, context);
    case "clip":
      return openClipTraining(recipe, context);
    default:
      return recipe satisfies never;
  }
}

/** The same, with threads that make its batches ahead. */
export async function openStageWithThreads(recipe: Recipe, context: StageContext, numThreads: number): Promise<Stage> {
  const stage = await openStage(recipe, context);
  const { directory, output, onSkip } = context;
  const open: { dispose(): Promise<void> }[] = [];
  return {
    ...stage,
    async openBatches(startStep, position) {
      const threads = startBatchThreads({ recipe, directory, output, startStep, position, numThreads, onSkip });
      open.push(threads);
      return threads;
    },
    async dispose() {
      for (const threads of open) await threads.dispose();
      await stage.dispose();
    },
  };
}
