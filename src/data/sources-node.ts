/**
 * Opening sources from a recipe: one entry of its `data` list names a type and that type's options. A new type is a schema and
 * a line in `open`. Paths are relative to the recipe.
 */
import { resolve } from "node:path";
import { z } from "zod";
import { concatenateSources } from "./concatenated.js";
import { listDataFiles } from "./data-file-node.js";
import { emojiSource } from "./emoji-node.js";
import type { ExampleSource, Task } from "./example.js";
import { imageFolderSource } from "./image-folder-node.js";
import { importedSource } from "./imported-node.js";
import { type FileSourceOptions, jsonlSource } from "./jsonl-node.js";
import { LAYOUT_NAMES, LAYOUTS } from "./layouts/layouts.js";
import { parquetSource } from "./parquet-node.js";
import { PROBLEM_SOURCE_KINDS, problemExamples } from "./problems/problem-source.js";
import { QUESTION_KINDS } from "./scenes/questions.js";
import { SCENE_KINDS, SIZES } from "./scenes/scene.js";
import { DRAWING_KINDS, QUESTIONING_KINDS, SCENE_EXAMPLE_KINDS, sceneExamples } from "./scenes/scene-source.js";
import { webDatasetSource } from "./webdataset-node.js";

/** What any source may have: a name of its own (needed when two of a type are mixed), and a seed other than the run's. */
const common = { name: z.string().min(1).optional() };
const generated = { ...common, seed: z.union([z.number(), z.string()]).optional() };
const share = z.number().min(0).max(1).optional();
const split = z.enum(["train", "heldOut", "any"]).optional();

const fromFile = {
  ...common,
  /** One file, a folder of them, or several of either that are one dataset. */
  path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  captionTask: z.enum(["t2i", "mmu"]).optional(),
};

/** Of scenes. */
const REASONED_KINDS = [...DRAWING_KINDS, ...QUESTIONING_KINDS];

export const sourceSchema = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal("scenes"),
      ...generated,
      kind: z.enum(SCENE_EXAMPLE_KINDS),
      numScenes: z.int().positive(),
      combinations: z.enum(["training", "held-out"]).optional(),
      numObjects: z.int().min(1).max(4).optional(),
      size: z.enum(SIZES).optional(),
      sceneKind: z.enum(SCENE_KINDS).optional(),
      questionKind: z.enum(QUESTION_KINDS).optional(),
      reasoningShare: share,
      mistakenShare: share,
      rewordedShare: share,
      perScene: z.int().positive().optional(),
    })
    .refine(({ sceneKind = "distinct", numObjects }) => sceneKind === "distinct" || numObjects !== 1, {
      path: ["sceneKind"],
      message: "is of one object `distinct`: the other kinds have 2 to 4",
    })
    .refine(({ kind, questionKind }) => questionKind === undefined || kind === "question", {
      path: ["questionKind"],
      message: "is of kind question alone",
    })
    .refine(({ kind, reasoningShare = 0 }) => reasoningShare === 0 || REASONED_KINDS.includes(kind), {
      path: ["reasoningShare"],
      message: `is of what is reasoned: kind ${REASONED_KINDS.join(", ")}`,
    })
    .refine(({ kind, mistakenShare }) => mistakenShare === undefined || QUESTIONING_KINDS.includes(kind), {
      path: ["mistakenShare"],
      message: `is of questions alone: kind ${QUESTIONING_KINDS.join(", ")}`,
    })
    .refine(({ mistakenShare, reasoningShare = 0 }) => mistakenShare === undefined || reasoningShare > 0, {
      path: ["mistakenShare"],
      message: "is a share of what is reasoned: it needs reasoningShare",
    }),
  z
    .strictObject({
      type: z.literal("problems"),
      ...generated,
      kind: z.enum(PROBLEM_SOURCE_KINDS),
      task: z.enum(["lm_chat", "lm"]).optional(),
      split,
      sentenceShare: share,
      reasoningShare: share,
      rewordedShare: share,
      resumedShare: share,
      maxEquations: z.int().min(1).optional(),
    })
    .refine(({ resumedShare, reasoningShare = 0 }) => resumedShare === undefined || reasoningShare > 0, {
      path: ["resumedShare"],
      message: "is a share of what is reasoned: it needs reasoningShare",
    })
    .refine(({ maxEquations, task }) => maxEquations === undefined || task === "lm", {
      path: ["maxEquations"],
      message: "is of task lm alone",
    })
    .refine(
      ({ task, sentenceShare, rewordedShare }) => task !== "lm" || (sentenceShare ?? rewordedShare) === undefined,
      {
        path: ["task"],
        message: "lm says a problem as it is: sentenceShare and rewordedShare are of lm_chat alone",
      },
    ),
  z.strictObject({
    type: z.literal("emoji"),
    ...generated,
    kind: z.enum(["t2i", "describe"]),
    split,
    skinShare: share,
    /** Where the package is, if not among the installed ones. */
    directory: z.string().optional(),
  }),
  z.strictObject({ type: z.literal("jsonl"), ...fromFile }),
  z.strictObject({
    type: z.literal("parquet"),
    ...fromFile,
    columns: z.record(z.string(), z.string()).optional(),
    numKeptGroups: z.int().positive().optional(),
  }),
  z.strictObject({ type: z.literal("webdataset"), ...fromFile }),
  z.strictObject({ type: z.literal("image-folder"), ...fromFile }),
  /** Files in a public layout, by its name: JSONL, JSON, CSV, Parquet, or a folder of JSON files. */
  z.strictObject({
    type: z.enum(LAYOUT_NAMES),
    ...common,
    path: fromFile.path,
    /** What the paths of pictures are relative to; left out, the folder of the file, or what the layout has for one. */
    imageDirectory: z.string().min(1).optional(),
  }),
]);

/** An entry of a recipe's data, without its weight. */
export type SourceConfig = z.infer<typeof sourceSchema>;

/** The tasks that the examples of a source have; undefined where only its files tell. */
export function tasksOf(config: SourceConfig): readonly Task[] | undefined {
  switch (config.type) {
    case "scenes": {
      const { kind, reasoningShare = 0 } = config;
      if (!DRAWING_KINDS.includes(kind)) return ["mmu"];
      return [...(reasoningShare < 1 ? (["t2i"] as const) : []), ...(reasoningShare > 0 ? (["r2i"] as const) : [])];
    }
    case "problems":
      return [config.task ?? "lm_chat"];
    case "emoji":
      return [config.kind === "t2i" ? "t2i" : "mmu"];
    default:
      return undefined;
  }
}

/** What opening a source needs to know of the recipe it stands in. */
export interface OpenSourceContext {
  /** What relative paths are relative to: the recipe's directory. */
  readonly directory: string;
  /** The run's seed, for sources that have none of their own. */
  readonly seed: number | string;
}

/** @throws DataError when files are missing or are not of that type */
export async function openSource(config: SourceConfig, context: OpenSourceContext): Promise<ExampleSource> {
  const source = await open(config, context);
  return config.name === undefined ? source : { ...source, name: config.name };
}

function open(config: SourceConfig, { directory, seed }: OpenSourceContext): ExampleSource | Promise<ExampleSource> {
  switch (config.type) {
    case "scenes":
      return sceneExamples({ ...config, seed: config.seed ?? seed });
    case "problems":
      return problemExamples({ ...config, seed: config.seed ?? seed });
    case "emoji": {
      const place = config.directory === undefined ? {} : { directory: resolve(directory, config.directory) };
      return emojiSource({ ...config, ...place, seed: config.seed ?? seed });
    }
    case "jsonl":
      return openFiles(config, directory, jsonlSource, [".jsonl", ".ndjson"]);
    case "parquet":
      return openFiles(config, directory, (options) => parquetSource({ ...config, ...options }), [".parquet"]);
    case "webdataset":
      return openFiles(config, directory, webDatasetSource, [".tar"]);
    case "image-folder":
      return openFiles(config, directory, imageFolderSource);
    default: {
      const { type, imageDirectory } = config;
      const pictures = imageDirectory === undefined ? {} : { imageDirectory: resolve(directory, imageDirectory) };
      return openFiles(config, directory, (options) =>
        importedSource({ ...options, ...pictures, layout: LAYOUTS[type] }),
      );
    }
  }
}

/**
 * Named by the first path as the recipe has it, so that a saved position means the same wherever the recipe lies.
 * @param endings of the files of a folder; left out, what a folder is `openFile` knows
 */
async function openFiles(
  config: { readonly path: string | readonly string[]; readonly captionTask?: "t2i" | "mmu" | undefined },
  directory: string,
  openFile: (options: FileSourceOptions) => Promise<ExampleSource>,
  endings?: readonly string[],
): Promise<ExampleSource> {
  const paths = typeof config.path === "string" ? [config.path] : config.path;
  const sources: ExampleSource[] = [];
  try {
    for (const place of paths.map((path) => resolve(directory, path))) {
      for (const path of endings ? await listDataFiles(place, endings) : [place])
        sources.push(await openFile({ path, ...(config.captionTask ? { captionTask: config.captionTask } : {}) }));
    }
  } catch (error) {
    await Promise.all(sources.map((source) => source.dispose?.()));
    throw error;
  }
  return concatenateSources(sources, paths[0]);
}
