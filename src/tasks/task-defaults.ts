/** What is used where a request says nothing: the defaults that a model brings in its `generation_config.json`, over the released ones. */
import { RELEASED_THINKING_PROMPTS, type ThinkingPrompts } from "../tokens/chat-template.js";
import {
  checkOptions,
  OPTION_RULES,
  OptionError,
  type ResolvedOptions,
  type SamplingOptions,
  show,
  type TextOptions,
  wholeFrom,
} from "./options.js";

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
  /** What is asked about a picture where nothing is. */
  readonly descriptionQuestion: string;
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
  descriptionQuestion: "Please describe this image in detail.",
};

/**
 * The defaults of a model.
 * @param json its parsed `generation_config.json`: sections `text` and `image` with options by name, `thinking`, `description` and `conversation`; other keys are not ours
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
    descriptionQuestion: parseDescription(sectionOf(json, "description", origin), origin),
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

/** The section `description`: {"question": "Describe the picture."} */
function parseDescription(given: Record<string, unknown>, origin: string): string {
  const { question = RELEASED_DEFAULTS.descriptionQuestion, ...others } = given;
  if (Object.keys(others).length === 0 && typeof question === "string" && question !== "") return question;
  throw new OptionError(`${origin}, "description": takes question (a text), got ${JSON.stringify(given)}`);
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
  const isEndMet = endOfText === undefined || OPTION_RULES.text.endOfText.isMet(endOfText);
  const areTexts = typeof text === "string" && typeof image === "string";
  if (unknown.length > 0 || !areTexts || !wholeFrom(1).isMet(ownLength) || !isEndMet) {
    throw new OptionError(
      `${origin}, "thinking": takes length (${wholeFrom(1).text}), textPrompt and imagePrompt (texts) and endOfText (${OPTION_RULES.text.endOfText.text}), got ${JSON.stringify(given)}`,
    );
  }
  return {
    prompts: { text, image },
    length: ownLength as number,
    ...(endOfText === undefined ? {} : { endOfText: endOfText as TextOptions["endOfText"] }),
  };
}
