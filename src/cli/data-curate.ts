/** `mmada data curate`: reasoning traces from a model's answers to questions whose answers are known. */
import { Command, InvalidArgumentError, Option } from "commander";
import { BUNDLED_MODEL } from "../tasks/bundled-model-node.js";
import { type CurateOptions, curate } from "./curation-run.js";
import { withDataSource } from "./data-source.js";
import { UsageError, withInterrupt } from "./exit.js";
import { parseCount, parseSeed, withDevice, withJson } from "./model-options.js";
import { refuseOptions } from "./stray-options.js";

/** Tokens that an endpoint may answer with, unless it is told: it may know no bound. */
const ENDPOINT_LENGTH = 512;

const VERIFIERS = ["math", "numeric", "exact", "choice"] as const;

export function dataCurateCommand(): Command {
  const number = (value: string) => {
    const parsed = Number(value);
    if (value.trim() !== "" && parsed > 0) return parsed;
    throw new InvalidArgumentError("It must be a number above 0.");
  };
  const share = (value: string) => {
    if (number(value) <= 1) return Number(value);
    throw new InvalidArgumentError("It must be above 0 and at most 1.");
  };
  const timesMore = (value: string) => {
    if (number(value) >= 1) return Number(value);
    throw new InvalidArgumentError("It must be 1 or more.");
  };
  const command = new Command("curate")
    .description("ask a model questions with known answers and keep the reasoning that leads to them")
    .argument("<file>", "questions with answers, as any file of examples")
    .requiredOption("--output <file>", "JSONL of the traces kept; the attempts are kept beside it in FILE.attempts")
    .addOption(new Option("--model <path or id>", "the model that is asked").default(BUNDLED_MODEL, "the bundled one"))
    .option("--endpoint <url>", "instead: an OpenAI-compatible address, up to /v1", parseAddress)
    .option("--endpoint-model <name>", "what the model is called there")
    .option("--api-key-env <name>", "environment variable that holds the key for it", "OPENAI_API_KEY")
    .addOption(
      new Option("--verify <how>", "how an answer is compared with the known one").choices(VERIFIERS).default("math"),
    )
    .option("--samples <number>", "attempts at a question", parseCount, 4)
    .option("--max-questions <number>", "ask the first so many alone", parseCount)
    .option("--temperature <number>", "at which answers are drawn", number, 0.8)
    .option(
      "--gen-length <number>",
      `tokens for reasoning and answer (default: as the model has it; ${ENDPOINT_LENGTH} at an endpoint)`,
      parseCount,
    )
    .option("--batch-size <number>", "questions under way at once", parseCount, 16)
    .option("--seed <number>", "of the first attempts; further ones count on from it", parseSeed, 0)
    .option("--keep <number>", "traces kept of a question", parseCount, 1)
    .option(
      "--max-similarity <number>",
      "share of three-word runs in common beyond which a trace is a near-duplicate",
      share,
      0.8,
    )
    .option("--max-imbalance <number>", "how many times the smallest task's traces another may have", timesMore, 4)
    .addHelpText(
      "after",
      `
Examples:
  mmada data curate train.jsonl --type gsm8k --output traces.jsonl --endpoint http://127.0.0.1:8000/v1 --endpoint-model qwen
  mmada data curate problems.yaml --output traces.jsonl --max-questions 500 --gen-length 96 --verify numeric

A second run goes on where the first stopped, and asks again what failed. Questions, model and settings must be the same; with another
--verify the answers that are there are verified anew. Exit code 1 where every attempt failed.`,
    );
  withJson(withDevice(withDataSource(command)));
  return command.action(async (file: string, options: CurateOptions, own: Command) => {
    if (options.endpoint === undefined) {
      refuseOptions(own, ["endpointModel", "apiKeyEnv"], "for an endpoint, which --endpoint gives");
      return withInterrupt((signal) => curate(file, options, signal));
    }
    refuseOptions(own, ["model", "device"], "for a model here, in whose place --endpoint is asked");
    if (options.endpointModel === undefined)
      throw new UsageError("--endpoint needs --endpoint-model, what the model is called there");
    const { genLength = ENDPOINT_LENGTH } = options;
    return withInterrupt((signal) => curate(file, { ...options, genLength }, signal));
  });
}

function parseAddress(value: string): string {
  if (/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : "")) return value;
  throw new InvalidArgumentError("It must begin with http:// or https://.");
}
