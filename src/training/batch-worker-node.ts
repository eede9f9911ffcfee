/** A thread that makes the batches of its steps, one for every "next" that it is told, until "stop". See `batch-threads-node.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { openBackend } from "#backends";
import { DataError } from "../data/example.js";
import type { Backend } from "../runtime/backend.js";
import type { BatchWorkerData, BatchWorkerMessage } from "./batch-threads-node.js";
import { openStage } from "./stages-node.js";

const { recipe, directory, output, startStep, position, turn } = workerData as BatchWorkerData;
const tell = (message: BatchWorkerMessage, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);

/** Batches need no weights: of a frozen base, which may be most of the memory there is, no thread loads another copy. */
function withoutAdapters(own: BatchWorkerData["recipe"]): BatchWorkerData["recipe"] {
  return own.objective === "masked-diffusion" ? { ...own, lora: undefined } : own;
}

const cpu = await openBackend("cpu");
/** Other threads are beside this one: each takes one core. */
const backend: Backend = { ...cpu, compile: (model, options) => cpu.compile(model, { numThreads: 1, ...options }) };
const stage = await openStage(withoutAdapters(recipe), {
  backend,
  directory,
  output,
  onSkip: ({ place, reason }, sourceName) => tell({ kind: "skip", place, reason, sourceName }),
});
const source = await stage.openBatches(startStep, position, new Map(), turn);

let isStopped = false;
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (request: "next" | "stop") => {
  if (request === "stop") {
    isStopped = true;
    last = last.then(stop, stop);
  } else last = last.then(makeNext);
});

async function makeNext(): Promise<void> {
  if (isStopped) return;
  const batches = await source.next().catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    tell({ kind: "fail", place: error.place, reason: error.reason });
    return undefined;
  });
  if (batches === undefined) return;
  const inputs = batches.flatMap((batch) => Object.values(batch.inputs));
  tell(
    { kind: "step", batches, state: source.state() },
    inputs.map(({ data }) => data.buffer as ArrayBuffer),
  );
}

async function stop(): Promise<void> {
  parentPort?.close();
  await stage.dispose();
}
