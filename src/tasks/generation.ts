/**
 * What every task returns: something to await for the result, or to iterate over for the steps that lead to it. Nothing happens
 * before one or the other is done. Knows nothing of what is generated.
 */

/**
 * A result that comes in steps. While it is iterated over the loop alone drives it: awaited inside of that loop it never settles.
 * @example
 * const { text } = await model.answer("What is 2 plus 2?");
 * @example
 * const generation = model.answer("What is 2 plus 2?");
 * for await (const { text } of generation) show(text);
 * const { nfe } = await generation; // the same run; it is not done again
 */
export interface Generation<Result, Step> extends Promise<Result>, AsyncIterable<Step> {
  /** The steps, once: a generation is one run. Leaving the loop early ends it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Step>;
}

/** A generation from an async generator that yields steps and returns the result. */
export function createGeneration<Result, Step>(
  start: () => AsyncGenerator<Step, Result, void>,
): Generation<Result, Step> {
  let run: AsyncGenerator<Step, Result, void> | undefined;
  let isIterated = false;
  let isLeft = false;
  let settle: { resolve: (result: Result) => void; reject: (reason: unknown) => void };
  const settled = new Promise<Result>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever iterates sees the error there; whoever awaits sees it too.
  settled.catch(() => {});

  const next = async (): Promise<IteratorResult<Step, undefined>> => {
    run ??= start();
    try {
      const item = await run.next();
      if (!item.done) return { done: false, value: item.value };
      settle.resolve(item.value);
      return { done: true, value: undefined };
    } catch (error) {
      settle.reject(error);
      throw error;
    }
  };
  let drained: Promise<void> | undefined;
  const drain = async () => {
    while (!(await next().catch(() => ({ done: true }))).done) {}
  };
  const result = (): Promise<Result> => {
    if (!isIterated) drained ??= drain();
    return settled;
  };

  return {
    [Symbol.toStringTag]: "Generation",
    // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for
    then: (onFulfilled, onRejected) => result().then(onFulfilled, onRejected),
    catch: (onRejected) => result().catch(onRejected),
    finally: (onFinally) => result().finally(onFinally),
    [Symbol.asyncIterator]() {
      if (isIterated || drained) throw new Error("the steps of a generation can be iterated over once; start another");
      isIterated = true;
      return {
        next: async () => (isLeft ? { done: true, value: undefined } : next()),
        async return() {
          isLeft = true;
          await run?.return(undefined as Result);
          settle.reject(new Error("the generation was left before its end, so it has no result"));
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
}

/** The first of a batch of one, and its steps. */
export function firstOf<Result, Step>(
  start: () => AsyncGenerator<readonly Step[], readonly Result[], void>,
): Generation<Result, Step> {
  return createGeneration(async function* () {
    const run = start();
    try {
      for (;;) {
        const item = await run.next();
        if (item.done) return item.value[0];
        yield item.value[0];
      }
    } finally {
      await run.return([]);
    }
  });
}
