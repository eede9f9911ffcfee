/**
 * What it takes to run an ONNX model: the interface that every backend implements and that all other parts see. Only the
 * files `ort-*.ts` beside this one import ONNX Runtime.
 */
import type { Tensor } from "../array/tensor.js";

/** Where a graph runs. `cuda` needs its libraries installed; `wasm` is the browser's fallback. */
export type Device = "cpu" | "webgpu" | "wasm" | "cuda";

/** A serialized ONNX model, with the initializers that it keeps outside of its own bytes. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** External data by the location that the model names, in memory. */
  readonly externalData?: readonly { readonly location: string; readonly data: Uint8Array }[];
}

/** Tensors by the names of a graph's inputs or outputs. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** A compiled model: a function from named tensors to named tensors. */
export interface Executable {
  /**
   * @param inputs one tensor for each input of the model
   * @param outputs tensors to write results into, by output name; the others are allocated
   * @returns all outputs of the model
   * @throws Error for an output that the model has not
   */
  run(inputs: NamedTensors, outputs?: NamedTensors): Promise<Record<string, Tensor>>;
  /** Gives its memory back. Running it afterwards is an error. */
  dispose(): Promise<void>;
}

/** How a model is compiled. */
export interface CompileOptions {
  /** Threads of the CPU; by default as many as there are physical cores. */
  readonly numThreads?: number;
  /** Whether memory is kept from one operation for the next (default). Without, a run takes what it needs at a time, and no more. */
  readonly isMemoryKept?: boolean;
}

/** A device that models can be compiled for. */
export interface Backend {
  readonly device: Device;
  /** @throws Error when the device cannot run the model */
  compile(model: OnnxModel, options?: CompileOptions): Promise<Executable>;
}
