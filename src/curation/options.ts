/** Options of a curation: what they are where nothing is said, and what values they may have. */
import type { LoadOptions } from "../tasks/model.js";
import { OPTION_RULES, OptionError, type OptionRule, show, wholeFrom } from "../tasks/options.js";

/** How answers may be compared with known ones: rewards, by their names. */
export const VERIFIERS = ["math", "numeric", "exact", "choice"] as const;

/** How answers are compared with known ones: the reward of that name. */
export type Verifier = (typeof VERIFIERS)[number];

/** Whom a curation asks, how and how often, what it keeps of the answers and where. */
export interface CurationOptions {
  /** Where the traces are written, JSONL. The attempts are kept beside it in `OUTPUT.attempts`, what came of them in `OUTPUT.report.json`. */
  readonly output: string;
  /** Who is asked: the path of a model or its id on the Hub, or what it is called at the endpoint. */
  readonly model: string;
  /** Where a model that is loaded here runs; `auto` by default. */
  readonly device?: LoadOptions["device"];
  /** An OpenAI-compatible address, up to `/v1`, which is asked in place of a model that is loaded here. */
  readonly endpoint?: string | undefined;
  /** The key for the endpoint. */
  readonly apiKey?: string | undefined;
  /** How answers are compared with the known ones; `math` by default. */
  readonly verify?: Verifier | undefined;
  /** Attempts at a question. Default 4. */
  readonly samples?: number | undefined;
  /** Asks the first so many alone. */
  readonly maxQuestions?: number | undefined;
  /** At which answers are drawn. Default 0.8. */
  readonly temperature?: number | undefined;
  /** Tokens for reasoning and answer; left out, as the model has it, within the room that it has, and 512 at an endpoint. */
  readonly genLength?: number | undefined;
  /** Questions under way at once. Default 16. */
  readonly batchSize?: number | undefined;
  /** Of the first attempts, 0 by default; further ones count on from it. */
  readonly seed?: number | undefined;
  /** Traces kept of a question. Default 1. */
  readonly maxPerQuestion?: number | undefined;
  /** Share of three-word runs in common beyond which a trace is a near-duplicate: (0, 1]. Default 0.8. */
  readonly maxSimilarity?: number | undefined;
  /** How many times the smallest task's traces another may have: from 1, Infinity leaves them as they are. Default 4. */
  readonly maxImbalance?: number | undefined;
  /** Stops the asking; the attempts that are there are kept. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every piece of a model of the Hub that is downloaded. */
  readonly onProgress?: LoadOptions["onProgress"];
  /** Told how far the asking is, before each batch. */
  readonly onAttempts?: ((progress: CurationProgress) => void) | undefined;
}

/** How far the asking is. */
export interface CurationProgress {
  /** Made or passed over, by earlier runs too. */
  readonly numDone: number;
  readonly numAttempts: number;
  readonly numRight: number;
}

/** What a curation is like where nothing is said. */
export const CURATION_DEFAULTS = {
  verify: "math",
  samples: 4,
  temperature: 0.8,
  batchSize: 16,
  seed: 0,
  maxPerQuestion: 1,
  maxSimilarity: 0.8,
  maxImbalance: 4,
} as const satisfies Partial<CurationOptions>;

/** Tokens that an endpoint may answer with, unless it is told: it may know no bound. */
export const ENDPOINT_LENGTH = 512;

/** Options of which those with a default are there. */
export type CurationSettings = CurationOptions & Required<Pick<CurationOptions, keyof typeof CURATION_DEFAULTS>>;

type Rule = Omit<OptionRule, "summary">;

const count = wholeFrom(1);
const number = (text: string, isMet: (value: number) => boolean): Rule => ({
  isMet: (value) => typeof value === "number" && isMet(value),
  text,
  isNumber: true,
});

/** What values options may have: the command line reads them by the same rules. */
export const CURATION_RULES = {
  verify: {
    isMet: (value) => VERIFIERS.includes(value as Verifier),
    text: `one of ${VERIFIERS.map(show).join(", ")}`,
    isNumber: false,
  },
  samples: count,
  maxQuestions: count,
  temperature: number("a number above 0", (value) => value > 0 && value < Number.POSITIVE_INFINITY),
  genLength: count,
  batchSize: count,
  seed: OPTION_RULES.text.seed,
  maxPerQuestion: count,
  maxSimilarity: number("above 0 and at most 1", (value) => value > 0 && value <= 1),
  maxImbalance: number("1 or more", (value) => value >= 1),
} as const satisfies Partial<Record<keyof CurationOptions, Rule>>;

/** Fills in what is left out. @throws OptionError listing every value that will not do */
export function settingsOf(options: CurationOptions): CurationSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const faults = Object.entries<Rule>(CURATION_RULES).flatMap(([name, { isMet, text }]) =>
    name in given && !isMet(given[name]) ? [`${name} must be ${text}, got ${show(given[name])}`] : [],
  );
  if (faults.length > 0) throw new OptionError(`the curation: ${faults.join("; ")}`);
  const length = options.endpoint === undefined ? {} : { genLength: ENDPOINT_LENGTH };
  return { ...CURATION_DEFAULTS, ...length, ...given } as CurationSettings;
}
