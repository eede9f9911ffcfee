/**
 * UniGRPO as a source of batches for the one loop: an iteration rolls prompts out, has the rollouts rewarded, and is then learnt from in
 * μ inner updates, each with noise of its own and the log-probabilities of the weights that made the rollouts. Its state holds the
 * iteration under way, so a run goes on between any two updates as if it had not stopped.
 */
import { bytesOf, tensor } from "../array/tensor.js";
import type { NamedTensors } from "../runtime/backend.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import type { BatchSource } from "../training/loop.js";
import {
  type Experience,
  experienceOf,
  restoreExperience,
  type StoredExperience,
  storeExperience,
} from "./experience.js";
import {
  collectGroups,
  type Group,
  type GroupMember,
  type GroupSettings,
  type GroupSources,
  iterationRandom,
} from "./group.js";
import { type BatchLogProbs, type InnerUpdateSettings, planUpdate, toBatch } from "./inner-update.js";
import { iterationMetrics } from "./iteration-metrics.js";
import { withoutReplay } from "./replay.js";

export interface UnigrpoSources extends GroupSources {
  readonly vocabulary: Vocabulary;
  /** Where the prompts stand, as plain JSON. */
  promptState(): unknown;
  /** log p [M] of a batch under the weights as they are now. */
  logProbs(rows: NamedTensors): Promise<Float32Array>;
  /** The same under the reference; absent where the loss has none. */
  refLogProbs?(rows: NamedTensors): Promise<Float32Array>;
  /** Batches that are learnt from in every update beside the rollouts (`replay.ts`). */
  readonly replay?: BatchSource;
  /**
   * Told of every iteration before its first update, and of the rollouts that it learns from; an iteration that is made again after
   * a restart is told of again.
   */
  onIteration?(iteration: number, groups: readonly Group[], learnt: ReadonlySet<GroupMember>): Promise<void>;
}

/** What it takes to go on: plain JSON. */
export interface UnigrpoState {
  /** Iterations begun. */
  readonly iteration: number;
  /** Inner updates of the iteration under way that were given out. */
  readonly update: number;
  readonly prompts: unknown;
  /** Where the replayed data stand. */
  readonly replay?: unknown;
  /** The iteration under way; absent between two. */
  readonly pending?: StoredIteration;
}

interface StoredIteration {
  readonly experiences: readonly StoredExperience[];
  /** By inner update, then by batch: the bytes of float32 in hexadecimal. */
  readonly logProbs: readonly (readonly { readonly old: string; readonly ref?: string }[])[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** What inner updates are made of. */
interface Iteration {
  readonly experiences: readonly Experience[];
  readonly logProbs: readonly (readonly BatchLogProbs[])[];
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Where the sources' signal ends the making of an iteration, what was rolled out of it is lost, and the state is that before it.
 * @param state what `state()` of an earlier source gave, whose prompts the new sources go on with
 */
export function createUnigrpoBatches(
  sources: UnigrpoSources,
  settings: GroupSettings & InnerUpdateSettings,
  { seed, state }: { readonly seed: number | string; readonly state?: UnigrpoState },
): BatchSource {
  const { vocabulary, replay } = sources;
  const { numIterations } = settings;
  let iteration = state?.iteration ?? 0;
  let update = state?.update ?? 0;
  let current = state?.pending && restoreIteration(state.pending);

  /** Where the prompts stood before the iteration that is being made. */
  let promptsBefore: unknown;

  const begin = async (): Promise<Iteration> => {
    promptsBefore = sources.promptState();
    const groups = await collectGroups(sources, settings, iterationRandom(seed, iteration));
    const learnt = learntFrom(groups, sources.refLogProbs !== undefined);
    await sources.onIteration?.(iteration, groups, new Set(learnt));
    const experiences = learnt.map(experienceOf);
    const logProbs: BatchLogProbs[][] = [];
    for (let at = 0; at < numIterations; at++) {
      const ofUpdate: BatchLogProbs[] = [];
      for (const { rows } of planUpdate(experiences, vocabulary, settings, at)) {
        sources.signal?.throwIfAborted();
        const ref = await sources.refLogProbs?.(rows);
        ofUpdate.push({ old: await sources.logProbs(rows), ...(ref ? { ref } : {}) });
      }
      logProbs.push(ofUpdate);
    }
    promptsBefore = undefined;
    return { experiences, logProbs, metrics: iterationMetrics(groups) };
  };

  return {
    async next() {
      if (!current) {
        current = await begin();
        iteration++;
        update = 0;
      }
      const { experiences, logProbs, metrics } = current;
      const planned = planUpdate(experiences, vocabulary, settings, update);
      const ofUpdate = logProbs[update];
      update++;
      if (update === numIterations) current = undefined;
      // Of a step's batches one tells what is known of the whole.
      const batches = planned.map((batch, i) => toBatch(batch, ofUpdate[i], settings, i === 0 ? metrics : {}));
      return replay ? [...batches.map(withoutReplay), ...(await replay.next())] : batches;
    },
    state: (): UnigrpoState => ({
      iteration,
      update,
      prompts: promptsBefore ?? sources.promptState(),
      ...(replay ? { replay: replay.state() } : {}),
      ...(current ? { pending: storeIteration(current) } : {}),
    }),
  };
}

/** What an iteration learns from. Without a reference to stay near, rollouts without an advantage move nothing: they are left out. */
function learntFrom(groups: readonly Group[], hasReference: boolean): readonly GroupMember[] {
  const kept = groups.flatMap(({ isKept, members }) => (isKept ? members : []));
  const teaching = kept.filter(({ advantages }) => hasReference || advantages.some(({ advantage }) => advantage !== 0));
  return teaching.length > 0 ? teaching : kept;
}

function storeIteration({ experiences, logProbs, metrics }: Iteration): StoredIteration {
  return {
    experiences: experiences.map(storeExperience),
    logProbs: logProbs.map((ofUpdate) =>
      ofUpdate.map(({ old, ref }) => ({ old: encodeFloats(old), ...(ref ? { ref: encodeFloats(ref) } : {}) })),
    ),
    metrics,
  };
}

function restoreIteration({ experiences, logProbs, metrics }: StoredIteration): Iteration {
  return {
    experiences: experiences.map(restoreExperience),
    logProbs: logProbs.map((ofUpdate) =>
      ofUpdate.map(({ old, ref }) => ({
        old: decodeFloats(old),
        ...(ref === undefined ? {} : { ref: decodeFloats(ref) }),
      })),
    ),
    metrics,
  };
}

function encodeFloats(values: Float32Array): string {
  const bytes = bytesOf(tensor("float32", [values.length], values));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function decodeFloats(text: string): Float32Array {
  const byteAt = (i: number) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return new Float32Array(Uint8Array.from({ length: text.length / 2 }, (_, i) => byteAt(i)).buffer);
}
