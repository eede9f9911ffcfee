import { expect, test } from "vitest";
import { createHoldings, openHolding } from "./holdings.js";

/** Things that take down when they are given back; "bad" fails at it. */
function thingsOf(given: string[]) {
  return (name: string) => ({
    name,
    async dispose() {
      given.push(name);
      if (name === "bad") throw new Error("bad is stuck");
    },
  });
}

test("all is given back, the last first, whatever fails, and once", async () => {
  const given: string[] = [];
  const thing = thingsOf(given);
  const { hold, dispose } = createHoldings();
  expect(hold(thing("a")).name).toBe("a");
  for (const name of ["bad", "c"]) hold(thing(name));
  hold({});
  await expect(dispose()).rejects.toThrow("bad is stuck");
  expect(given).toEqual(["c", "bad", "a"]);
  await dispose();
  expect(given).toHaveLength(3);
});

test("what was opened before the opening failed is given back, and the reason told", async () => {
  const given: string[] = [];
  const thing = thingsOf(given);
  const opening = openHolding(async ({ hold }) => {
    for (const name of ["a", "bad"]) hold(thing(name));
    throw new Error("no such file");
  });
  await expect(opening).rejects.toThrow("no such file");
  expect(given).toEqual(["bad", "a"]);
  expect(await openHolding(async ({ hold }) => hold(thing("kept")).name)).toBe("kept");
  expect(given).toHaveLength(2);
});
