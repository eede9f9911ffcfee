/** Compiled graphs that are kept, as many as may be: the bound on what they hold of memory, and who may dispose of them when. */
import type { Computation } from "./weight-source.js";

/** Computations by key, compiled when first needed. */
export interface ComputationCache {
  /**
   * What `run` makes of the computation of this key.
   * @throws Error after `dispose`; what compiling and running throw
   */
  use<T>(key: string, compile: () => Promise<Computation>, run: (computation: Computation) => Promise<T>): Promise<T>;
  /** Gives all memory back, once calls under way have ended. */
  dispose(): Promise<void>;
}

interface Entry {
  readonly computation: Promise<Computation>;
  readonly uses: Set<Promise<unknown>>;
}

/**
 * A cache of at most `limit` computations: for another, the one that was not used for longest is disposed of when its last user has ended,
 * before the other is compiled.
 * @param owner what was disposed of, for the error
 */
export function createComputationCache(limit: number, owner: string): ComputationCache {
  const entries = new Map<string, Entry>(); // in the order of last use
  const endings = new Set<Promise<void>>(); // of those dropped that are not disposed of yet
  let isDisposed = false;

  const end = async ({ computation, uses }: Entry) => {
    await Promise.allSettled(uses);
    const compiled = await computation.catch(() => undefined);
    await compiled?.dispose();
  };
  const drop = (key: string, entry: Entry) => {
    entries.delete(key);
    const ending = end(entry).finally(() => endings.delete(ending));
    endings.add(ending);
    return ending;
  };
  /** Ends when there is room for one more. Which goes is chosen at once. */
  const makeRoom = async () => {
    const [oldest] = entries;
    if (entries.size >= limit) await drop(...oldest);
  };

  return {
    async use(key, compile, run) {
      if (isDisposed) throw new Error(`${owner} was disposed of; load it again`);
      const entry = entries.get(key) ?? { computation: makeRoom().then(compile), uses: new Set() };
      entries.delete(key);
      entries.set(key, entry);
      // What did not compile is compiled again at the next call.
      entry.computation.catch(() => entries.get(key) === entry && entries.delete(key));
      const use = entry.computation.then(run);
      entry.uses.add(use);
      try {
        return await use;
      } finally {
        entry.uses.delete(use);
      }
    },
    async dispose() {
      isDisposed = true;
      for (const [key, entry] of entries) drop(key, entry);
      await Promise.all(endings);
    },
  };
}
