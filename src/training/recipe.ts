/**
 * Recipes: a training run described completely, as a YAML file. What is trained (`objective`), from what, on what data, by which
 * optimizer, and what is kept and looked at on the way. An unknown key is an error; paths are relative to the recipe.
 */
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { sourceSchema } from "../data/sources-node.js";
import { maskSchedules } from "../diffusion/mask-schedule.js";
import { unknownSettings } from "../model/config.js";
import { ADAPTER_TARGETS } from "../model/lora.js";
import { BASE_BITS, type BaseDType } from "../model/quantized-base.js";
import { SAVED_DTYPES } from "../weights/model-weights.js";

export const positive = z.number().positive();
export const count = z.int().positive();
export const share = z.number().min(0).max(1);
export const directory = z.string().min(1);

export const sources = z
  .array(z.strictObject({ weight: z.number().min(0), source: sourceSchema }))
  .min(1)
  .refine((parts) => parts.some(({ weight }) => weight > 0), "no source has a weight above 0")
  .describe("what is mixed, by weight");

/** Of a moving average: at 1 it would never move. */
const decay = z.number().min(0).lt(1);

const optimizer = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("adamw"),
    beta1: decay.default(0.9),
    beta2: decay.default(0.95),
    epsilon: positive.default(1e-8),
    weightDecay: z.number().min(0).default(0.01),
  }),
  z.strictObject({
    type: z.literal("muon"),
    momentum: decay.default(0.95),
    weightDecay: z.number().min(0).default(0.01),
    /** AdamW for what is not inside of the network. */
    beta1: decay.default(0.9),
    beta2: decay.default(0.95),
    epsilon: positive.default(1e-8),
  }),
]);

/** What every run has, whatever it trains. */
export const common = {
  seed: z.union([z.int(), z.string()]),
  steps: count,
  optimizer,
  learningRate: z.strictObject({ peak: positive, warmupSteps: z.int().min(0).default(0), floor: share.default(0) }),
  maxGradientNorm: positive.optional(),
  /** Decay of a moving average of the weights, which is then what is looked at and what the finished model is; left out, the last weights are. */
  averageDecay: decay.optional(),
  /** Computes what stands inside of a transformer's blocks again on the way back instead of keeping it: less memory, more time. */
  recomputation: z.boolean().default(false),
  /** Broken records to bear before training stops. */
  maxSkipped: z.int().min(0).default(0),
  data: sources,
  checkpoints: z.strictObject({ every: count, keep: count.default(2) }),
  /** Steps between two looks: the loss on fixed rows with fixed masks, sample pictures and answers. */
  validation: z
    .strictObject({
      every: count,
      /** Whether the first look is taken before the first step, so that a run's gain can be told. */
      atStart: z.boolean().default(false),
      rows: count.default(64),
      samples: z.int().min(0).default(4),
      /** Left out, `data` with another seed: of generators other examples, of files the same ones in another order. */
      data: sources.optional(),
    })
    .optional(),
  /** What the finished model's weights are saved as. */
  dtype: z.enum(SAVED_DTYPES).default("float16"),
};

const masking = z.union([
  z.enum(["independent", "counted"]),
  z.enum(Object.keys(maskSchedules) as [keyof typeof maskSchedules, ...(keyof typeof maskSchedules)[]]),
]);
const task = (coefficient: number, rule: z.infer<typeof masking>) =>
  z.strictObject({
    coefficient: z.number().min(0).default(coefficient),
    masking: masking.default(rule),
    /** The share of rows that are noised as sampling in blocks of so many places meets them (`block-noise.ts`). */
    blocks: z.strictObject({ length: count, share }).optional(),
    /** The earliest diffusion time of a row: times are drawn from here to 1. */
    minTime: z.number().min(0).max(0.95).optional(),
  });
/** What a code of the picture weighs next to a place of the reasoning ahead of it, which has far fewer of them; released: 1. */
const pictureWeight = z.number().positive().max(1).optional();

/** Trains low-rank adapters on the frozen model that is gone on from; the finished model has them merged, and `DIR/adapter` has them alone. */
export const lora = z
  .strictObject({
    rank: count,
    /** What the adapters are scaled by, over their rank; left out, twice the rank. */
    alpha: positive.optional(),
    targets: z
      .array(z.enum(ADAPTER_TARGETS))
      .min(1)
      .default([...ADAPTER_TARGETS]),
    /** What the frozen model is kept in: a quarter or an eighth of float32, which it is when this is left out. */
    base: z.enum(Object.keys(BASE_BITS) as [BaseDType, ...BaseDType[]]).optional(),
  })
  .transform(({ alpha, ...rest }) => ({ ...rest, alpha: alpha ?? 2 * rest.rank }))
  .optional();

/** Rows of a step of masked diffusion: how many, how they are laid out and noised, and what they weigh. */
export const diffusionRows = {
  batch: z.strictObject({
    rows: count,
    /** Parts that a step is computed in. */
    accumulation: count.default(1),
    /** Places of a line that rows are packed into. */
    lineLength: count,
    /** Rows about one picture hold it once: several questions cost little more than one. Released: false. */
    arePicturesShared: z.boolean().default(false),
    /** Answers are filled up to a multiple of this, and by one of these numbers of units more. */
    canvasUnit: count.default(8),
    extraUnits: z.array(z.int().min(0)).min(1).default([0]),
    /** What a filler after an answer's end weighs, next to a place that says something; released: 1. */
    fillerWeight: share.default(1),
    /** Diffusion times of a task's rows: each by itself, as released, or spread evenly over the batch. */
    times: z.enum(["independent", "stratified"]).default("independent"),
    /** Share of drawing prompts that are emptied, for guidance. */
    conditionDropout: share.default(0.1),
  }),
  /** How each task's rows are noised, and what they weigh in the loss. */
  tasks: z
    .strictObject({
      lm: task(1, "independent").prefault({}),
      lm_chat: task(1, "independent").prefault({}),
      mmu: task(1, "independent").prefault({}),
      // A picture is filled as a whole, in no blocks.
      t2i: task(1, "cosine").omit({ blocks: true }).prefault({}),
      r2i: task(1, "independent").extend({ pictureWeight }).prefault({}),
    })
    .prefault({}),
};

const maskedDiffusion = z.strictObject({
  objective: z.literal("masked-diffusion"),
  ...common,
  lora,
  model: z.strictObject({
    /** A model to go on from, a directory or an id of the Hub, with its tokenizer. */
    from: directory.optional(),
    /** Instead: a new transformer of these settings (those of `config.json`), … */
    config: z.record(z.string(), z.unknown()).optional(),
    /** … with the text tokenizer of this directory. */
    tokenizer: directory.optional(),
    /** A directory or an id of the Hub; left out, `image-tokenizer/` of the model or tokenizer, or the released one for a model of the Hub. */
    imageTokenizer: directory.optional(),
    /** Sections of `generation_config.json` that are the trained model's own, such as the words that ask it to think. */
    generation: z.record(z.string(), z.unknown()).optional(),
    /** How a new model's image codes start: as any row, or as sums of one vector a bit, with noise of this share, as when left out. */
    codeInitialization: z
      .discriminatedUnion("type", [
        z.strictObject({ type: z.literal("random") }),
        z.strictObject({ type: z.literal("bits"), noise: share.default(0.3) }),
      ])
      .optional(),
    /** How a new model's blocks start: random, as released, or each passing on what it gets. */
    blockInitialization: z.enum(["random", "identity"]).default("random"),
  }),
  ...diffusionRows,
});

const imageTokenizer = z.strictObject({
  objective: z.literal("image-tokenizer"),
  ...common,
  model: z.strictObject({
    /** A tokenizer to go on from, a directory or an id of the Hub; or … */
    from: directory.optional(),
    /** … the settings of a new one (those of `config.json`). */
    config: z.record(z.string(), z.unknown()).optional(),
    /** A tokenizer, of either place, whose decoder a new one begins with: it knows what pictures look like, only the encoder is new. */
    decoderFrom: directory.optional(),
    /** Leaves the codes of pictures as they are, so that a transformer that knows them stays valid. */
    isEncoderFrozen: z.boolean().default(false),
  }),
  batch: z.strictObject({ rows: count }),
  loss: z.strictObject({
    squared: z.number().min(0).default(1),
    absolute: z.number().min(0).default(0.12),
    edges: z.number().min(0).default(0.05),
    commitment: z.number().min(0).default(0.02),
    entropy: z.number().min(0).default(0.02),
    codebook: z.number().min(0).default(0),
    reencoding: z.number().min(0).default(0),
  }),
});

const clip = z.strictObject({
  objective: z.literal("clip"),
  ...common,
  model: z.strictObject({
    /** A model to go on from, a directory or an id of the Hub, with its tokenizer. */
    from: directory.optional(),
    /** Instead: a new model of these settings (those of `config.json`), … */
    config: z.record(z.string(), z.unknown()).optional(),
    /** … with the text tokenizer of this directory. */
    tokenizer: directory.optional(),
  }),
  /** Each picture's text is to be found among all of the batch. */
  batch: z.strictObject({ rows: z.int().min(2) }),
});

export const recipeSchema = z.discriminatedUnion("objective", [maskedDiffusion, imageTokenizer, clip]);

/** What the recipe of any kind of run has, beside what only its stage looks at. */
const anyRecipe = z.looseObject({ objective: z.string(), ...common });
export type AnyRecipe = z.infer<typeof anyRecipe>;

/** A recipe with its defaults filled in: plain JSON. */
export type Recipe = z.infer<typeof recipeSchema>;
/** Of a recipe whatever says how its rows are made. */
export type DiffusionRows = Pick<MaskedDiffusionRecipe, "tasks"> & {
  readonly batch: Omit<MaskedDiffusionRecipe["batch"], "arePicturesShared"> & { readonly arePicturesShared?: boolean };
};
export type MaskedDiffusionRecipe = z.infer<typeof maskedDiffusion>;
export type ImageTokenizerRecipe = z.infer<typeof imageTokenizer>;
export type ClipRecipe = z.infer<typeof clip>;

/**
 * What a run looks at on the way. Where `validation` names no data it is the run's own, of which generators are to make other examples: they
 * take the seed that they are opened with, whatever one the recipe gives them.
 */
export function validationData({ data, validation }: Pick<AnyRecipe, "data" | "validation">): AnyRecipe["data"] {
  if (validation?.data !== undefined) return validation.data;
  return data.map(({ weight, source }) => ({
    weight,
    source: "seed" in source ? { ...source, seed: undefined } : source,
  }));
}

/** What is wrong with a recipe, all of it in one message. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";
}

/**
 * A recipe from its YAML.
 * @param schema of the kinds of recipes that it may be
 * @throws RecipeError naming each key that is missing, unknown or out of range, with its value
 */
export function parseRecipeAs<R extends Checked>(schema: z.ZodType<R>, text: string, origin: string): R {
  let raw: unknown;
  try {
    raw = parseYaml(text);
  } catch (error) {
    throw new RecipeError(`${origin} is no YAML: ${(error as Error).message}`);
  }
  const result = schema.safeParse(raw);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => {
      const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
      const shown = value === undefined ? "missing" : `got ${JSON.stringify(value)?.slice(0, 80)}`;
      return `  ${path.join(".") || "(whole file)"}: ${message} (${shown})`;
    });
    throw new RecipeError(`${origin} is no recipe:\n${faults.join("\n")}`);
  }
  const fault = contradiction(result.data);
  if (fault !== undefined) throw new RecipeError(`${origin}: ${fault}`);
  return result.data;
}

/** What no schema of one key can say. */
interface Checked {
  readonly objective: string;
  readonly steps: number;
  readonly learningRate: { readonly warmupSteps: number };
  readonly recomputation: boolean;
  readonly lora?: unknown;
  readonly model: {
    readonly from?: string;
    readonly config?: object;
    readonly decoderFrom?: string;
    readonly blockInitialization?: string;
    readonly codeInitialization?: unknown;
    readonly tokenizer?: string;
    readonly isEncoderFrozen?: boolean;
  };
}

/** What a new model is, whose settings are all known. */
const NETWORKS: Partial<Record<string, "transformer" | "image tokenizer">> = {
  "masked-diffusion": "transformer",
  "image-tokenizer": "image tokenizer",
};

/** Keys that contradict each other, or that would do nothing. */
function contradiction({ objective, steps, learningRate, recomputation, lora, model }: Checked): string | undefined {
  const { warmupSteps } = learningRate;
  if ((model.from === undefined) === (model.config === undefined))
    return 'model needs either "from" (a directory or an id of the Hub) or "config" (settings of a new one)';
  const network = NETWORKS[objective];
  const unknown = network && model.config ? unknownSettings(network, model.config) : [];
  if (unknown.length > 0) return `model.config: ${unknown.join(", ")}: no ${network} has such a setting`;
  if (objective === "masked-diffusion" && model.from === undefined && model.tokenizer === undefined)
    return "model.config is of a new model, which needs the directory of a text tokenizer: model.tokenizer";
  if (model.from === undefined && model.isEncoderFrozen)
    return "model.isEncoderFrozen keeps the codes of a tokenizer that is there: it needs model.from in place of model.config";
  if (model.from !== undefined && model.decoderFrom !== undefined)
    return "model.from has a decoder of its own: model.decoderFrom is for a new tokenizer, with model.config";
  if (model.from !== undefined && model.blockInitialization === "identity")
    return "model.from has blocks already: model.blockInitialization is for a new model, with model.config";
  if (model.from !== undefined && model.codeInitialization !== undefined)
    return "model.from has codes already: model.codeInitialization is for a new model, with model.config";
  if (model.from !== undefined && model.tokenizer !== undefined)
    return "model.from has a tokenizer of its own: model.tokenizer is for a new model, with model.config";
  if (lora !== undefined && model.from === undefined)
    return "lora adapts a model that is there: it needs model.from in place of model.config";
  if (warmupSteps > steps) return `learningRate.warmupSteps is ${warmupSteps}, more than all ${steps} steps`;
  if (recomputation && ["image-tokenizer", "clip"].includes(objective))
    return `recomputation is of a transformer's blocks, which the objective ${objective} does not train so: leave it out`;
  return undefined;
}

/** Settings that may change when a run goes on; all others make it another run. */
const CHANGEABLE = [
  // The learning rate is laid over all steps: where more follow than were planned, it rises again.
  ...["steps", "checkpoints", "validation", "dtype", "maxSkipped", "interpolation"],
  // What memory allows: rollouts, rows and their noise stay the same. In other parts of a step other rows may share a picture.
  ...["rollouts.maxBatch", "batch.accumulation", "replay.batch.accumulation", "recomputation"],
  ...["batch.lineLength", "replay.batch.lineLength"], // a row that is too long may come up late
];

/**
 * Throws unless a run of recipe `saved` may go on by recipe `given`.
 * @param schema of `given`: an earlier version saved none of the settings that came later, which then are what they are by default
 * @throws RecipeError naming what differs
 */
export function checkSameRun(saved: unknown, given: AnyRecipe, schema: z.ZodType, directory: string): void {
  const { data: filled = saved } = schema.safeParse(saved);
  const differing = differences(filled, given, "").filter(
    (path) => !CHANGEABLE.some((key) => path === key || path.startsWith(`${key}.`)),
  );
  if (differing.length > 0) {
    throw new RecipeError(
      `${directory} holds a run of another recipe; they differ in ${differing.join(", ")}. ` +
        "Give another output directory for a new run, or the recipe as it was to go on with this one.",
    );
  }
}

function differences(a: unknown, b: unknown, path: string): string[] {
  if (isRecord(a) && isRecord(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
