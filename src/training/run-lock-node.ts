/** One run a directory: two that train in one would overwrite each other's checkpoints. */
import { link, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../weights/files-node.js";

/** Another run is at it. */
export class RunLockError extends Error {
  override readonly name = "RunLockError";
}

/** What this process has taken: its number in a lock does not tell its runs apart, or from that of a process before it. */
const held = new Set<string>();

/**
 * Takes a run's directory for this run, making it where there is none. What a killed process has left is taken over.
 * @returns what gives it back
 * @throws RunLockError when a living process has it, this one included; FileError when it cannot be written to
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await attempt(directory, "create", () => mkdir(directory, { recursive: true }));
  const place = await realpath(directory);
  if (held.has(place)) {
    throw new RunLockError(`this process is training in ${directory} already: wait for it, or give another --output`);
  }
  held.add(place);
  const path = join(place, "run.lock");
  try {
    await takeLock(path, directory);
  } catch (error) {
    held.delete(place);
    throw error;
  }
  return async () => {
    await rm(path, { force: true });
    held.delete(place);
  };
}

async function takeLock(path: string, directory: string): Promise<void> {
  while (!(await createLock(path))) {
    const owner = Number(await readFile(path, "utf8").catch(() => ""));
    if (owner > 0 && owner !== process.pid && (await isAlive(owner))) {
      throw new RunLockError(`process ${owner} is training in ${directory}: stop it first, or give another --output`);
    }
    await rm(path, { force: true });
  }
}

/** False where there is one. The lock appears with the number in it: an empty one would look like one that was left. */
async function createLock(path: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.tmp`;
  const write = (to: string, flag: "w" | "wx") =>
    attempt(to, "write", () => writeFile(to, `${process.pid}\n`, { flag }));
  try {
    await write(temporary, "w");
    await link(temporary, path).catch((error) => {
      if (isThere(error)) throw error;
      // Not every disk knows links.
      return write(path, "wx");
    });
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EEXIST";
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
