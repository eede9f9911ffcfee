/** From a request's options and a model's defaults to the settings of the sampler; what neither says follows from what they do. */
import { MAX_STEPS } from "../diffusion/blocks.js";
import type { SamplerSettings } from "../diffusion/canvas.js";
import { maskSchedules } from "../diffusion/mask-schedule.js";
import { OptionError, type ResolvedOptions, type SamplingOptions, type TextOptions } from "./options.js";
import type { TaskDefaults } from "./task-defaults.js";

/** The sampler's settings for an answer of masks; what is left out follows from what is given. */
export function textSettings(
  options: TextOptions,
  defaults: TaskDefaults["text"],
): { genLength: number; settings: SamplerSettings } {
  const genLength = options.genLength ?? defaults.genLength;
  const blockLength = Math.min(options.blockLength ?? blockLengthFor(genLength, options.steps, defaults), genLength);
  const numBlocks = Math.ceil(genLength / blockLength);
  const planned = (genLength * defaults.steps) / defaults.genLength;
  const steps = options.steps ?? numBlocks * Math.max(1, Math.round(planned / numBlocks));
  if (steps % numBlocks !== 0) {
    const [below, above] = [Math.floor(steps / numBlocks), Math.ceil(steps / numBlocks)].map((n) => n * numBlocks);
    throw new OptionError(
      `${steps} steps cannot be shared out evenly among ${numBlocks} blocks (genLength ${genLength}, blockLength ${blockLength}); take ${below > 0 ? `${below} or ` : ""}${above} steps`,
    );
  }
  return { genLength, settings: { ...samplerSettings(options, defaults), steps, blockLength, isStoppedAtEnd: true } };
}

/** The model's block length, or the next larger one whose blocks can share the steps that are asked for. */
function blockLengthFor(genLength: number, steps: number | undefined, { blockLength }: TaskDefaults["text"]): number {
  const numBlocks = Math.ceil(genLength / blockLength);
  // So many are refused later on, and are not to be counted through.
  if (steps === undefined || Math.min(numBlocks, steps) > MAX_STEPS) return blockLength;
  if (steps % numBlocks === 0) return blockLength;
  for (let count = Math.min(numBlocks, steps); count > 1; count--) {
    const length = Math.ceil(genLength / count);
    if (steps % Math.ceil(genLength / length) === 0) return length;
  }
  return genLength;
}

/** The sampler's settings for filling `numMasked` places that are not an answer: a picture, a region, gaps in a text. */
export function fillSettings(
  options: TextOptions,
  defaults: ResolvedOptions<SamplingOptions>,
  numMasked: number,
): SamplerSettings {
  const steps = options.steps ?? Math.max(1, Math.min(defaults.steps, numMasked));
  return { ...samplerSettings(options, defaults), steps, blockLength: options.blockLength };
}

function samplerSettings(options: TextOptions, defaults: ResolvedOptions<SamplingOptions>): SamplerSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { steps, remasking, maskSchedule, temperature, choiceTemperature, ...rest } = {
    ...defaults,
    ...given,
  } as ResolvedOptions<SamplingOptions> & Pick<TextOptions, "endOfText">;
  return {
    steps,
    remasking,
    schedule: typeof maskSchedule === "string" && maskSchedule !== "even" ? maskSchedules[maskSchedule] : maskSchedule,
    temperature,
    choiceTemperature,
    choiceAnnealing: rest.choiceAnnealing,
    guidanceScale: rest.guidanceScale,
    endOfText: rest.endOfText,
    // Steps that a request asks for are meant: a threshold that the model brings would make them another number.
    confidenceThreshold:
      options.confidenceThreshold ?? (options.steps === undefined ? defaults.confidenceThreshold : undefined),
  };
}
