import { expect, test } from "vitest";
import type { Backend } from "../runtime/backend.js";
import { findFault } from "./probe.js";

test("a backend that fails is let go of what it compiled, and its words are the fault", async () => {
  let isDisposed = false;
  const run = () => Promise.reject(new Error("the device was lost"));
  const dispose = async () => {
    isDisposed = true;
  };
  const backend: Backend = { device: "webgpu", compile: async () => ({ run, dispose }) };
  expect(await findFault(backend)).toBe("the device was lost");
  expect(isDisposed).toBe(true);
});
