import { expect, it } from "vitest";
import { Interrupted } from "./exit.js";
import { inspectDevices } from "./inspection.js";

it("a device that is no longer tried is not one that does not work", async () => {
  await expect(inspectDevices(AbortSignal.abort(new Interrupted()))).rejects.toThrow(Interrupted);
});
