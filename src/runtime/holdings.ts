/** What is opened one after the other and given back together: by whoever has used it, or because the next could not be opened. */

/** What may have memory, files or threads to give back. */
export interface Holding {
  dispose?(): Promise<void>;
}

export interface Holdings {
  /** Takes down what is to be given back, and returns it. */
  hold<T extends Holding>(opened: T): T;
  /** Gives all back, the last first, also where one of them fails. @throws what failed */
  dispose(): Promise<void>;
}

export function createHoldings(): Holdings {
  const held: Holding[] = [];
  const dispose = async (): Promise<void> => {
    try {
      await held.pop()?.dispose?.();
    } finally {
      if (held.length > 0) await dispose();
    }
  };
  return {
    hold(opened) {
      held.push(opened);
      return opened;
    },
    dispose,
  };
}

/** Opens what has several parts, which are given back where it fails. @throws as `open` */
export async function openHolding<T>(open: (holdings: Holdings) => Promise<T>): Promise<T> {
  const holdings = createHoldings();
  try {
    return await open(holdings);
  } catch (error) {
    // Why it could not be opened is what is told.
    await holdings.dispose().catch(() => undefined);
    throw error;
  }
}
