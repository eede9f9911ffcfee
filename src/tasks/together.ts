/** Requests that run together, as far as they can: one that fails takes no other with it. */

/**
 * Runs items together. Those that fail together are halved, until the one that they fail for stands alone.
 * @param settle what becomes of items that came through together, in their order, or of one that failed
 * @throws the signal's reason when it is aborted, and what `settle` throws
 */
export async function runTogether<Item, Result>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  settle: (items: readonly Item[], outcome: PromiseSettledResult<readonly Result[]>) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (items.length === 0) return;
  let value: readonly Result[];
  try {
    value = await run(items);
  } catch (reason) {
    signal.throwIfAborted();
    if (items.length === 1) return settle(items, { status: "rejected", reason });
    const half = Math.ceil(items.length / 2);
    await runTogether(items.slice(0, half), run, settle, signal);
    return runTogether(items.slice(half), run, settle, signal);
  }
  return settle(items, { status: "fulfilled", value });
}
