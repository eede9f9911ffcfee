/** The files of a run beside its checkpoints: the log of metrics, and the lock. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openMetrics } from "./metrics-node.js";
import { lockDirectory } from "./run-lock-node.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-run-"));
});
afterEach(() => rm(directory, { recursive: true }));

it("metrics of steps that are done again are replaced, half a line is dropped", async () => {
  const path = join(directory, "metrics.jsonl");
  const first = await openMetrics(path, 0);
  for (const step of [1, 2, 3]) await first.write({ step, loss: step });
  await appendFile(path, '{"step":4,"lo');
  const again = await openMetrics(path, 2);
  await again.write({ step: 3, loss: 30 });
  expect(await readFile(path, "utf8")).toBe('{"step":1,"loss":1}\n{"step":2,"loss":2}\n{"step":3,"loss":30}\n');
});

it("a directory is one process's at a time", async () => {
  const unlock = await lockDirectory(directory);
  await writeFile(join(directory, "run.lock"), `${process.ppid}\n`); // a process that is alive
  await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.ppid} is training in ${directory}`);
  await writeFile(join(directory, "run.lock"), "4194305\n"); // beyond the largest id: of a process that is gone
  await (await lockDirectory(directory))();
  await unlock();
});

it.runIf(process.platform === "linux")("a killed process that was not asked after holds no directory", async () => {
  // The child of a process that never waits: it ends and keeps its number.
  const parent = spawn("sh", ["-c", "true & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [pid] = (await once(parent.stdout, "data")) as [Buffer];
    await writeFile(join(directory, "run.lock"), pid);
    await expect.poll(() => readFile(`/proc/${String(pid).trim()}/stat`, "utf8")).toMatch(/\) Z /);
    await (await lockDirectory(directory))();
  } finally {
    parent.kill();
  }
});
