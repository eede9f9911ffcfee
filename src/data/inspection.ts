/** What is in a source of examples, as training would find it: tasks, lengths, what is broken and what is too long. */
import type { Row } from "../tokens/sequence.js";
import { DataError, type Example, type ExampleSource, type Task } from "./example.js";

export interface InspectionOptions {
  /** The example as the row that the network is trained on. */
  layOut(example: Example, index: number): Promise<Row>;
  /** Places that the network can see; longer rows are refused by training, or cut. */
  readonly maxLength: number;
  /** Looks at the first so many records alone; endless sources need it. */
  readonly maxRecords?: number;
  /** Loads every picture too. */
  readonly areImagesLoaded: boolean;
  /** Called after each record. */
  readonly onRecord?: (numDone: number, numRecords: number) => void;
  readonly signal?: AbortSignal;
}

/** Of lengths in tokens. */
export interface Lengths {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface TaskInspection {
  readonly count: number;
  readonly numReasoned: number;
  /** Of whole rows. */
  readonly rows: Lengths;
  /** Of what is learnt: answers with their reasoning, codes of pictures. */
  readonly targets: Lengths;
}

export interface Inspection {
  readonly numRecords: number;
  readonly tasks: Readonly<Partial<Record<Task, TaskInspection>>>;
  readonly numBroken: number;
  readonly numTooLong: number;
  /** The first of both, each with its place. */
  readonly faults: readonly { readonly index: number; readonly message: string }[];
  /** Records whose prompt and answer an earlier one has too. */
  readonly numRepeated: number;
  /** What is to be drawn without its picture, which reinforcement alone takes. */
  readonly numPictureless: number;
}

const MAX_FAULTS = 20;

/** Reads every record once. @throws what `layOut` throws, other than of an example; the signal's reason when it is aborted */
export async function inspectData(source: ExampleSource, options: InspectionOptions): Promise<Inspection> {
  const { maxRecords = Number.POSITIVE_INFINITY, maxLength, signal } = options;
  const numRecords = Math.min(source.length, maxRecords);
  const byTask = new Map<Task, { rows: number[]; targets: number[]; numReasoned: number }>();
  const faults: { index: number; message: string }[] = [];
  const seen = new Set<string>();
  let [numBroken, numTooLong, numRepeated, numPictureless] = [0, 0, 0, 0];
  const note = (index: number, message: string): void => {
    if (faults.length < MAX_FAULTS) faults.push({ index, message });
  };
  for (let index = 0; index < numRecords; index++) {
    signal?.throwIfAborted();
    options.onRecord?.(index, numRecords);
    try {
      const example = await source.read(index);
      if (options.areImagesLoaded) await example.image?.load();
      const row = await options.layOut(example, index);
      const found = byTask.get(example.task) ?? { rows: [], targets: [], numReasoned: 0 };
      byTask.set(example.task, found);
      found.rows.push(row.ids.length);
      found.targets.push(row.isMaskable.reduce((sum, flag) => sum + flag, 0));
      if (example.reasoning !== undefined) found.numReasoned++;
      if (!example.image && (example.task === "t2i" || example.task === "r2i")) numPictureless++;
      if (row.ids.length > maxLength) {
        numTooLong++;
        note(index, `record ${index + 1}: ${row.ids.length} places, more than ${maxLength}`);
      }
      const key = JSON.stringify([
        example.task,
        example.messages,
        example.image?.key,
        example.reasoning,
        example.answer,
      ]);
      if (seen.has(key)) numRepeated++;
      seen.add(key);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      numBroken++;
      note(index, error.message);
    }
  }
  const tasks = Object.fromEntries(
    [...byTask].map(([task, { rows, targets, numReasoned }]) => [
      task,
      { count: rows.length, numReasoned, rows: lengthsOf(rows), targets: lengthsOf(targets) },
    ]),
  );
  return { numRecords, tasks, numBroken, numTooLong, faults, numRepeated, numPictureless };
}

function lengthsOf(values: readonly number[]): Lengths {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { min: sorted[0], median: at(0.5), p95: at(0.95), max: sorted[sorted.length - 1] };
}
