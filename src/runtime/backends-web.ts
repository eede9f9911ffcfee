/** Which backends there are in browsers, and which one `auto` means. `backends-node.ts` is the same for Node; both are reached as "#backends". */
import type { Backend, Device } from "./backend.js";
import { createOrtWebBackend } from "./ort-web.js";

/** Where graphs can be run here; `auto` is the fastest that works. */
export type DeviceChoice = Device | "auto";

/**
 * The backend for a device. `auto` takes WebGPU where the browser gives an adapter, and WebAssembly otherwise.
 * @throws Error when the device is not one of this environment's; RangeError when there is none of that name
 */
export async function openBackend(choice: DeviceChoice = "auto"): Promise<Backend> {
  switch (choice) {
    case "auto":
      return createOrtWebBackend((await hasWebGpu()) ? "webgpu" : "wasm");
    case "wasm":
      return createOrtWebBackend("wasm");
    case "webgpu":
      if (await hasWebGpu()) return createOrtWebBackend("webgpu");
      throw new Error('this browser gives no WebGPU adapter; use device "wasm", or a browser and system that have one');
    case "cpu":
    case "cuda":
      throw new Error(`device "${choice}" is for Node; in browsers use "webgpu" or "wasm"`);
    default:
      throw new RangeError(
        `there is no device ${JSON.stringify(choice satisfies never)}; in browsers there are "auto", "webgpu" and "wasm"`,
      );
  }
}

async function hasWebGpu(): Promise<boolean> {
  const { navigator } = globalThis as unknown as { navigator?: { gpu?: { requestAdapter(): Promise<unknown> } } };
  return Boolean(await navigator?.gpu?.requestAdapter().catch(() => null));
}
