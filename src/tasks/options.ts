/**
 * Options of the tasks: their names, what values they may have, and the defaults that a model brings in its
 * `generation_config.json`. What the sampler makes of them: `sampler-settings.ts`.
 */
import { MAX_STEPS } from "../diffusion/blocks.js";
import type { Remasking, SamplerSettings } from "../diffusion/canvas.js";
import { type MaskSchedule, type MaskScheduleName, maskSchedules } from "../diffusion/mask-schedule.js";
import { RELEASED_THINKING_PROMPTS, type ThinkingPrompts } from "../tokens/chat-template.js";

/** An option, or a request, that cannot be met: says what was given and what would do. */
export class OptionError extends RangeError {
  override readonly name = "OptionError";
}

/** How masked places are filled; left out, as the model's `generation_config.json` says. */
export interface SamplingOptions {
  /** Evaluations of the network, in blocks the sum of all. Fewer are faster and less careful. */
  readonly steps?: number;
  /** What the most confident places are chosen by. */
  readonly remasking?: Remasking;
  /** How many places are revealed at each step: as many at each, or by a mask schedule, which may be a function of t. */
  readonly maskSchedule?: "even" | MaskScheduleName | MaskSchedule;
  /** Temperature at which tokens are drawn; 0 takes the best. */
  readonly temperature?: number;
  /** Noise on confidences, so that the order of revealing varies; 0 is none. */
  readonly choiceTemperature?: number;
  /** How that noise falls over the steps. */
  readonly choiceAnnealing?: "compound" | "linear";
  /** s of (1 + s)·conditional − s·unconditional; 0 is off, else a step costs two evaluations. */
  readonly guidanceScale?: number;
  /** Reveals all places that are surer than this, at least one, in place of a fixed number a step: (0, 1]. */
  readonly confidenceThreshold?: number;
  /** The same seed gives the same result; 0 by default. */
  readonly seed?: number;
}

export interface TextOptions extends SamplingOptions {
  /** Tokens of the canvas, the most that an answer can have. */
  readonly genLength?: number;
  /** Places filled before the next ones are begun, from left to right; as long as the canvas: all at once. */
  readonly blockLength?: number;
  /** When the end of a text may be revealed: `free`, as soon as it is sure; `last`, once nothing before it in its block is open. */
  readonly endOfText?: SamplerSettings["endOfText"];
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the generation between two steps. */
  readonly signal?: AbortSignal;
}

/** Options of which none is left out, but those without a default. */
export type ResolvedOptions<Options> = Required<Omit<Options, "confidenceThreshold" | "seed">> &
  Pick<SamplingOptions, "confidenceThreshold">;

/** What is used where a request says nothing. */
export interface TaskDefaults {
  readonly text: ResolvedOptions<TextOptions>;
  readonly image: ResolvedOptions<SamplingOptions>;
  /** How it is asked to think first, how many tokens that takes beyond those of an answer, and what `endOfText` is where it thinks. */
  readonly thinking: {
    readonly prompts: ThinkingPrompts;
    readonly length: number;
    readonly endOfText?: TextOptions["endOfText"];
  };
  /** The most turns of a conversation that the model has learnt to answer at the end of; left out, any number. */
  readonly maxTurns?: number;
}

/** The settings of the released demonstrations for text, and of the paper for pictures (arXiv 2505.15809). */
export const RELEASED_DEFAULTS: TaskDefaults = {
  text: {
    genLength: 256,
    blockLength: 64,
    steps: 128,
    remasking: "low-confidence",
    maskSchedule: "even",
    temperature: 0,
    choiceTemperature: 0,
    choiceAnnealing: "compound",
    guidanceScale: 0,
    endOfText: "free",
  },
  image: {
    steps: 50,
    remasking: "low-confidence",
    maskSchedule: "cosine",
    temperature: 1,
    choiceTemperature: 1,
    choiceAnnealing: "compound",
    guidanceScale: 3.5,
  },
  thinking: { prompts: RELEASED_THINKING_PROMPTS, length: 256 },
};

/** What values an option may have, and what it is for, in words: the command line is made from the same table. */
export interface OptionRule {
  readonly isMet: (value: unknown) => boolean;
  /** What `isMet` asks for. */
  readonly text: string;
  readonly isNumber: boolean;
  readonly summary: string;
}

type Values = Omit<OptionRule, "summary">;

const wholeFrom = (least: number, most = Number.MAX_SAFE_INTEGER): Values => ({
  isMet: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  text: `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}`,
  isNumber: true,
});
const oneOf = (...names: string[]): Values => ({
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
const scheduleName = oneOf("even", ...Object.keys(maskSchedules));

const SAMPLING_RULES: Record<keyof SamplingOptions, OptionRule> = {
  steps: { ...wholeFrom(1, MAX_STEPS), summary: "evaluations of the network; fewer are faster and less careful" },
  remasking: {
    ...oneOf("low-confidence", "margin", "entropy", "random", "halton"),
    summary: "what the places to be revealed are chosen by",
  },
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
  choiceAnnealing: { ...oneOf("compound", "linear"), summary: "how that noise falls over the steps" },
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
    ...oneOf("free", "last"),
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

/**
 * The defaults of a model.
 * @param json its parsed `generation_config.json`: sections `text` and `image` with options by name, `thinking` and `conversation`; other keys are not ours
 * @throws OptionError as `checkOptions`
 */
export function parseTaskDefaults(json: unknown, origin = "generation_config.json"): TaskDefaults {
  if (json !== undefined && !isRecord(json)) throw new OptionError(`${origin} must hold an object, got ${show(json)}`);
  const section = <Kind extends keyof typeof OPTION_RULES>(kind: Kind): TaskDefaults[Kind] => {
    const given = sectionOf(json, kind, origin);
    if ("seed" in given)
      throw new OptionError(
        `${origin}, "${kind}": every request has a seed of its own, 0 unless it says so: leave seed out`,
      );
    checkOptions(kind, given, [], `${origin}, "${kind}"`);
    return { ...RELEASED_DEFAULTS[kind], ...given };
  };
  return {
    text: section("text"),
    image: section("image"),
    thinking: parseThinking(sectionOf(json, "thinking", origin), origin),
    maxTurns: parseConversation(sectionOf(json, "conversation", origin), origin),
  };
}

/** A section of the settings; empty where there is none. @throws OptionError for what is no object */
function sectionOf(json: Record<string, unknown> | undefined, name: string, origin: string): Record<string, unknown> {
  const given = json?.[name] ?? {};
  if (isRecord(given)) return given;
  throw new OptionError(`${origin}: "${name}" must be an object, got ${show(given)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The section `conversation`: {"maxTurns": 1} */
function parseConversation(given: Record<string, unknown>, origin: string): number | undefined {
  const { maxTurns, ...others } = given;
  if (Object.keys(others).length === 0 && (maxTurns === undefined || wholeFrom(1).isMet(maxTurns)))
    return maxTurns as number | undefined;
  throw new OptionError(
    `${origin}, "conversation": takes maxTurns (${wholeFrom(1).text}), got ${JSON.stringify(given)}`,
  );
}

/** The section `thinking`: {"length": 64, "textPrompt": "Think first.", "imagePrompt": "Think first.", "endOfText": "last"} */
function parseThinking(given: Record<string, unknown>, origin: string): TaskDefaults["thinking"] {
  const { prompts, length } = RELEASED_DEFAULTS.thinking;
  const {
    length: ownLength = length,
    textPrompt: text = prompts.text,
    imagePrompt: image = prompts.image,
    endOfText,
    ...others
  } = given;
  const unknown = Object.keys(others);
  const isEndMet = endOfText === undefined || TEXT_RULES.endOfText.isMet(endOfText);
  const areTexts = typeof text === "string" && typeof image === "string";
  if (unknown.length > 0 || !areTexts || !wholeFrom(1).isMet(ownLength) || !isEndMet) {
    throw new OptionError(
      `${origin}, "thinking": takes length (${wholeFrom(1).text}), textPrompt and imagePrompt (texts) and endOfText (${TEXT_RULES.endOfText.text}), got ${JSON.stringify(given)}`,
    );
  }
  return {
    prompts: { text, image },
    length: ownLength as number,
    ...(endOfText === undefined ? {} : { endOfText: endOfText as TextOptions["endOfText"] }),
  };
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
