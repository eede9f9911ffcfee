/** `mmada merge`: a model with an adapter worked into its weights, as a model of its own. */
import { cp, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { Command, Option } from "commander";
import { loadAdapter } from "../../model/adapter-files.js";
import { loadTransformer } from "../../model/load-model.js";
import { layersOf, mergeAdapter } from "../../model/lora.js";
import { resolveModelFiles } from "../../tasks/model-files.js";
import { saveModelWeights } from "../../weights/model-weights.js";
import { UsageError, withInterrupt } from "../exit.js";
import { loadOptionsOf, type ModelOptions, withJson, withModelFiles } from "../model-options.js";

const DTYPES = ["float32", "float16", "bfloat16"] as const;

interface MergeOptions extends Omit<ModelOptions, "dtype"> {
  readonly output: string;
  readonly dtype: (typeof DTYPES)[number];
}

export function mergeCommand(): Command {
  const command = new Command("merge")
    .description("work a low-rank adapter into the model that it was trained on")
    .argument("<adapter>", "directory with adapter_model.safetensors and adapter_config.json, as PEFT writes them")
    .requiredOption("--output <directory>", "where the merged model is written")
    .addOption(new Option("--dtype <name>", "what its weights are saved as").choices(DTYPES).default("float16"))
    .addHelpText(
      "after",
      `
Examples:
  mmada merge runs/lora/adapter --output merged
  mmada merge my-adapter --model Gen-Verse/MMaDA-8B-Base --output merged --dtype bfloat16`,
    );
  withJson(withModelFiles(command));
  return command.action((adapter: string, { output, dtype, ...options }: MergeOptions) =>
    withInterrupt(async (signal) => {
      if (
        await stat(output).then(
          () => true,
          () => false,
        )
      )
        throw new UsageError(`${output} is there already`);
      const where = loadOptionsOf({ ...options, dtype: "float32" });
      const { directory, imageTokenizer } = await resolveModelFiles(options.model, { ...where, signal });
      const loaded = await loadAdapter(adapter);
      const { weights } = await loadTransformer(directory, { signal });
      const merged = mergeAdapter(weights, loaded);
      await cp(directory, output, { recursive: true, filter: (path) => !isWeights(path, directory) });
      if (imageTokenizer !== undefined && resolve(dirname(imageTokenizer)) !== resolve(directory))
        await cp(imageTokenizer, resolve(output, "image-tokenizer"), { recursive: true });
      await saveModelWeights(output, merged, { dtype });
      const numLayers = layersOf(loaded).length;
      console.log(
        options.json ? JSON.stringify({ output, numLayers, dtype }) : `${numLayers} layers merged: ${output}`,
      );
    }),
  );
}

/** The model's own weights; those of its image tokenizer stand in a folder below. */
function isWeights(path: string, directory: string): boolean {
  return (
    resolve(dirname(path)) === resolve(directory) && /\.(safetensors|safetensors\.index\.json)$/.test(basename(path))
  );
}
