/** Runs a model given as bytes on the device asked for, once for each of `inputs`, all at the same time. */
import { openBackend } from "#backends";
import type { Tensor } from "../../../../src/array/tensor.js";
import type { Device, OnnxModel } from "../../../../src/runtime/backend.js";

interface Argument {
  readonly device: Device | "auto";
  readonly model: Uint8Array;
  readonly externalData?: OnnxModel["externalData"];
  readonly inputs: readonly Record<string, Tensor>[];
  readonly outputs?: Record<string, Tensor>;
}

export default async function runGraph({ device, model, externalData, inputs, outputs }: Argument) {
  const backend = await openBackend(device);
  const executable = await backend.compile({ bytes: model, externalData });
  const results = await Promise.all(inputs.map((given) => executable.run(given, outputs)));
  await executable.dispose();
  return { device: backend.device, results };
}
