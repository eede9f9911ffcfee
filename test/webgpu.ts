/**
 * WebGPU for tests in Node: a real GPU where there is one; otherwise SwiftShader, which computes Vulkan on the CPU and comes with
 * Chromium. Says why when there is neither.
 */
import { existsSync, readdirSync } from "node:fs";
import { toOnnx } from "../src/graph/onnx.js";
import { input, mul } from "../src/graph/ops.js";
import { createOrtBackend } from "../src/runtime/ort-node.js";
import { randomTensor } from "./gradcheck.js";

const SOFTWARE_DRIVERS = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
];

/** Options of tests that use it: a GPU computed on a busy CPU takes its time. */
export const SLOW = { timeout: 480_000 };

export type WebGpu = { readonly adapter: "hardware" | "swiftshader" } | { readonly reason: string };

let found: Promise<WebGpu> | undefined;

/**
 * Makes the provider `webgpu` of this process usable if anything can, and tries it. To be awaited at the top of a test file:
 * `const gpu = await findWebGpu(); describe.skipIf("reason" in gpu)(…)`.
 */
export function findWebGpu(): Promise<WebGpu> {
  found ??= probe();
  return found;
}

async function probe(): Promise<WebGpu> {
  const software = SOFTWARE_DRIVERS.find((path) => existsSync(path));
  const isSoftware = process.platform === "linux" && !process.env.VK_ICD_FILENAMES && !hasGpu();
  if (isSoftware) {
    if (!software) return { reason: "no GPU, and no SwiftShader: Debian's packages chromium and libvulkan1 bring it" };
    // Read when the Vulkan library is opened, at the first session.
    process.env.VK_ICD_FILENAMES = software;
  }
  try {
    const x = input("x", "float32", ["N"]);
    const executable = await createOrtBackend("webgpu").compile({ bytes: toOnnx({ y: mul(x, 2) }) });
    const value = randomTensor([64], "probe");
    const { y } = await executable.run({ x: value });
    await executable.dispose();
    if (!value.data.every((v, i) => y.data[i] === 2 * v)) return { reason: "WebGPU computes wrong numbers here" };
  } catch (error) {
    return { reason: `WebGPU does not start (Debian: is libvulkan1 installed?): ${(error as Error).message}` };
  }
  return { adapter: process.env.VK_ICD_FILENAMES?.includes("swiftshader") ? "swiftshader" : "hardware" };
}

/** Whether Linux shows a render device together with a driver for Vulkan. */
function hasGpu(): boolean {
  const list = (directory: string) => (existsSync(directory) ? readdirSync(directory) : []);
  const isDevice = list("/dev/dri").some((name) => name.startsWith("renderD")) || existsSync("/dev/nvidia0");
  const drivers = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
    .flatMap(list)
    .filter((name) => !/lvp|swiftshader/.test(name));
  return isDevice && drivers.length > 0;
}
