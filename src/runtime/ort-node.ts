/** Backends over `onnxruntime-node`: the CPU, WebGPU, and CUDA where its libraries are installed. */
import "./without-telemetry-node.js";

import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Backend, CompileOptions, Device, Executable, OnnxModel } from "./backend.js";
import { checkOutputs, fromOrt, toOrt } from "./ort-tensors.js";

/** A backend that runs models on `device`. @throws Error when a model cannot be compiled for it */
export function createOrtBackend(device: Exclude<Device, "wasm">): Backend {
  return { device, compile: (model, options) => compile(device, model, options) };
}

/** What a GPU computes leaves the CPU's threads nothing but to wait, and they wait busily: one is enough. */
function threadsOf(device: Device, numThreads: number | undefined): { intraOpNumThreads?: number } {
  if (device === "cuda") return { intraOpNumThreads: 1 };
  return numThreads === undefined ? {} : { intraOpNumThreads: numThreads };
}

async function compile(
  device: Device,
  model: OnnxModel,
  { numThreads, isMemoryKept = true }: CompileOptions = {},
): Promise<Executable> {
  const creating = InferenceSession.create(model.bytes, {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    enableCpuMemArena: isMemoryKept,
    ...threadsOf(device, numThreads),
    ...(model.externalData
      ? { externalData: model.externalData.map(({ location, data }) => ({ path: location, data })) }
      : {}),
  });
  const session = await creating.catch((cause: Error) => {
    if (device !== "cuda" || !/Cuda/.test(cause.message)) throw cause;
    throw new Error(`device "cuda" does not work here (${cause.message}): docs/cuda.md says what it needs`, { cause });
  });
  return {
    async run(inputs, outputs = {}) {
      checkOutputs(outputs, session.outputNames);
      const given = toOrt(Tensor, outputs);
      const fetches = Object.fromEntries(session.outputNames.map((name) => [name, given[name] ?? null]));
      return fromOrt(await session.run(toOrt(Tensor, inputs), fetches));
    },
    dispose: () => session.release(),
  };
}
