/** Which backends there are in Node, and which one `auto` means. */
import type { Backend, Device } from "./backend.js";
import { createOrtBackend } from "./ort-node.js";

/** Where graphs can be run here; what `auto` takes, `openBackend` says. */
export type DeviceChoice = Device | "auto";

/**
 * The backend for a device. `auto` takes the CPU: a GPU is taken when it is asked for.
 * @throws Error when the device is not one of this environment's; RangeError when there is none of that name
 */
export async function openBackend(choice: DeviceChoice = "auto"): Promise<Backend> {
  switch (choice) {
    case "auto":
    case "cpu":
      return createOrtBackend("cpu");
    case "webgpu":
    case "cuda":
      return createOrtBackend(choice);
    case "wasm":
      throw new Error('device "wasm" is for browsers; in Node use "cpu", "webgpu" or "cuda"');
    default:
      throw new RangeError(
        `there is no device ${JSON.stringify(choice satisfies never)}; in Node there are "auto", "cpu", "webgpu" and "cuda"`,
      );
  }
}
