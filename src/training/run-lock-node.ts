/** One process a run: two that train in one directory would overwrite each other's checkpoints. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../weights/files-node.js";

/** Another process is at it. */
export class RunLockError extends Error {
  override readonly name = "RunLockError";
}

/**
 * Takes a run's directory for this process, making it where there is none. What a killed process has left is taken over.
 * @returns what gives it back
 * @throws RunLockError when a living process has it
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "run.lock");
  await attempt(directory, "create", () => mkdir(directory, { recursive: true }));
  for (;;) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number(await readFile(path, "utf8").catch(() => ""));
    if (owner > 0 && owner !== process.pid && (await isAlive(owner))) {
      throw new RunLockError(`process ${owner} is training in ${directory}: stop it first, or give another --output`);
    }
    await rm(path, { force: true });
  }
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // A killed process that nobody has asked after yet still has its number (Linux: state Z, behind the name in brackets).
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/\) [ZX] [^)]*$/.test(stat);
}
