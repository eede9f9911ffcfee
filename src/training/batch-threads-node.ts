/**
 * Batches made ahead in threads of their own (`batch-worker-node.ts`), which take turns at the steps: where a GPU computes steps faster
 * than one thread can draw, encode and pack their rows. The batches are those that are made without threads, but for two things. Each thread
 * skips and counts the broken records that it meets itself; and as it passes over another's step without reading, it draws nothing in
 * the place of a broken record there, so that behind one its draws, and those of a run that goes on, may be others. And threads encode
 * pictures on the CPU, where without them the run's device does: the bits of a code are signs, which may flip where a GPU rounds otherwise.
 */
import { Worker } from "node:worker_threads";
import { DataError } from "../data/example.js";
import type { Batch, BatchSource } from "./loop.js";
import type { Recipe } from "./recipe.js";
import type { Turn } from "./turns.js";

/** What a thread is started with: plain data. */
export interface BatchWorkerData {
  readonly recipe: Recipe;
  /** What paths in the recipe are relative to. */
  readonly directory: string;
  readonly output: string;
  readonly startStep: number;
  readonly position: unknown;
  readonly turn: Turn;
}

/** What a thread says: a step's batches and where its data stands after them, a broken record that it skipped, or what ended it. */
export type BatchWorkerMessage =
  | { readonly kind: "step"; readonly batches: readonly Batch[]; readonly state: unknown }
  | { readonly kind: "skip"; readonly place: string; readonly reason: string; readonly sourceName: string }
  | { readonly kind: "fail"; readonly place: string; readonly reason: string };

export interface BatchThreadsOptions extends Omit<BatchWorkerData, "turn"> {
  readonly numThreads: number;
  readonly onSkip?: (error: DataError, sourceName: string) => void;
  /** The compiled worker; where this file runs uncompiled it must be named. */
  readonly worker?: URL;
}

/** Steps that each thread is ahead. */
const AHEAD = 2;

/** Starts the threads. @throws from `next`, what ends a thread */
export function startBatchThreads(options: BatchThreadsOptions): BatchSource & { dispose(): Promise<void> } {
  const { numThreads, startStep, onSkip, worker: url = new URL("./batch-worker-node.js", import.meta.url) } = options;
  const threads = Array.from({ length: numThreads }, (_, thread) => startThread(url, options, { numThreads, thread }));
  let step = startStep;
  let state = options.position;
  return {
    async next() {
      const made = await threads[step % numThreads].take();
      step++;
      state = made.state;
      return made.batches;
    },
    state: () => state,
    async dispose() {
      await Promise.all(threads.map(({ stop }) => stop()));
    },
  };

  function startThread(script: URL, { recipe, directory, output, position }: BatchThreadsOptions, turn: Turn) {
    const workerData: BatchWorkerData = { recipe, directory, output, startStep, position, turn };
    const worker = new Worker(script, { workerData });
    worker.unref();
    type Made = Extract<BatchWorkerMessage, { kind: "step" }>;
    const made: Made[] = [];
    let failure: unknown;
    let wake = () => {};
    worker.on("message", (message: BatchWorkerMessage) => {
      if (message.kind === "skip") onSkip?.(dataError(message), message.sourceName);
      else if (message.kind === "fail") failure ??= dataError(message);
      else made.push(message);
      wake();
    });
    const fail = (error: unknown) => {
      failure ??= error;
      wake();
    };
    worker.on("error", fail);
    const exited = new Promise<void>((resolve) => {
      worker.on("exit", (code) => {
        fail(new Error(`a thread that makes batches ended with code ${code}`));
        resolve();
      });
    });
    for (let i = 0; i < AHEAD; i++) worker.postMessage("next");
    return {
      /** Lets it end by itself: a thread that is cut off while ONNX Runtime computes in it takes the process down with it. */
      async stop() {
        worker.ref();
        worker.postMessage("stop");
        await exited;
      },
      async take(): Promise<Made> {
        // A thread that is waited for keeps the process alive, one that waits does not.
        worker.ref();
        while (made.length === 0) {
          if (failure !== undefined) throw failure;
          await new Promise<void>((resolve) => (wake = resolve));
        }
        worker.unref();
        worker.postMessage("next");
        return made.shift() as Made;
      },
    };
  }
}

/** An error of a record as it was: of one that leaves its thread by itself, the class is lost. */
function dataError({ place, reason }: Pick<DataError, "place" | "reason">): DataError {
  return new DataError(place, reason);
}
