/** Whether two paths are one file or directory, links resolved; what does not exist is where it would be. */
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";

export async function isSameFile(a: string, b: string): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => resolve(path));
  return (await real(a)) === (await real(b));
}
