/**
 * What inner updates need of a rollout, as plain JSON, and how an update is made of it: the same experience and number of the update
 * always give the same noise, so checkpoints hold experiences and log-probabilities but no masks.
 */
import { createRandom } from "../array/random.js";
import type { Row, Span } from "../tokens/sequence.js";
import { endsText, type Vocabulary } from "../tokens/vocabulary.js";
import type { GroupMember, StepAdvantage } from "./group.js";
import type { Noise, NoisedCopy } from "./noise/noise.js";
import { isDrawingAlone } from "./reinforced-tasks.js";

/** A rollout that is learnt from. */
export interface Experience {
  readonly row: Row;
  readonly revealSteps: Int32Array;
  readonly advantages: readonly StepAdvantage[];
  /** Of its noise: the rollout's. */
  readonly seed: number;
}

export function experienceOf({ rollout: { row, revealSteps, seed }, advantages }: GroupMember): Experience {
  return { row, revealSteps, advantages, seed };
}

/** The noised copies of an experience for inner update `update`, from 0, of `numUpdates`. */
export function noisedCopies(
  { row, revealSteps, seed }: Experience,
  vocabulary: Pick<Vocabulary, "special">,
  noise: Noise,
  update: number,
  numUpdates: number,
): readonly NoisedCopy[] {
  const { answer, filling } = learntPlaces(row, revealSteps, (id) => endsText(vocabulary, id));
  const { prompt } = row.spans;
  return noise({
    isPicture: isDrawingAlone(row.task),
    answer,
    filling,
    prompt: prompt ? placesOf(prompt) : [],
    revealSteps,
    update,
    numUpdates,
    rng: createRandom(seed).fork("noise"),
  });
}

/** The advantage of what stands at a place: that of the first judged step that shows it. */
export function advantageAt({ revealSteps, advantages }: Experience, place: number): number {
  const judged = advantages.find(({ steps }) => revealSteps[place] < steps) ?? advantages[advantages.length - 1];
  return judged.advantage;
}

/**
 * Places that the model filled: those of the answer, which are codes, and text up to its first end, that included; and those of
 * text behind it.
 */
function learntPlaces(
  { ids, spans }: Row,
  revealSteps: Int32Array,
  isEnd: (id: number) => boolean,
): { answer: number[]; filling: number[] } {
  const answer: number[] = [];
  const filling: number[] = [];
  for (const name of ["answer", "reasoning", "image"] as const) {
    const span = spans[name];
    if (!span) continue;
    const filled = placesOf(span).filter((place) => revealSteps[place] >= 0);
    const end = name === "image" ? -1 : filled.findIndex((place) => isEnd(ids[place]));
    const length = end === -1 ? filled.length : end + 1;
    answer.push(...filled.slice(0, length));
    filling.push(...filled.slice(length));
  }
  return { answer, filling };
}

function placesOf({ start, end }: Span): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** An experience as JSON has it. */
export interface StoredExperience {
  readonly task: Row["task"];
  readonly ids: readonly number[];
  readonly spans: Row["spans"];
  /** A digit for each place. */
  readonly isMaskable: string;
  readonly isReal: string;
  readonly revealSteps: readonly number[];
  readonly advantages: readonly StepAdvantage[];
  readonly seed: number;
}

export function storeExperience({ row, revealSteps, advantages, seed }: Experience): StoredExperience {
  const { task, ids, spans, isMaskable, isReal } = row;
  return {
    task,
    ids: Array.from(ids),
    spans,
    isMaskable: isMaskable.join(""),
    isReal: isReal.join(""),
    revealSteps: Array.from(revealSteps),
    advantages,
    seed,
  };
}

export function restoreExperience(stored: StoredExperience): Experience {
  const { task, ids, spans, isMaskable, isReal, revealSteps, advantages, seed } = stored;
  return {
    row: {
      task,
      ids: Int32Array.from(ids),
      spans,
      isMaskable: Uint8Array.from(isMaskable, Number),
      isReal: Uint8Array.from(isReal, Number),
    },
    revealSteps: Int32Array.from(revealSteps),
    advantages,
    seed,
  };
}
