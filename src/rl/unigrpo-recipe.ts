/** The recipe of a reinforcement run: what `recipe.ts` has for every run, and the settings of UniGRPO. */
import { z } from "zod";
import type { Task } from "../data/example.js";
import { tasksOf } from "../data/sources-node.js";
import { rewardSchema } from "../rewards/rewards-node.js";
import { checkOptions } from "../tasks/options.js";
import { common, count, diffusionRows, directory, lora, positive, share, sources } from "../training/recipe.js";
import type { PictureSampling } from "./inner-update.js";
import { noiseSchema } from "./noise/noises.js";
import { REINFORCED_TASKS, type ReinforcedTaskName } from "./reinforced-tasks.js";
import type { UnigrpoLossSettings } from "./unigrpo-loss.js";

/** Options of the sampler, checked by the tasks' own rules. */
const samplingOptions = (kind: "text" | "image", others: readonly string[]) =>
  z
    .record(z.string(), z.unknown())
    .superRefine((options, context) => {
      if ("seed" in options)
        context.addIssue({
          code: "custom",
          message: "every rollout has a seed of its own, from the run's: leave seed out",
        });
      try {
        checkOptions(kind, options, others, `sampling.${kind}`);
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as Error).message });
      }
    })
    .default({});

const taskSettings = z
  .strictObject({ noise: noiseSchema.prefault("even"), coefficient: z.number().min(0).default(1) })
  .prefault({});

const unigrpoFields = z.strictObject({
  objective: z.literal("unigrpo"),
  ...common,
  lora,
  model: z.strictObject({
    /** The model to be reinforced. */
    from: directory,
    imageTokenizer: directory.optional(),
    /** The model that KL is taken to; left out, the one to be reinforced as it was. */
    reference: directory.optional(),
  }),
  /**
   * The finished model is so much of the way from the one to be reinforced to the reinforced one: less than 1 keeps what was not rewarded
   * (`weight-change.ts`). May be chosen, and changed, when the run is done.
   */
  interpolation: share.default(1),
  rollouts: z.strictObject({
    /** Prompts of an iteration. */
    groups: count,
    /** G: rollouts of each prompt. */
    groupSize: z.int().min(2),
    /** Canvases that are filled together. */
    maxBatch: count.default(64),
    sampling: z
      .strictObject({
        text: samplingOptions("text", ["thinking", "thinkingLength"]),
        image: samplingOptions("image", ["thinkingLength"]),
      })
      .prefault({}),
    /** How often prompts whose rewards are all alike are replaced by others; 0 keeps them. */
    maxRefills: z.int().min(0).default(2),
    /** Pictures on the way of drawing without reasoning that are rewarded too, at random steps; fewer than `sampling.image.steps`. */
    partialPictures: z.int().min(0).default(0),
  }),
  loss: z
    .strictObject({
      /** μ: updates made of the same rollouts. */
      numIterations: count.default(4),
      /** ε; at 1 a ratio, which is above 0, would never be clipped from below. */
      clipEpsilon: positive.lt(1).default(0.2),
      /** Larger than `clipEpsilon` it is clip-higher; left out, the same. */
      clipEpsilonHigh: positive.optional(),
      /** β; 0 is off. */
      klBeta: z.number().min(0).default(0.01),
      /** Whether advantages are divided by the group's deviation. */
      scaledAdvantages: z.boolean().default(true),
      /** Whose likelihood of pictures is learnt from: the network's own, or that of the sampling that draws them, guided and at its temperature. */
      likelihood: z.enum(["network", "sampling"]).default("network"),
      /** A ratio of new to old probability that ends the run. */
      maxRatio: positive.default(1000),
    })
    .prefault({}),
  /** How answers of each task are noised, and what they weigh. */
  tasks: z
    .strictObject(
      Object.fromEntries(REINFORCED_TASKS.map((task) => [task, taskSettings])) as Record<
        ReinforcedTaskName,
        typeof taskSettings
      >,
    )
    .prefault({}),
  batch: z.strictObject({
    /** Noised answers that are computed at once. */
    rows: count,
    /** Places of a line that they are packed into. */
    lineLength: count,
  }),
  /** Rows learnt in every update as in the stages before, so that what is not rewarded is not forgotten (`replay.ts`). */
  replay: z
    .strictObject({
      /** What their loss weighs beside the policy's. */
      weight: positive.default(1),
      data: sources,
      batch: diffusionRows.batch.omit({ arePicturesShared: true }),
      tasks: diffusionRows.tasks,
    })
    .optional(),
  rewards: z
    .array(
      z.strictObject({
        weight: z.number(),
        tasks: z.array(z.enum(REINFORCED_TASKS)).min(1).optional(),
        reward: rewardSchema,
      }),
    )
    .min(1),
  judging: z
    .strictObject({
      /** Seconds after which a score is given up, and counts as 0. */
      timeoutSeconds: positive.default(30),
      /** The share of an iteration's scores that may fail. */
      maxFailureShare: share.default(0.1),
      /** Scores under way at once. */
      concurrency: count.default(8),
    })
    .prefault({}),
});

export const unigrpoRecipe = unigrpoFields
  .refine(
    ({ rollouts: { partialPictures, sampling } }) =>
      sampling.image.steps === undefined || partialPictures < Number(sampling.image.steps),
    { path: ["rollouts", "partialPictures"], message: "must be fewer than the steps of rollouts.sampling.image" },
  )
  .refine(({ lora, interpolation }) => lora === undefined || interpolation === 1, {
    path: ["interpolation"],
    message: "of adapters is their alpha: leave it out with lora",
  })
  .refine(
    ({ loss, rollouts: { sampling } }) =>
      loss.likelihood === "network" ||
      (sampling.image.guidanceScale !== undefined && Number(sampling.image.temperature) > 0),
    {
      path: ["loss", "likelihood"],
      message: "of sampling needs to know it: guidanceScale, and a temperature above 0, of rollouts.sampling.image",
    },
  )
  .refine(({ loss: { clipEpsilon, clipEpsilonHigh = clipEpsilon } }) => clipEpsilonHigh >= clipEpsilon, {
    path: ["loss", "clipEpsilonHigh"],
    message: "must not be below loss.clipEpsilon",
  })
  .refine(({ loss, model }) => loss.klBeta > 0 || model.reference === undefined, {
    path: ["model", "reference"],
    message: "is what KL is taken to, and with loss.klBeta 0 none is: leave one of them out",
  })
  .refine(({ data }) => !tasksOfData(data)?.includes("lm"), {
    path: ["data"],
    message: `has plain text (lm), of which there are no rollouts: give prompts of ${REINFORCED_TASKS.join(", ")}`,
  })
  .superRefine(({ data, rewards }, context) => {
    const tasks = tasksOfData(data);
    if (tasks === undefined) return;
    for (const [i, reward] of rewards.entries()) {
      if (reward.tasks === undefined || reward.tasks.some((task) => tasks.includes(task))) continue;
      const message = `never come up: the data has only ${tasks.join(", ")}`;
      context.addIssue({ code: "custom", path: ["rewards", i, "tasks"], message });
    }
  });

export type UnigrpoRecipe = z.infer<typeof unigrpoRecipe>;

/** The tasks that data has; undefined where only its files tell. */
function tasksOfData(data: z.infer<typeof sources>): readonly Task[] | undefined {
  const perSource = data.filter(({ weight }) => weight > 0).map(({ source }) => tasksOf(source));
  const tasks = perSource.flatMap((known) => known ?? []);
  return perSource.includes(undefined) ? undefined : [...new Set(tasks)];
}

/** The tasks that are rolled out, as far as the recipe tells: where only files tell, all of them. */
export function rolledOutTasks({ data }: UnigrpoRecipe): readonly ReinforcedTaskName[] {
  const tasks = tasksOfData(data);
  return tasks ? REINFORCED_TASKS.filter((task) => tasks.includes(task)) : REINFORCED_TASKS;
}

/** What the graph of the loss is made by. */
export function lossSettings({ loss, replay }: UnigrpoRecipe): UnigrpoLossSettings {
  return { ...loss, hasReplay: replay !== undefined, isOfSampling: loss.likelihood === "sampling" };
}

/** The sampling whose likelihood of pictures is learnt from; undefined where it is the network's own. */
export function learntSampling({ loss, rollouts }: UnigrpoRecipe): PictureSampling | undefined {
  const { guidanceScale, temperature } = rollouts.sampling.image;
  return loss.likelihood === "sampling"
    ? { guidanceScale: Number(guidanceScale), temperature: Number(temperature) }
    : undefined;
}
