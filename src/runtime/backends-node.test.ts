import { expect, it, vi } from "vitest";
import { tensor } from "../array/tensor.js";
import { toOnnx } from "../graph/onnx.js";
import { input, mul } from "../graph/ops.js";
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

it("a tensor given for an output that there is not is an error", async () => {
  const backend = await openBackend("cpu");
  const executable = await backend.compile({ bytes: toOnnx({ y: mul(input("x", "float32", [2]), 2) }) });
  const x = tensor("float32", [2], Float32Array.of(1, 2));
  const y = tensor("float32", [2], new Float32Array(2));
  await expect(executable.run({ x }, { Y: y })).rejects.toThrow('the model has no output "Y"; it has y');
  await executable.run({ x }, { y });
  expect([...y.data]).toEqual([2, 4]);
  await executable.dispose();
});
