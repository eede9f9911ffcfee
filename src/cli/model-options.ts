/** Options that several commands share. */
import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import { type LoadedModel, MMaDA } from "../tasks/model.js";

/** The model that comes with the package. */
export const BUNDLED_MODEL = fileURLToPath(new URL("../../models/mini", import.meta.url));

export interface ModelOptions {
  readonly model: string;
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
  readonly seed?: number;
  readonly steps?: number;
  readonly temperature?: number;
  readonly guidanceScale?: number;
  readonly json?: boolean;
}

/** A number on the command line. */
export function parseNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) throw new InvalidArgumentError(`"${value}" is no number.`);
  return number;
}

/** Adds the options that choose a model and how it samples. */
export function withModelOptions(command: Command): Command {
  return command
    .option("--model <directory>", "model directory in the Hugging Face layout", BUNDLED_MODEL)
    .option("--device <name>", "auto, cpu, webgpu or cuda", "auto")
    .option("--seed <number>", "the same seed gives the same result", parseNumber)
    .option("--steps <number>", "denoising steps", parseNumber)
    .option("--temperature <number>", "temperature at which tokens are drawn; 0 takes the best", parseNumber)
    .option("--guidance-scale <number>", "classifier-free guidance; 0 is off", parseNumber)
    .option("--json", "print the result as JSON");
}

/** The sampler's part of the options. */
export function samplingOf({ seed, steps, temperature, guidanceScale }: ModelOptions) {
  return { seed, steps, temperature, guidanceScale };
}

/** Runs with a model that is disposed of afterwards; Ctrl-C ends the generation between two steps. */
export async function withModel<T>(
  options: ModelOptions,
  use: (model: LoadedModel, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error("stopped"));
  process.once("SIGINT", stop);
  const model = await MMaDA.fromPretrained(options.model, { device: options.device });
  try {
    return await use(model, controller.signal);
  } finally {
    process.off("SIGINT", stop);
    await model.dispose();
  }
}
