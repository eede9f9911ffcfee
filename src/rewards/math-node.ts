/**
 * Mathematical equality of answers in LaTeX or plain text, in a thread of its own with a time limit and little memory: what a model writes
 * can neither hang nor harm the run. Comparisons are made one after another, and each has the whole of its time.
 */
import { Worker } from "node:worker_threads";
import { answerAndExpected, finalAnswer } from "./final-answer.js";
import type { Reward } from "./reward.js";

export interface MathRewardOptions {
  /** Seconds for a comparison; longer ones are answered by "not equal". Default 2. */
  readonly timeoutSeconds?: number;
  /** The compiled worker; where this file runs uncompiled it must be named. */
  readonly worker?: URL;
}

/** 1 where the answer is equal to the expected one, else 0. The thread is started by the first score. */
export function mathReward(options: MathRewardOptions = {}): Reward {
  const comparer = createMathComparer(options);
  return {
    name: "math",
    // An honest answer must not fail for those that it waits for.
    isSelfTimed: true,
    async score(rollout, signal) {
      const { answer, expected } = answerAndExpected(rollout, "math");
      return (await comparer.areEqual(answer, expected, signal)) ? 1 : 0;
    },
    dispose: comparer.dispose,
  };
}

export interface MathComparer {
  /** @param signal aborted when the verdict is no longer wanted: what still waits is not compared */
  areEqual(answer: string, expected: string, signal?: AbortSignal): Promise<boolean>;
  dispose(): Promise<void>;
}

/** @throws Error from `areEqual` when the thread does not start, or after `dispose`, and the signal's reason */
export function createMathComparer({
  timeoutSeconds = 2,
  worker: url = new URL("./math-worker-node.js", import.meta.url),
}: MathRewardOptions = {}): MathComparer {
  let thread: Promise<Worker> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isDisposed = false;
  let nextId = 0;

  const compare = async (answer: string, expected: string, signal?: AbortSignal): Promise<boolean> => {
    signal?.throwIfAborted();
    if (isDisposed) throw new Error("this comparer of formulas was disposed of");
    // What is the same text needs no engine, and is no burden to it.
    if (answer === expected) return answer !== "";
    thread ??= startWorker(url);
    const worker = await thread.catch((error: unknown) => {
      thread = undefined;
      throw error;
    });
    const verdict = await askWorker(worker, { id: nextId++, answer, expected }, timeoutSeconds);
    if (verdict !== undefined) return verdict;
    thread = undefined;
    await worker.terminate();
    return false;
  };
  return {
    areEqual(answer, expected, signal) {
      const result = last.then(() => compare(finalAnswer(answer), finalAnswer(expected), signal));
      last = result.catch(() => {});
      return result;
    },
    async dispose() {
      isDisposed = true;
      await (await thread?.catch(() => undefined))?.terminate();
    },
  };
}

const START_SECONDS = 60;

function startWorker(url: URL): Promise<Worker> {
  const worker = new Worker(url, {
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // It must not keep the process alive.
  worker.unref();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      void worker.terminate();
      reject(new Error(`the thread that compares formulas did not start within ${START_SECONDS} s`));
    }, START_SECONDS * 1000);
    worker.once("message", () => {
      clearTimeout(timer);
      worker.removeAllListeners("error");
      resolve(worker);
    });
    worker.once("error", (cause) => {
      clearTimeout(timer);
      reject(new Error(`the thread that compares formulas did not start: ${cause.message}`, { cause }));
    });
  });
}

/** The worker's verdict; undefined when it took too long, or died of the question. */
function askWorker(
  worker: Worker,
  question: { id: number; answer: string; expected: string },
  timeoutSeconds: number,
): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const finish = (verdict: boolean | undefined): void => {
      clearTimeout(timer);
      // By name: without one, those go too by which the worker itself takes notice of new listeners, and it would be deaf from now on.
      for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
      // An error that comes late has nobody left to hear it.
      worker.on("error", () => {});
      resolve(verdict);
    };
    const timer = setTimeout(() => finish(undefined), timeoutSeconds * 1000);
    worker.on("message", ({ id, isEqual }: { id: number; isEqual: boolean }) => {
      if (id === question.id) finish(isEqual);
    });
    worker.once("error", () => finish(undefined));
    worker.once("exit", () => finish(undefined));
    worker.postMessage(question);
  });
}
