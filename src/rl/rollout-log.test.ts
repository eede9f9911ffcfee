import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { listIterations, readIteration } from "./rollout-log-node.js";

it("what is no log, or damaged, is named", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-rollouts-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, "iteration-000003.jsonl");
  await writeFile(path, '{"iteration":3}\n{"itera');
  expect(await listIterations(directory)).toEqual([3]);
  expect(await listIterations(join(directory, "none"))).toEqual([]);
  await expect(readIteration(directory, 3)).rejects.toThrow(`${path}: line 2 is no JSON object, but {"itera`);
  await expect(listIterations(path)).rejects.toThrow(`${path}: cannot read it: a file and a directory are mixed up`);
});
