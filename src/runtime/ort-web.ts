/**
 * Backends over `onnxruntime-web`: WebGPU, and WebAssembly where there is none. Both are in one build of it, whose `.wasm` file the bundler
 * (or a CDN) serves beside the script.
 */
import { env, InferenceSession, Tensor as OrtTensor } from "onnxruntime-web/webgpu";
import type { Tensor } from "../array/tensor.js";
import type { Backend, CompileOptions, Executable, NamedTensors, OnnxModel } from "./backend.js";
import { checkOutputs, fromOrt, toOrt } from "./ort-tensors.js";

export type WebDevice = "webgpu" | "wasm";

/** A backend that runs models on `device`. @throws Error when a model cannot be compiled for it */
export function createOrtWebBackend(device: WebDevice): Backend {
  return { device, compile: (model, options) => compile(device, model, options) };
}

/**
 * Where `ort-wasm-simd-threaded.asyncify.wasm` and the `.mjs` of that name are served from (both, the latter as JavaScript), ending in "/",
 * when the bundler does not place them. Call before compiling.
 */
export function setWasmLocation(url: string): void {
  env.wasm.wasmPaths = url;
}

// The WebAssembly module does one thing at a time, compiling included; a call that comes earlier is an error there.
let lastCall: Promise<unknown> = Promise.resolve();

function inTurn<T>(call: () => Promise<T>): Promise<T> {
  const result = lastCall.then(call, call);
  lastCall = result.catch(() => {});
  return result;
}

async function compile(device: WebDevice, model: OnnxModel, { numThreads }: CompileOptions = {}): Promise<Executable> {
  // Takes effect only before the first model; pages without cross-origin isolation have one thread in any case.
  if (numThreads !== undefined) env.wasm.numThreads = numThreads;
  const session = await inTurn(() =>
    InferenceSession.create(model.bytes, {
      executionProviders: [device],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      ...(model.externalData
        ? { externalData: model.externalData.map(({ location, data }) => ({ path: location, data })) }
        : {}),
    }),
  );
  return {
    async run(inputs, outputs = {}) {
      checkOutputs(outputs, session.outputNames);
      const results = fromOrt(await inTurn(() => session.run(toOrt(OrtTensor, inputs))));
      return { ...results, ...copyInto(outputs, results) };
    },
    dispose: () => inTurn(() => session.release()),
  };
}

/** Results live in the module's own memory first, so that tensors given for them are filled by a copy. */
function copyInto(outputs: NamedTensors, results: NamedTensors): Record<string, Tensor> {
  const filled: Record<string, Tensor> = {};
  for (const [name, target] of Object.entries(outputs)) {
    const result = results[name];
    if (result.dtype !== target.dtype || result.shape.join() !== target.shape.join()) {
      const [want, got] = [result, target].map(({ dtype, shape }) => `${dtype} [${shape}]`);
      throw new Error(`output "${name}" is ${want}, the tensor given for it ${got}`);
    }
    (target.data as Uint8Array).set(result.data as Uint8Array);
    filled[name] = target;
  }
  return filled;
}
