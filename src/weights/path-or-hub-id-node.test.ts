import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pathOrHubIdIn } from "./path-or-hub-id-node.js";

test("a directory beside the recipe goes ahead of a model of the Hub; what can be none of it is a path", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-place-"));
  try {
    await mkdir(join(directory, "models/mini"), { recursive: true });
    expect(pathOrHubIdIn(directory, "models/mini")).toBe(join(directory, "models/mini"));
    expect(pathOrHubIdIn(directory, "models/other")).toBe("models/other");
    expect(pathOrHubIdIn(directory, "./models/other")).toBe(join(directory, "models/other"));
    expect(pathOrHubIdIn(directory, "/models/mini")).toBe("/models/mini");
  } finally {
    await rm(directory, { recursive: true });
  }
});
