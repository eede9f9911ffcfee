/** Reinforcement learning end to end on a tiny world: it learns, and a run that stops goes on to the same bits. */
import { afterAll, expect, test } from "vitest";
import { tinyConfig, tinyPieces, tinyPrompts, tinyVocabulary } from "../../test/tiny-world.js";
import { createRandom } from "../array/random.js";
import type { Task } from "../data/example.js";
import { compileGraph } from "../graph/compile.js";
import { initializeParameters } from "../model/parameters.js";
import { composeRewards } from "../rewards/composition.js";
import type { Reward } from "../rewards/reward.js";
import { openBackend } from "../runtime/backends-node.js";
import { arraysOf, type BatchSource, DivergenceError, type StepReport, train } from "../training/loop.js";
import { compileGradientStep, type Weights } from "../training/objective.js";
import { adamW } from "../training/optimizer.js";
import type { Group, GroupMember, GroupSettings } from "./group.js";
import type { InnerUpdateSettings } from "./inner-update.js";
import { createNoise } from "./noise/noises.js";
import { collectRollouts } from "./rollout.js";
import { createUnigrpoBatches, type UnigrpoState } from "./unigrpo-batches.js";
import { unigrpoObjective } from "./unigrpo-loss.js";

const backend = await openBackend("cpu");
const objective = unigrpoObjective(tinyConfig, { clipEpsilon: 0.2, clipEpsilonHigh: 0.28, klBeta: 0.005 });
const step = await compileGradientStep(backend, objective);
const scorer = await compileGraph(backend, { logProbs: objective.reports.logProbs });
afterAll(async () => {
  await step.dispose();
  await scorer.dispose();
});
const optimizer = adamW(backend, objective.specs, {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  isDecayed: () => false,
});

/** Sevens are wanted, and pictures of code 3. */
const sevens: Reward = {
  name: "sevens",
  score: ({ answer = "" }) => [...answer].filter((letter) => letter === "7").length / 6,
};
const threes: Reward = {
  name: "threes",
  // Pixel values of code c are c/10 in [−1, 1]: 127.5 + 12.75·c of 255.
  score: ({ image }) =>
    [0, 3, 6, 9].filter((at) => Math.round((Number(image?.data[at]) - 127.5) / 12.75) === 3).length / 4,
};

const noise = createNoise({ kind: "even", spacing: "formula" });
const settings: GroupSettings & InnerUpdateSettings = {
  numGroups: 4,
  groupSize: 8,
  isAdvantageScaled: true,
  maxRefills: 1,
  partialPictures: 0,
  numIterations: 2,
  noise: { lm: noise, lm_chat: noise, mmu: noise, t2i: noise, r2i: noise },
  coefficients: { lm: 1, lm_chat: 1, mmu: 1, t2i: 1, r2i: 1 },
  rowsPerBatch: 20,
  lineLength: 48,
  maxRatio: 1e3,
};

function freshWeights(): Weights {
  return initializeParameters(objective.specs, createRandom(4));
}

interface Run {
  readonly weights: Weights;
  readonly optimizerState: ReturnType<typeof optimizer.createState>;
  readonly batches: BatchSource;
  readonly startStep: number;
  readonly signal?: AbortSignal;
  dispose(): Promise<void>;
}

function open(
  { weights = freshWeights(), optimizerState = optimizer.createState(arraysOf(weights)), startStep = 0 } = {},
  options: {
    state?: UnigrpoState;
    tasks?: Task[];
    hasReference?: boolean;
    changed?: Partial<typeof settings>;
    signal?: AbortSignal;
    onRollOut?: () => unknown;
    onScore?: () => unknown;
    onIteration?: (iteration: number, groups: readonly Group[], learnt: ReadonlySet<GroupMember>) => Promise<void>;
  } = {},
): Run {
  const pieces = tinyPieces(backend, weights);
  const reference = freshWeights();
  const logProbsOf = (of: Weights) => async (rows: Parameters<typeof scorer.run>[0]) =>
    (await scorer.run({ ...rows, ...Object.fromEntries(of) })).logProbs.data as Float32Array;
  const batches = createUnigrpoBatches(
    {
      ...tinyPrompts(options.tasks ?? ["lm_chat", "t2i", "mmu"], options.state?.prompts as number | undefined),
      rollOut(requests) {
        options.onRollOut?.();
        return collectRollouts(pieces, requests, {
          sampling: {
            text: { genLength: 6, blockLength: 6, steps: 3, temperature: 1 },
            image: { steps: 2, guidanceScale: 0 },
          },
          maxBatch: 16,
          signal: options.signal,
        });
      },
      signal: options.signal,
      judge: composeRewards(
        [
          { reward: watched(sevens, options.onScore), weight: 1, tasks: ["lm_chat", "mmu"] },
          { reward: threes, weight: 1, tasks: ["t2i"] },
        ],
        { timeoutSeconds: 5, maxFailureShare: 0, concurrency: 4 },
      ),
      pictureSteps: 2,
      vocabulary: tinyVocabulary,
      logProbs: logProbsOf(weights),
      ...(options.hasReference === false ? {} : { refLogProbs: logProbsOf(reference) }),
      onIteration: options.onIteration,
    },
    { ...settings, ...options.changed },
    { seed: 1, state: options.state },
  );
  return { weights, optimizerState, batches, startStep, signal: options.signal, dispose: () => pieces.dispose() };
}

/** The reward, whose scores wait for what they are seen by. */
function watched(reward: Reward, onScore?: () => unknown): Reward {
  return {
    name: reward.name,
    score: async (rollout, signal) => {
      await onScore?.();
      return reward.score(rollout, signal);
    },
  };
}

async function runTo(run: Run, totalSteps: number, learningRate = 5e-3): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  const all = { ...run, step, optimizer, learningRate: () => learningRate, totalSteps, maxGradientNorm: 1 };
  for await (const report of train(all)) reports.push(report);
  return reports;
}

test("rewards rise for text, pictures and questions about pictures, in one run", { timeout: 180_000 }, async () => {
  const run = open();
  const reports = await runTo(run, 40);
  await run.dispose();
  const meanOf = (name: string, part: StepReport[]) =>
    part.reduce((sum, { losses }) => sum + (losses[name] ?? 0), 0) / part.filter(({ losses }) => name in losses).length;
  for (const task of ["lm_chat", "t2i", "mmu"]) {
    const [before, after] = [reports.slice(0, 2), reports.slice(-8)].map((part) => meanOf(`reward/${task}`, part));
    expect(after, task).toBeGreaterThan(before + 0.3);
  }
  const [first, second] = reports;
  // The first update is made with the weights that made the rollouts, and those are the reference's still.
  expect(first.losses["policy/clipFraction"]).toBe(0);
  expect(Math.abs(first.losses["policy/kl"])).toBeLessThan(1e-6);
  expect(second.losses["policy/kl"]).toBeGreaterThan(1e-6);
  expect(reports.at(-1)?.losses["policy/entropy"]).toBeLessThan(first.losses["policy/entropy"]);
});

test.each([1, 2, 3])("stopped after update %i and gone on from JSON, a run comes to the same bits", async (stop) => {
  const whole = open();
  const expected = await runTo(whole, 5);
  const broken = open();
  const before = await runTo(broken, stop);
  const state = JSON.parse(JSON.stringify(broken.batches.state())) as UnigrpoState;
  const { weights, optimizerState } = broken;
  const resumed = open({ weights, optimizerState, startStep: stop }, { state });
  const after = await runTo(resumed, 5);
  const numbers = ({ loss, losses, gradientNorm }: StepReport) => ({ loss, losses, gradientNorm });
  expect([...before, ...after].map(numbers)).toEqual(expected.map(numbers));
  for (const [name, { data }] of whole.weights) expect(resumed.weights.get(name)?.data, name).toEqual(data);
  for (const run of [whole, broken, resumed]) await run.dispose();
});

test.each(["rollouts", "scores", "log-probabilities"])(
  "stopped in the middle of %s, it goes on from before them",
  async (middle) => {
    const whole = open();
    const expected = await runTo(whole, 5);
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("enough"));
    let isSecond = false;
    const broken = open(
      {},
      {
        signal: controller.signal,
        // Prompts of the second iteration are drawn by then; between its rollouts and log-probabilities its groups are told of.
        onRollOut: () => isSecond && middle === "rollouts" && stop(),
        // A score that would be waited for until it times out.
        onScore: () => {
          if (!isSecond || middle !== "scores") return;
          stop();
          return new Promise(() => {});
        },
        onIteration: async (iteration) => {
          if (iteration === 1) stop();
          isSecond = true;
        },
      },
    );
    const before = await runTo(broken, 5);
    expect(before).toHaveLength(2);
    const state = JSON.parse(JSON.stringify(broken.batches.state())) as UnigrpoState;
    const { weights, optimizerState } = broken;
    const resumed = open({ weights, optimizerState, startStep: before.length }, { state });
    const after = await runTo(resumed, 5);
    const numbers = ({ loss, losses, gradientNorm }: StepReport) => ({ loss, losses, gradientNorm });
    expect([...before, ...after].map(numbers)).toEqual(expected.map(numbers));
    for (const run of [whole, broken, resumed]) await run.dispose();
  },
);

test("groups without signal are dropped and others drawn in their place", async () => {
  const seen: Group[][] = [];
  const keep = async (_: number, groups: readonly Group[]) => void seen.push([...groups]);
  const run = open(
    {},
    { tasks: ["lm_chat"], changed: { groupSize: 2, numGroups: 3, maxRefills: 40 }, onIteration: keep },
  );
  await run.batches.next();
  await run.dispose();
  const [groups] = seen;
  expect(groups.length).toBeGreaterThan(3);
  expect(groups.filter(({ isKept }) => isKept)).toHaveLength(3);
  for (const { isKept, hasSignal, members } of groups) {
    expect(isKept).toBe(hasSignal);
    expect(hasSignal).toBe(members[0].score.total !== members[1].score.total);
  }
});

test("without a reference, groups without signal take no part in updates", async () => {
  const numbersOf = async (hasReference: boolean) => {
    const seen: Group[][] = [];
    let told: readonly number[] = [];
    const onIteration = async (_: number, groups: readonly Group[], learnt: ReadonlySet<GroupMember>) => {
      seen.push([...groups]);
      told = [...learnt].map(({ rollout: { seed } }) => seed);
    };
    const changed = { groupSize: 2, numGroups: 12, maxRefills: 0 };
    const run = open({}, { tasks: ["t2i"], changed, onIteration, hasReference });
    await run.batches.next();
    const { pending } = run.batches.state() as UnigrpoState;
    await run.dispose();
    expect(pending?.experiences.map(({ seed }) => seed)).toEqual(told);
    return { learnt: pending?.experiences.length, teaching: 2 * seen[0].filter(({ hasSignal }) => hasSignal).length };
  };
  const { learnt, teaching } = await numbersOf(false);
  expect(teaching).toBeGreaterThan(0);
  expect(teaching).toBeLessThan(24);
  expect(learnt).toBe(teaching);
  expect((await numbersOf(true)).learnt).toBe(24);
});

test("partial pictures are rewarded along the way, and places count with the first picture that shows them", async () => {
  const seen: Group[][] = [];
  const keep = async (_: number, groups: readonly Group[]) => void seen.push([...groups]);
  // Every code is masked and scored, so that each place of each picture is in the batches, one after another.
  const all = createNoise({ kind: "full", promptRatio: 0 });
  const noise = { lm: all, lm_chat: all, mmu: all, t2i: all, r2i: all };
  const run = open({}, { tasks: ["t2i"], changed: { partialPictures: 1, noise }, onIteration: keep });
  const batches = await run.batches.next();
  await run.dispose();
  const members = seen[0].filter(({ isKept }) => isKept).flatMap((group) => group.members);
  for (const { rollout, partialScores, advantages } of members) {
    expect(rollout.partialPictures.map(({ steps }) => steps)).toEqual([1]);
    expect(partialScores).toHaveLength(1);
    expect(advantages.map(({ steps }) => steps)).toEqual([1, 2]);
  }
  // Some rollout was better half-way than at the end, or the other way round: its places then have two advantages.
  expect(members.some(({ advantages: [half, end] }) => Math.abs(half.advantage - end.advantage) > 0.1)).toBe(true);
  const expected = members.flatMap(({ rollout: { row, revealSteps }, advantages: [half, end] }) => {
    const { start, end: behind } = row.spans.image!;
    return Array.from(row.ids.subarray(start, behind), (id, i) => {
      const isSeenHalfWay = revealSteps[start + i] === 0;
      return [id, Math.fround((isSeenHalfWay ? half : end).advantage)];
    });
  });
  const got = batches.flatMap(({ inputs: { targets, advantages } }) =>
    Array.from(advantages.data as Float32Array, (advantage, i) => [targets.data[i], advantage]),
  );
  expect(got).toEqual(expected);
});

test("a ratio that explodes ends the run before the update, with the batch at hand", async () => {
  const run = open({}, { changed: { maxRatio: 1.5 } });
  const error = await runTo(run, 40, 0.3).catch((reason: unknown) => reason);
  await run.dispose();
  expect(error).toBeInstanceOf(DivergenceError);
  expect((error as DivergenceError).message).toMatch(/ratio of new to old probability is/);
  expect((error as DivergenceError).batches[0].inputs.oldLogProbs.data.length).toBeGreaterThan(0);
});
