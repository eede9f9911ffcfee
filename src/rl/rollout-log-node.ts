/**
 * The log of rollouts: a file an iteration in the run's directory, a line a rollout, each with all it takes to see why the model was
 * led where, and to make the rollout again. A file is there whole or not at all; an iteration that is made again after a restart
 * replaces its file with the same.
 */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Message, Task } from "../data/example.js";
import { attempt, writeFileAtomically } from "../weights/files-node.js";
import { type Experience, experienceOf } from "./experience.js";
import type { Group, GroupMember, StepAdvantage } from "./group.js";
import { parseLogLines } from "./log-lines.js";
import type { NoisedCopy } from "./noise/noise.js";

/** A line of the log. Places are those of the whole sequence. */
export interface RolloutRecord {
  readonly iteration: number;
  /** The group's number in its iteration, and the rollout's in its group. */
  readonly group: number;
  readonly member: number;
  readonly task: Task;
  readonly source: string;
  readonly messages: readonly Message[];
  readonly expected?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The same request with this seed gives the same result, under the weights of the iteration. */
  readonly seed: number;
  /** What was written … */
  readonly answer?: string;
  /** … or the codes that were drawn, row by row from the top. */
  readonly codes?: readonly number[];
  readonly numTokens: number;
  readonly isFinished: boolean;
  readonly steps: number;
  readonly nfe: number;
  /** Scores by reward, and what they make together. */
  readonly rewards: Readonly<Record<string, number>>;
  readonly reward: number;
  /** Rewards that failed and count as 0. */
  readonly failed: readonly string[];
  /** What partial pictures got. */
  readonly partialRewards: readonly number[];
  readonly advantages: readonly StepAdvantage[];
  /** Whether its group had signal, and whether it was learnt from. */
  readonly hasSignal: boolean;
  readonly isKept: boolean;
  /** The sequence, and for each place the step that revealed it, −1 where it was given. */
  readonly ids: readonly number[];
  readonly revealSteps: readonly number[];
  /** By inner update, the noised copies that it was learnt from in. */
  readonly noise: readonly (readonly NoisedCopy[])[];
}

/** The lines of an iteration that learns from `learnt`. `copiesOf` gives the noise of an experience at each inner update. */
export function rolloutRecords(
  iteration: number,
  groups: readonly Group[],
  learnt: ReadonlySet<GroupMember>,
  copiesOf: (experience: Experience) => readonly (readonly NoisedCopy[])[],
): RolloutRecord[] {
  return groups.flatMap((group, groupNumber) => {
    const { example, sourceName, hasSignal } = group;
    const { task, messages, answer: expected, metadata } = example;
    return group.members.map((judged, member): RolloutRecord => {
      const { rollout, score, partialScores, advantages } = judged;
      const isKept = learnt.has(judged);
      const { seed, text, picture, numTokens, isFinished, steps, nfe, row, revealSteps } = rollout;
      return {
        ...{ iteration, group: groupNumber, member, task, source: sourceName, messages },
        ...(expected === undefined ? {} : { expected }),
        ...(metadata === undefined ? {} : { metadata }),
        seed,
        ...(text === undefined ? {} : { answer: text }),
        ...(picture ? { codes: Array.from(picture.codes) } : {}),
        ...{ numTokens, isFinished, steps, nfe },
        rewards: score.parts,
        reward: score.total,
        failed: score.failed,
        partialRewards: partialScores.map(({ total }) => total),
        ...{ advantages, hasSignal, isKept },
        ids: Array.from(row.ids),
        revealSteps: Array.from(revealSteps),
        noise: isKept ? copiesOf(experienceOf(judged)) : [],
      };
    });
  });
}

const nameOf = (iteration: number) => `iteration-${String(iteration).padStart(6, "0")}.jsonl`;
const NAME = /^iteration-(\d{6,})\.jsonl$/;

/** Writes an iteration's file into the log's directory. @throws FileError when the disk is full and the like */
export async function writeIteration(
  directory: string,
  iteration: number,
  records: readonly RolloutRecord[],
): Promise<void> {
  await attempt(directory, "create", () => mkdir(directory, { recursive: true }));
  const encoder = new TextEncoder();
  const lines = records.map((record) => encoder.encode(`${JSON.stringify(record)}\n`));
  await writeFileAtomically(join(directory, nameOf(iteration)), lines);
}

/** The iterations of a log, in ascending order; none when there is no such directory. @throws FileError when it cannot be read */
export async function listIterations(directory: string): Promise<number[]> {
  const names = await attempt(directory, "read", () =>
    readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    }),
  );
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** @throws FileError when the log has no such iteration, or a line of it is damaged */
export async function readIteration(directory: string, iteration: number): Promise<RolloutRecord[]> {
  const path = join(directory, nameOf(iteration));
  return parseLogLines<RolloutRecord>(path, await attempt(path, "read", () => readFile(path, "utf8")));
}
