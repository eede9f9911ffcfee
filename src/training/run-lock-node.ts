/** One run a directory: two that train in one would overwrite each other's checkpoints. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
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
    throw new RunLockError(
      `this process is training in ${directory} already: wait for it, or give another output directory`,
    );
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
  const { startTime = "" } = await statusOf(process.pid);
  const own = `${process.pid} ${startTime}`.trim();
  while (!(await createLock(path, `${own}\n`))) {
    const lock = await readFile(path, "utf8").catch(() => "");
    const [pid, began] = lock.trim().split(" ");
    const owner = Number(pid);
    if (owner > 0 && owner !== process.pid && (await isAlive(owner, began))) {
      throw new RunLockError(
        `process ${owner} is training in ${directory}: stop it first, or give another output directory`,
      );
    }
    await removeStale(path, lock);
  }
}

/** Takes a lock away that says this. Another may be faster: if it is that one's lock that was taken, it goes back. */
async function removeStale(path: string, lock: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    await attempt(path, "remove", () => rename(path, aside));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) === lock) await rm(aside);
  else await rename(aside, path);
}

/** False where there is one. The lock appears with all that it says: an empty one would look like one that was left. */
async function createLock(path: string, lock: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.tmp`;
  const write = (to: string, flag: "w" | "wx") => attempt(to, "write", () => writeFile(to, lock, { flag }));
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

/** @param began what a lock says of its start; left out, any process of that number is meant */
async function isAlive(pid: number, began?: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const { state, startTime = began } = await statusOf(pid);
  // A killed process that nobody has asked after yet (Z) still has its number; one that began at another time has it anew.
  return !/[ZX]/.test(state) && (began === undefined || startTime === began);
}

/** State and time of start, in ticks since the machine's, as Linux tells them behind a name in brackets; nothing elsewhere. */
async function statusOf(pid: number): Promise<{ readonly state: string; readonly startTime?: string }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state, startTime: fields[18] };
}
