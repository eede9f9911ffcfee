/** `mmada merge`: a model with an adapter, or with what training changed in another one, worked into its weights, as a model of its own. */
import { Command, InvalidArgumentError } from "commander";
import { loadAdapter } from "../../model/adapter-files.js";
import type { TransformerConfig } from "../../model/config.js";
import { loadTransformer } from "../../model/load-model.js";
import { layersOf, mergeAdapter } from "../../model/lora.js";
import { addChange } from "../../model/weight-change.js";
import type { WeightMap } from "../../model/weight-source.js";
import type { SavedDType } from "../../weights/model-weights.js";
import { checkIsNew, saveDerivedModel, savedDTypeOption } from "../derived-model.js";
import { UsageError, withInterrupt } from "../exit.js";
import { findModelFiles, loadOptionsOf, type ModelOptions, withJson, withModelFiles } from "../model-options.js";

interface MergeOptions extends Omit<ModelOptions, "dtype"> {
  readonly output: string;
  readonly since?: string;
  readonly share?: number;
  readonly dtype: SavedDType;
}

export function mergeCommand(): Command {
  const command = new Command("merge")
    .description("work a low-rank adapter, or what training changed in another model, into a model")
    .argument("<trained>", "directory of an adapter as PEFT writes it; with --since, of a model")
    .requiredOption("--output <directory>", "where the merged model is written")
    .option("--since <directory>", "the model that <trained> was before: what changed since then is added")
    .option("--share <number>", "with --since: how much of the change (default: 1, all of it)", parseShare)
    .addOption(savedDTypeOption())
    .addHelpText(
      "after",
      `
Examples:
  mmada merge runs/lora/adapter --output merged
  mmada merge my-adapter --model Gen-Verse/MMaDA-8B-Base --output merged --dtype bfloat16
  mmada merge models/mini --since models/stage2 --model my-stage2 --output merged`,
    );
  withJson(withModelFiles(command));
  return command.action((trained: string, { output, since, share, dtype, ...options }: MergeOptions) =>
    withInterrupt(async (signal) => {
      await checkIsNew(output, options);
      if (since === undefined && share !== undefined) throw new UsageError("--share goes with --since");
      const where = loadOptionsOf({ ...options, dtype: "float32" });
      const { directory, imageTokenizer } = await findModelFiles(options.model, { ...where, signal });
      const { merged, what } =
        since === undefined
          ? await withAdapter(directory, trained, signal)
          : await withChange(directory, { trained, since, share, signal });
      await saveDerivedModel(output, merged, { directory, imageTokenizer, dtype, signal });
      console.log(options.json ? JSON.stringify({ output, ...what, dtype }) : `${wordsFor(what)} merged: ${output}`);
    }),
  );
}

/** Merged weights, and how much there was to merge. */
interface Merged {
  readonly merged: WeightMap;
  readonly what: { readonly numLayers: number } | { readonly numWeights: number };
}

/** The adapter first: it is small, and the path that may be mistyped. */
async function withAdapter(model: string, trained: string, signal: AbortSignal): Promise<Merged> {
  const adapter = await loadAdapter(trained);
  const { weights } = await loadTransformer(model, { signal });
  return { merged: mergeAdapter(weights, adapter), what: { numLayers: layersOf(adapter).length } };
}

interface Change {
  readonly trained: string;
  readonly since: string;
  readonly share: number | undefined;
  readonly signal: AbortSignal;
}

async function withChange(directory: string, { trained, since, share, signal }: Change): Promise<Merged> {
  const model = await loadTransformer(directory, { signal });
  const [before, after] = [await loadTransformer(since, { signal }), await loadTransformer(trained, { signal })];
  checkAlike(model.config, before.config, since);
  checkAlike(model.config, after.config, trained);
  const merged = addChange(model.weights, { before: before.weights, after: after.weights }, share);
  return { merged, what: { numWeights: merged.size } };
}

/** Weights of networks that compute with them otherwise cannot be added, even where their shapes are the same. @throws UsageError */
function checkAlike(config: TransformerConfig, other: TransformerConfig, directory: string): void {
  const names = (Object.keys(config) as (keyof typeof config)[]).filter((name) => name !== "maxSequenceLength");
  const differing = names.filter((name) => config[name] !== other[name]);
  if (differing.length === 0) return;
  const all = differing.map((name) => `${name} ${other[name]}, not ${config[name]}`);
  throw new UsageError(`${directory} is another network than the model that its change is added to: ${all.join("; ")}`);
}

function wordsFor(what: Merged["what"]): string {
  return "numLayers" in what ? `${what.numLayers} layers` : `changes of ${what.numWeights} weights`;
}

function parseShare(value: string): number {
  const share = Number(value);
  if (value.trim() === "" || !Number.isFinite(share)) throw new InvalidArgumentError("It must be a number.");
  return share;
}
