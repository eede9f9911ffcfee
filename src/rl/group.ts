/**
 * Groups: several rollouts of one prompt, rewarded, each with its advantage over the others. Groups whose rewards are all alike teach
 * nothing; with dynamic sampling (DAPO, arXiv 2503.14476) they are dropped and others take their place. Knows no gradients.
 */
import { createRandom, integer, type Random, shuffle } from "../array/random.js";
import type { Example } from "../data/example.js";
import type { Judge, Score } from "../rewards/composition.js";
import type { RolloutForReward } from "../rewards/reward.js";
import { groupAdvantages, hasSignal } from "./advantage.js";
import { isDrawingAlone, reinforcedTask } from "./reinforced-tasks.js";
import type { Rollout, RolloutRequest } from "./rollout.js";

export interface GroupSettings {
  /** Prompts of an iteration. */
  readonly numGroups: number;
  /** G, the rollouts of each. */
  readonly groupSize: number;
  /** Whether advantages are divided by the group's deviation. */
  readonly isAdvantageScaled: boolean;
  /** How often prompts may be drawn in the place of those whose group had no signal; 0 keeps such groups. */
  readonly maxRefills: number;
  /** Pictures on the way, at random steps, that are rewarded too (ParaRL, MMaDA-Parallel); 0 for the finished ones alone. */
  readonly partialPictures: number;
}

/** What a group is made with; all of it may be a mock. */
export interface GroupSources {
  nextPrompt(): Promise<{ readonly example: Example; readonly sourceName: string }>;
  rollOut(requests: readonly RolloutRequest[]): Promise<Rollout[][]>;
  readonly judge: Judge;
  /** Ends the making of a group, rewards that are waited for included. */
  readonly signal?: AbortSignal;
  /** Steps in which pictures are drawn, of which `partialPictures` are chosen. */
  readonly pictureSteps: number;
}

/** The advantage of what a rollout had after so many steps of the sampler. */
export interface StepAdvantage {
  readonly steps: number;
  readonly advantage: number;
}

export interface GroupMember {
  readonly rollout: Rollout;
  readonly score: Score;
  /** Scores of partial pictures, in the order of the rollout's. */
  readonly partialScores: readonly Score[];
  /** By ascending steps, the finished answer last. A place counts with the first that shows it. */
  readonly advantages: readonly StepAdvantage[];
}

export interface Group {
  readonly example: Example;
  readonly sourceName: string;
  readonly members: readonly GroupMember[];
  /** Whether it teaches; groups without signal are kept only where nothing could take their place. */
  readonly hasSignal: boolean;
  readonly isKept: boolean;
}

/**
 * The groups of an iteration, those that were dropped included.
 * @param rng the iteration's own stream: the same gives the same seeds
 */
export async function collectGroups(sources: GroupSources, settings: GroupSettings, rng: Random): Promise<Group[]> {
  const { numGroups, maxRefills } = settings;
  const collected: Group[] = [];
  const numTeaching = () => collected.filter((group) => group.hasSignal).length;
  for (let round = 0; round <= maxRefills && numTeaching() < numGroups; round++) {
    const missing = numGroups - numTeaching();
    collected.push(...(await collectRound(sources, settings, missing, rng.fork(round))));
    sources.judge.check(
      collected.flatMap(({ members }) => members.flatMap(({ score, partialScores }) => [score, ...partialScores])),
    );
  }
  // Where signal is short, groups without it fill up: their advantages are 0, so the divergence from the reference alone moves them.
  const rank = [...collected.keys()].sort((a, b) => Number(collected[b].hasSignal) - Number(collected[a].hasSignal));
  const kept = new Set(rank.slice(0, numGroups));
  return collected.map((group, i) => ({ ...group, isKept: kept.has(i) }));
}

async function collectRound(
  sources: GroupSources,
  { groupSize, isAdvantageScaled, partialPictures }: GroupSettings,
  count: number,
  rng: Random,
): Promise<Group[]> {
  const prompts: Awaited<ReturnType<GroupSources["nextPrompt"]>>[] = [];
  while (prompts.length < count) prompts.push(await sources.nextPrompt());
  const requests = prompts.map(({ example }, i): RolloutRequest => {
    const own = rng.fork(i);
    const seeds = Array.from({ length: groupSize }, () => integer(own, 2 ** 32));
    if (!isDrawingAlone(example.task) || partialPictures === 0) return { example, seeds };
    return { example, seeds, partialSteps: partialSteps(sources.pictureSteps, partialPictures, own) };
  });
  const rollouts = await sources.rollOut(requests);
  const asked = await Promise.all(rollouts.map((group, i) => forRewards(prompts[i].example, group)));
  const scores = await sources.judge.score(asked.flat(), sources.signal);
  let next = 0;
  return prompts.map((prompt, i): Group => {
    const scored = rollouts[i].map((rollout) => {
      const [score, ...partialScores] = scores.slice(next, (next += 1 + rollout.partialPictures.length));
      return { rollout, score, partialScores };
    });
    const advantages = stepAdvantages(scored, isAdvantageScaled);
    const members = scored.map((member, j) => ({ ...member, advantages: advantages[j] }));
    const isTeaching = members.some((member) => member.advantages.some(({ advantage }) => advantage !== 0));
    return { ...prompt, members, hasSignal: isTeaching, isKept: true };
  });
}

/** Steps after which a picture is looked at on its way: distinct, not the last, ascending. */
function partialSteps(numSteps: number, count: number, rng: Random): number[] {
  const candidates = Array.from({ length: numSteps - 1 }, (_, i) => i + 1);
  return shuffle(rng, candidates)
    .slice(0, count)
    .sort((a, b) => a - b);
}

/** What rewards see of rollouts of a prompt: each finished one, followed by its partial pictures. */
export async function forRewards(example: Example, rollouts: readonly Rollout[]): Promise<RolloutForReward[]> {
  const { messages, task, answer: expected, metadata = {} } = example;
  // Of a task that draws, the example's picture is none that was given.
  const promptImage = reinforcedTask(task).isAboutPicture ? await example.image?.load() : undefined;
  return rollouts.flatMap(({ text, picture, partialPictures, numTokens, isFinished }) => {
    const finished: RolloutForReward = {
      ...{ task, messages, metadata, numTokens, isFinished },
      ...(text === undefined ? {} : { answer: text }),
      ...(picture ? { image: picture.image } : {}),
      ...(promptImage ? { promptImage } : {}),
      ...(expected === undefined ? {} : { expected }),
    };
    return [finished, ...partialPictures.map(({ image }) => ({ ...finished, image }))];
  });
}

/** Advantages at the end, and at each step after which all members of the group had a picture. */
function stepAdvantages(
  members: readonly Pick<GroupMember, "rollout" | "score" | "partialScores">[],
  isScaled: boolean,
): StepAdvantage[][] {
  const among = (rewards: readonly number[]) =>
    hasSignal(rewards) ? groupAdvantages(rewards, isScaled) : rewards.map(() => 0);
  const numPartial = Math.min(...members.map(({ partialScores }) => partialScores.length));
  const partial = Array.from({ length: numPartial }, (_, at) =>
    among(members.map(({ partialScores }) => partialScores[at].total)),
  );
  const final = among(members.map(({ score }) => score.total));
  return members.map(({ rollout }, i) => [
    ...partial.map((advantages, at) => ({ steps: rollout.partialPictures[at].steps, advantage: advantages[i] })),
    { steps: rollout.steps, advantage: final[i] },
  ]);
}

/** The stream of an iteration of a run. */
export function iterationRandom(seed: number | string, iteration: number): Random {
  return createRandom(seed).fork("unigrpo").fork(iteration);
}
