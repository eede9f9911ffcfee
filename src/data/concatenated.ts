/** Several sources one after another as one, such as the shards of a dataset. */
import type { ExampleSource } from "./example.js";

/** @throws RangeError when one of several is endless: nothing after it would ever be reached */
export function concatenateSources(sources: readonly ExampleSource[], name: string): ExampleSource {
  if (sources.length === 1) return { ...sources[0], name };
  const length = sources.reduce((sum, source) => sum + source.length, 0);
  if (!Number.isFinite(length))
    throw new RangeError(`"${name}" would join an endless source to others: mix them instead`);
  return {
    name,
    length,
    async read(index) {
      let local = index;
      for (const source of sources) {
        if (local < source.length) return source.read(local);
        local -= source.length;
      }
      throw new RangeError(`"${name}" has records 0 to ${length - 1}, not ${index}`);
    },
    async dispose() {
      await Promise.all(sources.map((source) => source.dispose?.()));
    },
  };
}
