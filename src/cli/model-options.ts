/** Options that several commands share, and the model that they choose. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { FIT_MODES, type FitMode } from "../images/preprocess.js";
import { BUNDLED_MODEL } from "../tasks/bundled-model-node.js";
import { COMPUTE_DTYPES, type ComputeDType, type LoadedModel, type LoadOptions, MMaDA } from "../tasks/model.js";
import { type ModelFiles, type ModelFilesOptions, resolveModelFiles } from "../tasks/model-files.js";
import { OPTION_RULES, type OptionRule, type TextOptions } from "../tasks/options.js";
import { THINKING_OPTIONS, type ThinkingOptions } from "../tasks/thinking.js";
import { withInterrupt } from "./exit.js";
import { downloadStatus, statusLine } from "./progress.js";

const DEVICES = ["auto", "cpu", "webgpu", "cuda"] as const;
export type NodeDevice = (typeof DEVICES)[number];

export interface ModelOptions {
  readonly model: string;
  readonly revision?: string;
  /** `false` after `--no-image-tokenizer`, absent where nothing was said. */
  readonly imageTokenizer?: string | false;
  readonly device: NodeDevice;
  readonly dtype: ComputeDType;
  readonly adapter?: string;
  readonly json?: boolean;
}

export function withDevice(command: Command): Command {
  return command.addOption(new Option("--device <name>", "where it runs").choices(DEVICES).default("auto"));
}

export function withJson(command: Command): Command {
  return command.option("--json", "print the result as JSON, for machines");
}

/** Adds the options that say which files a model is made of. */
export function withModelFiles(command: Command): Command {
  return command
    .addOption(
      new Option("--model <path or id>", "directory in the Hugging Face layout, or owner/name on the Hub").default(
        BUNDLED_MODEL,
        "the bundled one",
      ),
    )
    .option("--revision <name>", "branch, tag or commit on the Hub (default: main)")
    .option("--image-tokenizer <path or id>", "image tokenizer, where it is not the model's own")
    .option("--no-image-tokenizer", "text alone");
}

/** Adds the options that choose a model and what it runs on. */
export function withModelOptions(command: Command): Command {
  withDevice(withModelFiles(command));
  command.option("--adapter <directory>", "low-rank adapter in PEFT's layout, worked into the weights");
  command.addOption(new Option("--dtype <name>", "what it computes in").choices(COMPUTE_DTYPES).default("float32"));
  return withJson(command);
}

/** Adds the sampler's settings, from the table that requests are checked against. */
export function withSamplingOptions(command: Command, kind: keyof typeof OPTION_RULES, except: readonly string[] = []) {
  for (const [name, rule] of Object.entries(OPTION_RULES[kind])) {
    if (except.includes(name)) continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const [placeholder, summary] = rule.isNumber ? ["number", rule.summary] : ["name", `${rule.summary}: ${rule.text}`];
    command.option(`${flag} <${placeholder}>`, summary, (value) => parseValue(value, rule));
  }
  return command;
}

/** Adds whether to think first, and for how long. */
export function withThinking(command: Command): Command {
  return command
    .option("--thinking", "reason first, then answer or draw")
    .option("--thinking-length <number>", "with --thinking: the most tokens of reasoning", parseCount);
}

/** A whole number from 1. */
export function parseCount(value: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

export function parseSeed(value: string): number {
  return parseValue(value, OPTION_RULES.image.seed) as number;
}

/** A value by the rule that the library has for it. */
export function parseValue(value: string, { isMet, isNumber, text }: Omit<OptionRule, "summary">): string | number {
  const parsed = isNumber && value.trim() !== "" ? Number(value) : value;
  if (!isMet(parsed)) throw new InvalidArgumentError(`It must be ${text}.`);
  return parsed;
}

/** The sampler's part of what was given, and whether to think first. Settings of pictures are settings of texts too. */
export function samplingOf(options: object, kind: keyof typeof OPTION_RULES): TextOptions & ThinkingOptions {
  const isWanted = (name: string) => name in OPTION_RULES[kind] || THINKING_OPTIONS.some((option) => option === name);
  return Object.fromEntries(Object.entries(options).filter(([name]) => isWanted(name)));
}

export interface FitOptions {
  readonly fit?: FitMode;
}

export function withFit(command: Command): Command {
  return command.addOption(
    new Option("--fit <how>", "how pictures are made square (default: crop)").choices(FIT_MODES),
  );
}

/** The same in the words of the API. */
export function loadOptionsOf({
  revision,
  imageTokenizer,
  device,
  dtype,
  adapter,
}: Omit<ModelOptions, "model">): LoadOptions {
  return { revision, imageTokenizer, device, dtype, adapter };
}

/** The directories of a model, downloaded first if need be, which is shown. @throws as `resolveModelFiles` */
export async function findModelFiles(model: string, options: ModelFilesOptions): Promise<ModelFiles> {
  const status = statusLine();
  return resolveModelFiles(model, { ...options, onProgress: downloadStatus(status) }).finally(status.clear);
}

/** Runs with a model that is disposed of afterwards; Ctrl-C ends the download, the loading, or the generation between two steps. */
export function withModel<T>(
  options: ModelOptions,
  use: (model: LoadedModel, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withInterrupt((signal) => withLoadedModel(options, signal, (model) => use(model, signal)));
}

/** The same within work that listens for Ctrl-C itself. @throws the signal's reason when it is aborted while the model is loaded */
export async function withLoadedModel<T>(
  options: ModelOptions,
  signal: AbortSignal,
  use: (model: LoadedModel) => Promise<T>,
): Promise<T> {
  const status = statusLine();
  const onProgress = downloadStatus(status);
  const loading = MMaDA.fromPretrained(options.model, { ...loadOptionsOf(options), onProgress, signal });
  const model = await loading.finally(status.clear);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}
