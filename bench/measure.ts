/** Timing that can be compared: what is compared runs in turns, in one process, and medians are told with their range. */

export interface Timing {
  /** Seconds of a run: the median, and the fastest and slowest. */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** Runs each function `rounds` times in turns, after `warmUp` rounds that do not count. */
export async function timeInTurns<K extends string>(
  work: Readonly<Record<K, () => Promise<unknown>>>,
  { rounds, warmUp = 2 }: { readonly rounds: number; readonly warmUp?: number },
): Promise<Record<K, Timing>> {
  const names = Object.keys(work) as K[];
  const seconds = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await work[name]();
      if (round >= 0) seconds.get(name)?.push((performance.now() - start) / 1000);
    }
  }
  return Object.fromEntries(names.map((name) => [name, timing(seconds.get(name) ?? [])])) as Record<K, Timing>;
}

export function timing(seconds: readonly number[]): Timing {
  const sorted = [...seconds].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], fastest: sorted[0], slowest: sorted[sorted.length - 1] };
}

/** Rows of text in columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ")).join("\n");
}
