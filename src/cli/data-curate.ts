/** `mmada data curate`: reasoning traces from a model's answers to questions whose answers are known. */
import { Command, InvalidArgumentError, Option } from "commander";
import {
  CURATION_DEFAULTS,
  CURATION_RULES,
  type CurationOptions,
  ENDPOINT_LENGTH,
  VERIFIERS,
} from "../curation/options.js";
import { BUNDLED_MODEL } from "../tasks/bundled-model-node.js";
import { runCuration } from "./curation-run.js";
import { type DataSourceOptions, withDataSource } from "./data-source.js";
import { UsageError, withInterrupt } from "./exit.js";
import { parseValue, withDevice, withJson } from "./model-options.js";
import { refuseOptions } from "./stray-options.js";

/** What is typed: options of the library, most of them. */
interface CurateFlags extends Omit<CurationOptions, "maxPerQuestion">, DataSourceOptions {
  readonly endpointModel?: string;
  readonly apiKeyEnv: string;
  readonly keep: number;
  readonly json?: boolean;
}

const { verify, samples, temperature, batchSize, seed, maxPerQuestion, maxSimilarity, maxImbalance } =
  CURATION_DEFAULTS;

/** Reads a value by the rule that the library has for an option. */
const by = (name: keyof typeof CURATION_RULES) => (value: string) => parseValue(value, CURATION_RULES[name]);

export function dataCurateCommand(): Command {
  const command = new Command("curate")
    .description("ask a model questions with known answers and keep the reasoning that leads to them")
    .argument("<file>", "questions with answers, as any file of examples")
    .requiredOption("--output <file>", "JSONL of the traces kept; the attempts are kept beside it in FILE.attempts")
    .addOption(new Option("--model <path or id>", "the model that is asked").default(BUNDLED_MODEL, "the bundled one"))
    .option("--endpoint <url>", "instead: an OpenAI-compatible address, up to /v1", parseAddress)
    .option("--endpoint-model <name>", "what the model is called there")
    .option("--api-key-env <name>", "environment variable that holds the key for it", "OPENAI_API_KEY")
    .addOption(
      new Option("--verify <how>", "how an answer is compared with the known one").choices(VERIFIERS).default(verify),
    )
    .option("--samples <number>", "attempts at a question", by("samples"), samples)
    .option("--max-questions <number>", "ask the first so many alone", by("maxQuestions"))
    .option("--temperature <number>", "at which answers are drawn", by("temperature"), temperature)
    .option(
      "--gen-length <number>",
      `tokens for reasoning and answer (default: as the model has it; ${ENDPOINT_LENGTH} at an endpoint)`,
      by("genLength"),
    )
    .option("--batch-size <number>", "questions under way at once", by("batchSize"), batchSize)
    .option("--seed <number>", "of the first attempts; further ones count on from it", by("seed"), seed)
    .option("--keep <number>", "traces kept of a question", by("maxPerQuestion"), maxPerQuestion)
    .option(
      "--max-similarity <number>",
      "share of three-word runs in common beyond which a trace is a near-duplicate",
      by("maxSimilarity"),
      maxSimilarity,
    )
    .option(
      "--max-imbalance <number>",
      "how many times the smallest task's traces another may have",
      by("maxImbalance"),
      maxImbalance,
    )
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
  return command.action(async (file: string, flags: CurateFlags, own: Command) => {
    const { type, imageDirectory, endpointModel, apiKeyEnv, keep, json, ...rest } = flags;
    const run = (asked: Partial<CurationOptions>) =>
      withInterrupt((signal) => {
        const options = { ...rest, ...asked, maxPerQuestion: keep, signal };
        return runCuration({ file, source: { type, imageDirectory }, options, json });
      });
    if (flags.endpoint === undefined) {
      refuseOptions(own, ["endpointModel", "apiKeyEnv"], "for an endpoint, which --endpoint gives");
      return run({});
    }
    refuseOptions(own, ["model", "device"], "for a model here, in whose place --endpoint is asked");
    if (endpointModel === undefined)
      throw new UsageError("--endpoint needs --endpoint-model, what the model is called there");
    return run({ model: endpointModel, apiKey: process.env[apiKeyEnv] });
  });
}

function parseAddress(value: string): string {
  if (/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : "")) return value;
  throw new InvalidArgumentError("It must begin with http:// or https://.");
}
