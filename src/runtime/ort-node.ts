/** Backends over `onnxruntime-node`: the CPU, WebGPU, and CUDA where its libraries are installed. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Backend, CompileOptions, Device, Executable, OnnxModel } from "./backend.js";
import { fromOrt, toOrt } from "./ort-tensors.js";

/** A backend that runs models on `device`. @throws Error when a model cannot be compiled for it */
export function createOrtBackend(device: Exclude<Device, "wasm">): Backend {
  return { device, compile: (model, options) => compile(device, model, options) };
}

async function compile(
  device: Device,
  model: OnnxModel,
  { numThreads, isMemoryKept = true }: CompileOptions = {},
): Promise<Executable> {
  const session = await InferenceSession.create(model.bytes, {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    enableCpuMemArena: isMemoryKept,
    ...(numThreads === undefined ? {} : { intraOpNumThreads: numThreads }),
    ...(model.externalData
      ? { externalData: model.externalData.map(({ location, data }) => ({ path: location, data })) }
      : {}),
  });
  return {
    async run(inputs, outputs = {}) {
      const given = toOrt(Tensor, outputs);
      const fetches = Object.fromEntries(session.outputNames.map((name) => [name, given[name] ?? null]));
      return fromOrt(await session.run(toOrt(Tensor, inputs), fetches));
    },
    dispose: () => session.release(),
  };
}
