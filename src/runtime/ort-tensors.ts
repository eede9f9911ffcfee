/**
 * Host tensors as ONNX Runtime's tensors and back, without copying. The runtimes for Node and for browsers each have their own class
 * of tensor and take no other, so it is an argument here.
 */
import type { Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import type { DType, Tensor } from "../array/tensor.js";
import type { NamedTensors } from "./backend.js";

/** Feeds or fetches for a session: views of the same memory. */
export function toOrt(Class: TensorConstructor, tensors: NamedTensors): Record<string, OrtTensor> {
  const result: Record<string, OrtTensor> = {};
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    result[name] = new Class(dtype as OrtTensor.Type, data as OrtTensor.DataType, shape);
  }
  return result;
}

/** @throws Error when tensors are given for outputs that a model has not */
export function checkOutputs(given: NamedTensors, names: readonly string[]): void {
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger !== undefined) throw new Error(`the model has no output "${stranger}"; it has ${names.join(", ")}`);
}

/** Results of a session: views of the same memory. */
export function fromOrt(tensors: Readonly<Record<string, OrtTensor>>): Record<string, Tensor> {
  const result: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(tensors)) {
    result[name] = { dtype: value.type as DType, shape: value.dims, data: hostData(value) } as Tensor;
  }
  return result;
}

/** Newer engines (Node 24, browsers) give float16 as Float16Array; here it is always its raw 16 bits. */
function hostData({ type, data }: OrtTensor): Tensor["data"] {
  if (type !== "float16") return data as Tensor["data"];
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}
