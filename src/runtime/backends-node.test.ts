import { expect, it, vi } from "vitest";
import { type DeviceChoice, openBackend } from "./backends-node.js";
import { openBackend as openWebBackend } from "./backends-web.js";

vi.mock("./ort-web.js", () => ({ createOrtWebBackend: () => undefined }));

it("ONNX Runtime is told to keep what it sees to itself", () => {
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe("1");
});

it("a device that there is not is refused with those that there are", async () => {
  await expect(openBackend("gpu" as DeviceChoice)).rejects.toThrow(
    'there is no device "gpu"; in Node there are "auto", "cpu", "webgpu" and "cuda"',
  );
  await expect(openWebBackend("gpu" as DeviceChoice)).rejects.toThrow(
    'there is no device "gpu"; in browsers there are "auto", "webgpu" and "wasm"',
  );
  await expect(openBackend("gpu" as DeviceChoice)).rejects.toThrow(RangeError);
});
