/** Host tensors as ONNX Runtime's tensors and back, without copying. Shared by the runtimes for Node and for browsers. */
import { Tensor as OrtTensor } from "onnxruntime-common";
import type { DType, Tensor } from "../array/tensor.js";
import type { NamedTensors } from "./backend.js";

type OrtInputs = Record<string, OrtTensor>;

/** Feeds for a session: views of the same memory. */
export function toOrt(tensors: NamedTensors): OrtInputs {
  const result: OrtInputs = {};
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    result[name] = new OrtTensor(dtype as OrtTensor.Type, data as OrtTensor.DataType, shape as number[]);
  }
  return result;
}

/** Results of a session: views of the same memory. */
export function fromOrt(tensors: Readonly<Record<string, OrtTensor>>): Record<string, Tensor> {
  const result: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(tensors)) {
    result[name] = { dtype: value.type as DType, shape: value.dims, data: value.data as Tensor["data"] } as Tensor;
  }
  return result;
}
