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
    result[name] = { dtype: value.type as DType, shape: value.dims, data: hostData(value) } as Tensor;
  }
  return result;
}

/** Newer engines give float16 as Float16Array; here it is always its raw 16 bits. */
function hostData({ type, data }: OrtTensor): Tensor["data"] {
  if (type !== "float16") return data as Tensor["data"];
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}
