/** `mmada download`: a model of the Hub, with its image tokenizer, into the cache of the Hugging Face tools. */
import { Command } from "commander";
import { withInterrupt } from "../exit.js";
import { findModelFiles, withJson } from "../model-options.js";

interface DownloadOptions {
  readonly revision?: string;
  readonly imageTokenizer?: string | false;
  readonly json?: boolean;
}

export function downloadCommand(): Command {
  const command = new Command("download")
    .description("download a model of the Hugging Face Hub, and the image tokenizer that goes with it")
    .argument("<id>", "owner/name")
    .option("--revision <name>", "branch, tag or commit (default: main)")
    .option("--image-tokenizer <path or id>", "another image tokenizer than the model's own")
    .option("--no-image-tokenizer", "the model alone")
    .addHelpText(
      "after",
      `
A download that stops goes on where it was when it is started again. Files lie where other Hugging Face tools look for them.
Variables: HF_HOME, HF_HUB_CACHE (where), HF_TOKEN (for private and gated models), HF_ENDPOINT, HF_HUB_OFFLINE.

Examples:
  mmada download Gen-Verse/MMaDA-8B-MixCoT
  HF_HOME=/data/huggingface mmada download Gen-Verse/MMaDA-8B-Base --revision main`,
    );
  return withJson(command).action(async (id: string, { revision, imageTokenizer, json }: DownloadOptions) => {
    await withInterrupt(async (signal) => {
      const files = await findModelFiles(id, {
        revision,
        imageTokenizer,
        signal,
      });
      if (json) console.log(JSON.stringify(files));
      else console.log([files.directory, files.imageTokenizer].filter((path) => path !== undefined).join("\n"));
    });
  });
}
