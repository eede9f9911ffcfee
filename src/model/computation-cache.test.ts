import { expect, test } from "vitest";
import { createComputationCache } from "./computation-cache.js";
import type { Computation } from "./weight-source.js";

/** Computations that write down what becomes of them. */
function recorded() {
  const events: string[] = [];
  const compile = (name: string) => async (): Promise<Computation> => {
    events.push(`compile ${name}`);
    return { run: async () => ({}), dispose: async () => void events.push(`dispose ${name}`) };
  };
  return { events, compile };
}

test("a key is compiled once; beyond the limit the one unused for longest goes", async () => {
  const { events, compile } = recorded();
  const cache = createComputationCache(2, "the cache");
  for (const key of ["a", "b", "a", "c", "a", "b"])
    await cache.use(key, compile(key), (computation) => computation.run({}));
  expect(events).toEqual(["compile a", "compile b", "dispose b", "compile c", "dispose c", "compile b"]);
  await cache.dispose();
  expect(events.slice(-2).sort()).toEqual(["dispose a", "dispose b"]);
});

test("what is in use is disposed of when its last user has ended, and nothing is used afterwards", async () => {
  const { events, compile } = recorded();
  const cache = createComputationCache(1, "the cache");
  let end: (result: string) => void = () => {};
  const running = cache.use("a", compile("a"), () => new Promise<string>((resolve) => (end = resolve)));
  const next = cache.use("b", compile("b"), async () => "b ran");
  const disposal = cache.dispose();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events).toEqual(["compile a"]);
  await expect(cache.use("a", compile("a"), async () => {})).rejects.toThrow(
    "the cache was disposed of; load it again",
  );
  end("a ran");
  expect(await Promise.all([running, next])).toEqual(["a ran", "b ran"]);
  await disposal;
  expect(events).toEqual(["compile a", "dispose a", "compile b", "dispose b"]);
});

test("disposing waits for what made room for others, even for one that did not compile", async () => {
  const { events, compile } = recorded();
  const cache = createComputationCache(1, "the cache");
  let end = () => {};
  const running = cache.use("a", compile("a"), () => new Promise<void>((resolve) => (end = resolve)));
  const broken = () => Promise.reject(new Error("no such operation"));
  const failing = expect(cache.use("b", broken, async () => {})).rejects.toThrow("no such operation");
  const disposal = cache.dispose().then(() => events.push("all disposed"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  end();
  await Promise.all([running, failing, disposal]);
  expect(events).toEqual(["compile a", "dispose a", "all disposed"]);
});

test("what does not compile is tried again, and does not stand in the way of disposing", async () => {
  const { compile } = recorded();
  const cache = createComputationCache(2, "the cache");
  const broken = () => Promise.reject(new Error("no such operation"));
  await expect(cache.use("a", broken, async () => {})).rejects.toThrow("no such operation");
  expect(await cache.use("a", compile("a"), async () => "ran")).toBe("ran");
  await expect(cache.use("b", broken, async () => {})).rejects.toThrow("no such operation");
  await cache.dispose();
});
