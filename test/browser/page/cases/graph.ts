/** Runs a model given as bytes on the device asked for. */
import { openBackend } from "#backends";
import type { Tensor } from "../../../../src/array/tensor.js";
import type { Device } from "../../../../src/runtime/backend.js";

interface Argument {
  readonly device: Device | "auto";
  readonly model: Uint8Array;
  readonly inputs: Record<string, Tensor>;
  readonly outputs?: Record<string, Tensor>;
}

export default async function runGraph({ device, model, inputs, outputs }: Argument) {
  const backend = await openBackend(device);
  const executable = await backend.compile({ bytes: model });
  const results = await executable.run(inputs, outputs);
  await executable.dispose();
  return { device: backend.device, results };
}
