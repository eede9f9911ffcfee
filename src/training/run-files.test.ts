/** The files of a run beside its checkpoints: the log of metrics, and the lock. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, link, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openMetrics } from "./metrics-node.js";
import { lockDirectory, RunLockError } from "./run-lock-node.js";

vi.mock("node:fs/promises", async (load) => {
  const files = await load<typeof import("node:fs/promises")>();
  return { ...files, link: vi.fn(files.link), rename: vi.fn(files.rename) };
});

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

/** What a lock of this process says: its number and, where the platform tells it, when it began. */
const OWN_LOCK = process.platform === "linux" ? RegExp(`^${process.pid} \\d+\n$`) : RegExp(`^${process.pid}\n$`);

it("a directory is one process's at a time", async () => {
  await writeFile(join(directory, "run.lock"), `${process.ppid}\n`); // a process that is alive
  await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.ppid} is training in ${directory}`);
  await writeFile(join(directory, "run.lock"), "4194305\n"); // beyond the largest id: of a process that is gone
  await (await lockDirectory(directory))();
});

it("a directory is one run's at a time, in one process too", async () => {
  const unlock = await lockDirectory(directory);
  await symlink(directory, `${directory}-link`);
  try {
    for (const name of [directory, `${directory}/`, `${directory}-link`])
      await expect(lockDirectory(name)).rejects.toThrow(RunLockError);
    expect(await readFile(join(directory, "run.lock"), "utf8")).toMatch(OWN_LOCK);
    await unlock();
    await (await lockDirectory(`${directory}-link`))();
  } finally {
    await rm(`${directory}-link`);
  }
  expect(await readdir(directory)).toEqual([]);
});

it("a disk that knows no links has locks too", async () => {
  const refuse = () => Promise.reject(Object.assign(new Error("no links"), { code: "EPERM" }));
  vi.mocked(link).mockImplementationOnce(refuse);
  const unlock = await lockDirectory(directory);
  expect(await readdir(directory)).toEqual(["run.lock"]);
  await unlock();
  vi.mocked(link).mockImplementationOnce(refuse);
  await writeFile(join(directory, "run.lock"), `${process.ppid}\n`);
  await expect(lockDirectory(directory)).rejects.toThrow(RunLockError);
});

it("a lock says whose it is from the beginning", async () => {
  const path = join(directory, "run.lock");
  for (let trial = 0; trial < 50; trial++) {
    const locking = lockDirectory(directory);
    while (!existsSync(path)) await setImmediate();
    expect(readFileSync(path, "utf8")).toMatch(OWN_LOCK);
    await (await locking)();
  }
});

it("of two that find a lock whose owner is gone one has it", async () => {
  const path = join(directory, "run.lock");
  await writeFile(path, "4194305\n");
  // Another is faster.
  vi.mocked(rename).mockImplementationOnce(async (from, to) => {
    await writeFile(path, `${process.ppid}\n`);
    await link(from, to);
    await rm(from);
  });
  await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.ppid} is training`);
  expect(await readdir(directory)).toEqual(["run.lock"]);
  expect(await readFile(path, "utf8")).toBe(`${process.ppid}\n`);
});

it.runIf(process.platform === "linux")(
  "a process that has the number of one that is gone holds no directory",
  async () => {
    await writeFile(join(directory, "run.lock"), `${process.ppid} 1\n`); // began later than that
    await (await lockDirectory(directory))();
  },
);

it.runIf(process.platform === "linux")("a killed process that was not asked after holds no directory", async () => {
  // The child of a process that never waits: it ends, when a shell that would have waited is gone, and keeps its number.
  const parent = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [pid] = (await once(parent.stdout, "data")) as [Buffer];
    await writeFile(join(directory, "run.lock"), pid);
    const state = () => readFile(`/proc/${String(pid).trim()}/stat`, "utf8");
    await expect.poll(state, { timeout: 20_000 }).toMatch(/\) Z /);
    await (await lockDirectory(directory))();
  } finally {
    parent.kill();
  }
});
