/**
 * Options of the tasks: their names, and what values they may have. What a model says where a request does not: `task-defaults.ts`; what the
 * sampler makes of them: `sampler-settings.ts`.
 */
import { MAX_STEPS } from "../diffusion/blocks.js";
import {
  CHOICE_ANNEALINGS,
  ENDS_OF_TEXT,
  REMASKINGS,
  type Remasking,
  type SamplerSettings,
} from "../diffusion/canvas.js";
import { type MaskSchedule, type MaskScheduleName, maskSchedules } from "../diffusion/mask-schedule.js";

/** An option, or a request, that cannot be met: says what was given and what would do. */
export class OptionError extends RangeError {
  override readonly name = "OptionError";
}

/** How masked places are filled; left out, as the model's `generation_config.json` says. */
export interface SamplingOptions {
  /** Evaluations of the network, in blocks the sum of all. Fewer are faster and less careful. */
  readonly steps?: number | undefined;
  /** What the most confident places are chosen by. */
  readonly remasking?: Remasking | undefined;
  /** How many places are revealed at each step: as many at each, or by a mask schedule, which may be a function of t. */
  readonly maskSchedule?: "even" | MaskScheduleName | MaskSchedule | undefined;
  /** Temperature at which tokens are drawn; 0 takes the best. */
  readonly temperature?: number | undefined;
  /** Noise on confidences, so that the order of revealing varies; 0 is none. */
  readonly choiceTemperature?: number | undefined;
  /** How that noise falls over the steps. */
  readonly choiceAnnealing?: SamplerSettings["choiceAnnealing"] | undefined;
  /** s of (1 + s)·conditional − s·unconditional; 0 is off, else a step costs two evaluations. */
  readonly guidanceScale?: number | undefined;
  /** Reveals all places that are surer than this, at least one, in place of a fixed number a step: (0, 1]. */
  readonly confidenceThreshold?: number | undefined;
  /** The same seed gives the same result; 0 by default. */
  readonly seed?: number | undefined;
}

export interface TextOptions extends SamplingOptions {
  /** Tokens of the canvas, the most that an answer can have. */
  readonly genLength?: number | undefined;
  /** Places filled before the next ones are begun, from left to right; as long as the canvas: all at once. */
  readonly blockLength?: number | undefined;
  /** When the end of a text may be revealed: `free`, as soon as it is sure; `last`, once nothing before it in its block is open. */
  readonly endOfText?: SamplerSettings["endOfText"] | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the generation between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of which none is left out, but those without a default. */
export type ResolvedOptions<Options> = {
  readonly [Name in Exclude<keyof Options, "confidenceThreshold" | "seed">]-?: Exclude<Options[Name], undefined>;
} & Pick<SamplingOptions, "confidenceThreshold">;

/** What values an option may have, and what it is for, in words: the command line is made from the same table. */
export interface OptionRule {
  readonly isMet: (value: unknown) => boolean;
  /** What `isMet` asks for. */
  readonly text: string;
  readonly isNumber: boolean;
  readonly summary: string;
}

type Values = Omit<OptionRule, "summary">;

/** A whole number from `least` on. */
export const wholeFrom = (least: number, most = Number.MAX_SAFE_INTEGER): Values => ({
  isMet: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  text: `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}`,
  isNumber: true,
});
const oneOf = (names: readonly string[]): Values => ({
  isMet: (value) => names.includes(value as string),
  text: `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`,
  isNumber: false,
});
const numberFrom0: Values = {
  isMet: (value) => Number.isFinite(value) && (value as number) >= 0,
  text: "a number from 0",
  isNumber: true,
};
/** What float32 bears: logits are multiplied by it. */
const guidance: Values = {
  isMet: (value) => numberFrom0.isMet(value) && (value as number) <= 1e6,
  text: "a number from 0 to 1000000",
  isNumber: true,
};
const scheduleName = oneOf(["even", ...Object.keys(maskSchedules)]);

const SAMPLING_RULES: Record<keyof SamplingOptions, OptionRule> = {
  steps: { ...wholeFrom(1, MAX_STEPS), summary: "evaluations of the network; fewer are faster and less careful" },
  remasking: { ...oneOf(REMASKINGS), summary: "what the places to be revealed are chosen by" },
  maskSchedule: {
    ...scheduleName,
    isMet: (value) => typeof value === "function" || scheduleName.isMet(value),
    summary: "how many places are revealed at each step",
  },
  temperature: { ...numberFrom0, summary: "temperature at which tokens are drawn; 0 takes the best" },
  choiceTemperature: {
    ...numberFrom0,
    summary: "noise on the confidences that the order of revealing goes by; 0 is none",
  },
  choiceAnnealing: { ...oneOf(CHOICE_ANNEALINGS), summary: "how that noise falls over the steps" },
  guidanceScale: { ...guidance, summary: "classifier-free guidance; 0 is off, else a step costs two evaluations" },
  confidenceThreshold: {
    isMet: (value) => typeof value === "number" && value > 0 && value <= 1,
    text: "a number above 0, at most 1",
    isNumber: true,
    summary: "reveals all places surer than this, in place of a fixed number a step",
  },
  seed: {
    isMet: (value) => Number.isSafeInteger(value),
    text: "a whole number",
    isNumber: true,
    summary: "the same seed gives the same result",
  },
};

const TEXT_RULES: Record<keyof TextOptions, OptionRule> = {
  ...SAMPLING_RULES,
  genLength: { ...wholeFrom(1), summary: "tokens of the answer's canvas, the most it can have" },
  blockLength: { ...wholeFrom(1), summary: "places filled before the next ones are begun, from left to right" },
  endOfText: {
    ...oneOf(ENDS_OF_TEXT),
    summary: "when a text may end: as soon as that is sure, or after all before it in the block",
  },
};

/** Options by what they are for: by name, in the order of a help page. */
export const OPTION_RULES = { text: TEXT_RULES, image: SAMPLING_RULES } as const;

/**
 * Checks the options of a request.
 * @param inputs other keys that the request may have
 * @throws OptionError listing every unknown key and every value that will not do
 */
export function checkOptions(
  kind: keyof typeof OPTION_RULES,
  options: object,
  inputs: readonly string[],
  origin = "the request",
): void {
  const rules: Readonly<Record<string, OptionRule>> = OPTION_RULES[kind];
  const faults = Object.entries(options).flatMap(([key, value]) => {
    if (inputs.includes(key) || value === undefined) return [];
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (!rule) return [`there is no option ${key}; there are ${[...inputs, ...Object.keys(rules)].join(", ")}`];
    return rule.isMet(value) ? [] : [`${key} must be ${rule.text}, got ${show(value)}`];
  });
  if (faults.length > 0) throw new OptionError(`${origin}: ${faults.join("; ")}`);
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
