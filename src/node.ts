/**
 * What needs Node: data in files and folders, curation of data, checkpoints, runs by recipes and what they would take, pictures with captions.
 *
 * @packageDocumentation
 */

export { EndpointError } from "./curation/chat-endpoint.js";
export { type CurationReport, curate } from "./curation/curation-node.js";
export type { CurationOptions, CurationProgress, Verifier } from "./curation/options.js";
export type { TaskReport } from "./curation/selection.js";
export { type EmojiSourceOptions, emojiSource } from "./data/emoji-node.js";
export { imageFolderSource } from "./data/image-folder-node.js";
export { type FileSourceOptions, jsonlSource } from "./data/jsonl-node.js";
export { type ParquetSourceOptions, parquetSource } from "./data/parquet-node.js";
export { type OpenSourceContext, openSource, type SourceConfig } from "./data/sources-node.js";
export { webDatasetSource } from "./data/webdataset-node.js";
export { contactSheet } from "./images/captions-node.js";
export type { SheetCell, SheetOptions } from "./images/sheet.js";
export type { Reward, RolloutForReward } from "./rewards/reward.js";
export { type DryRun, type DryRunOptions, dryRun } from "./runs/dry-run-node.js";
export type { MeasuredSpeed } from "./runs/measure-step.js";
export { parseRunRecipe as parseRecipe, type RunRecipe as Recipe } from "./runs/recipes.js";
export type { Alternative } from "./runs/run-alternatives.js";
export type { RunCost, RunMemory } from "./runs/run-cost.js";
export { runRecipe } from "./runs/run-node.js";
export { BUNDLED_MODEL } from "./tasks/bundled-model-node.js";
export { OutputError } from "./tasks/results-file-node.js";
export {
  type Checkpoint,
  CheckpointError,
  type CheckpointPlace,
  listCheckpoints,
  loadCheckpoint,
  loadLatestCheckpoint,
  type SaveCheckpointOptions,
  saveCheckpoint,
} from "./training/checkpoint-node.js";
export { RecipeError } from "./training/recipe.js";
export { RunLockError } from "./training/run-lock-node.js";
export type { RunEvent, RunOptions } from "./training/run-node.js";
export type { SampleAnswer, Validation } from "./training/stage.js";
