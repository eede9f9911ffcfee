/**
 * Examples from several sources, mixed by weight in an order that the seed decides: the k-th draw is the same whenever it is
 * reached, so a run goes on exactly where its saved position says. Knows nothing of batches.
 */
import { createRandom, type RandomState } from "../array/random.js";
import type { ImageSource } from "../images/image.js";
import { DataError, type Example, type ExampleSource, type Task } from "./example.js";
import { createPermutation, type Permutation } from "./permutation.js";

/** A source and its weight. */
export interface MixturePart {
  readonly source: ExampleSource;
  /** Share of draws, relative to the other weights; 0 switches the source off. */
  readonly weight: number;
}

/** Where a mixture stands: plain JSON. */
export interface MixtureState {
  /** Draws so far. */
  readonly numDraws: number;
  /** Of each source: draws, and the broken records that were skipped, by index; `length` is null for generators. */
  readonly positions: readonly {
    readonly name: string;
    readonly length: number | null;
    readonly position: number;
    readonly skipped: readonly number[];
  }[];
  readonly random: RandomState;
}

/** How a mixture is drawn. */
export interface MixtureOptions {
  readonly seed: number | string;
  readonly state?: MixtureState;
  /** Broken records to bear in the whole run; one that comes again in a later pass counts once. Default 0. */
  readonly maxSkipped?: number;
  /** Told of every broken record that is skipped. */
  readonly onSkip?: (error: DataError, sourceName: string) => void;
  /** Whether the picture of an example of a task is loaded at once, so that a damaged one is skipped here. Default: always. */
  readonly isImageNeeded?: (image: ImageSource, task: Task) => boolean;
  /** Whether what is to be drawn may be without its picture, as where the model is to draw it. Default: such a record is broken. */
  readonly arePromptsEnough?: boolean;
}

/** Examples of several sources, drawn by weight. */
export interface Mixture {
  /** The next example. Calls that overlap are served in turn. @throws DataError beyond `maxSkipped` broken records */
  next(): Promise<{ example: Example; sourceName: string }>;
  /** Passes over so many examples without reading them. Not while a `next` is under way. */
  skip(count: number): void;
  /** Where it stands after the last example that `next` gave. */
  state(): MixtureState;
  /** Closes all sources. */
  dispose(): Promise<void>;
}

/**
 * Each pass over a finite source is in a new order, and all its records come before the next pass begins. A generator is
 * gone through by index.
 * @throws Error when a name occurs twice, no weight is positive, or the state is of other sources
 */
export function createMixture(parts: readonly MixturePart[], options: MixtureOptions): Mixture {
  const { seed, state, maxSkipped = 0, onSkip, isImageNeeded = () => true, arePromptsEnough = false } = options;
  checkParts(parts);
  if (state) checkState(state, parts);
  const totalWeight = parts.reduce((sum, { weight }) => sum + weight, 0);
  const random = createRandom(state?.random ?? createRandom(seed).fork("mixture").state());
  const positions = parts.map((_, i) => state?.positions[i].position ?? 0);
  const indexOf = parts.map(({ source }) => indexer(source, seed));
  let numDraws = state?.numDraws ?? 0;
  const skipped = parts.map((_, i) => new Set(state?.positions[i].skipped));

  /** Which source is next, and which of its records. */
  const draw = (): { chosen: number; index: number } => {
    let left = random.uniform() * totalWeight;
    let chosen = parts.findIndex(({ weight }) => (left -= weight) < 0);
    if (chosen < 0) chosen = parts.findLastIndex(({ weight }) => weight > 0);
    numDraws++;
    return { chosen, index: indexOf[chosen](positions[chosen]++) };
  };

  const take = async (): Promise<{ example: Example; sourceName: string }> => {
    for (;;) {
      const { chosen, index } = draw();
      const { source } = parts[chosen];
      try {
        const example = await source.read(index);
        if (!arePromptsEnough) checkHasPicture(example, `${source.name} record ${index + 1}`);
        return { example: await withLoadedImage(example, isImageNeeded), sourceName: source.name };
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        const known = skipped[chosen].size;
        if (skipped[chosen].add(index).size > known) {
          const numSkipped = skipped.reduce((sum, { size }) => sum + size, 0);
          if (numSkipped > maxSkipped) {
            const allowed = `${numSkipped} broken records, more than the ${maxSkipped} that may be skipped (maxSkipped)`;
            throw new DataError(error.place, `${error.reason}; ${allowed}`);
          }
          onSkip?.(error, source.name);
        }
        if (skipped[chosen].size === source.length)
          throw new DataError(
            error.place,
            `${error.reason}; all ${source.length} records of ${source.name} are broken`,
          );
      }
    }
  };

  let last: Promise<unknown> = Promise.resolve();
  return {
    skip(count) {
      for (let i = 0; i < count; i++) draw();
    },
    next() {
      const result = last.then(take, take);
      last = result.catch(() => undefined);
      return result;
    },
    state: () => ({
      numDraws,
      positions: parts.map(({ source }, i) => ({
        name: source.name,
        length: Number.isFinite(source.length) ? source.length : null,
        position: positions[i],
        skipped: [...skipped[i]],
      })),
      random: random.state(),
    }),
    async dispose() {
      await Promise.all(parts.map(({ source }) => source.dispose?.()));
    },
  };
}

/** From how many records of a source were drawn before to the record that is next. */
function indexer({ name, length }: ExampleSource, seed: number | string): (position: number) => number {
  if (!Number.isFinite(length)) return (position) => position;
  let epoch = -1;
  let order: Permutation | undefined;
  return (position) => {
    const current = Math.floor(position / length);
    if (order === undefined || current !== epoch)
      order = createPermutation(`${seed}/${name}/${(epoch = current)}`, length);
    return order.at(position % length);
  };
}

/** @throws DataError where a picture is to be learnt from that is not there */
function checkHasPicture({ task, image }: Example, place: string): void {
  if (image || (task !== "t2i" && task !== "r2i")) return;
  const wayOut = 'give it one ("image"), or draw from it by reinforcement (objective: unigrpo), which needs none';
  throw new DataError(place, `an example of task ${task} has no picture to learn from: ${wayOut}`);
}

/** The example with its picture already there. */
async function withLoadedImage(
  example: Example,
  isNeeded: NonNullable<MixtureOptions["isImageNeeded"]>,
): Promise<Example> {
  if (example.image === undefined || !isNeeded(example.image, example.task)) return example;
  const { key } = example.image;
  const image = await example.image.load();
  return { ...example, image: { key, load: async () => image } };
}

function checkParts(parts: readonly MixturePart[]): void {
  const names = parts.map(({ source }) => source.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two sources are called "${twice}": give one of them another name`);
  for (const { source, weight } of parts) {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new RangeError(`the weight of "${source.name}" is ${weight}`);
    if (source.length < 1) throw new DataError(source.name, "the source has no records");
  }
  if (!parts.some(({ weight }) => weight > 0)) throw new RangeError("no source has a weight above 0");
}

function checkState(state: MixtureState, parts: readonly MixturePart[]): void {
  const show = (sources: readonly { name: string; length: number | null }[]): string =>
    sources
      .map(({ name, length }) => `${name} (${length === null || length === Infinity ? "endless" : length})`)
      .join(", ");
  const [saved, given] = [show(state.positions), show(parts.map(({ source }) => source))];
  if (saved !== given)
    throw new Error(`the saved position is for ${saved}, but the sources are ${given}: go on with the same data`);
}
