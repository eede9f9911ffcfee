/** What is done with a loaded model beside asking: leaving a call early, several calls at once, giving it back, and loading it again and again. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LoadedModel, MMaDA } from "../../src/tasks/model.js";
import { miniPath } from "../mini.js";
import { askings } from "../requests.js";

describe("calls of a model", () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await MMaDA.fromPretrained(miniPath);
  });
  afterAll(() => model?.dispose());

  const answerOf = async () => (await model.answer("12 - 5 = ?", { genLength: 6, steps: 2 })).ids;

  test.each(Object.keys(askings))("%s: aborted between steps it rejects with the signal's reason", async (name) => {
    const before = await answerOf();
    const controller = new AbortController();
    const reason = new Error("enough");
    const call = askings[name].together(model, { signal: controller.signal });
    let numSteps = 0;
    const iterating = (async () => {
      for await (const _ of call) if (++numSteps === 1) controller.abort(reason);
    })();
    await expect(iterating).rejects.toBe(reason);
    await expect(call).rejects.toBe(reason);
    expect(numSteps).toBe(1);
    expect(await answerOf()).toEqual(before);
  });

  test.each(Object.keys(askings))("%s: aborted from outside while it is awaited, and before it began", async (name) => {
    const controller = new AbortController();
    const call = askings[name].together(model, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(call).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    await expect(askings[name].together(model, { signal: controller.signal })).rejects.toBe(controller.signal.reason);
  });

  test("a loop over steps that is left has no result", async () => {
    const call = model.imagine("a red circle", { steps: 4 });
    for await (const { step } of call) if (step === 2) break;
    await expect(call).rejects.toThrow("left before its end");
  });

  test("calls of all tasks at once give what they give one after another", async () => {
    const calls = () => Object.values(askings).map(({ together }) => together(model));
    const atOnce = await Promise.all(calls());
    for (const [i, call] of calls().entries()) expect(await call).toEqual(atOnce[i]);
  }, 240_000);
});

describe("the end of a model", () => {
  test("a call under way ends with an error or its result, later ones say that the model is gone", async () => {
    const model = await MMaDA.fromPretrained(miniPath);
    const under = Object.values(askings).map(({ together }) => together(model));
    for (const call of under) call.catch(() => {}); // starts it
    await model.answer("Hi", { genLength: 2, steps: 1 });
    await model.dispose();
    for (const { status, ...rest } of await Promise.allSettled(under)) {
      if (status === "rejected") expect(String((rest as PromiseRejectedResult).reason)).toContain("was disposed of");
    }
    for (const { together } of Object.values(askings)) {
      await expect(together(model)).rejects.toThrow("was disposed of; load it again");
    }
    await model.dispose(); // once more does no harm
  });

  test("loaded, asked and given back again and again, memory stays what it was", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const round = async () => {
      await using model = await MMaDA.fromPretrained(miniPath);
      for (const { together } of Object.values(askings)) {
        for await (const _ of together(model)) break;
      }
      await model.answer("Hi", { genLength: 4, steps: 1 });
      const picture = await model.imagine("a red circle", { steps: 1 });
      await model.describe(picture.image, "What is it?", { genLength: 2, steps: 1 });
    };
    /** Resident memory in MB after each of so many rounds. */
    const residentAfterEach = async (numRounds: number) => {
      const readings: number[] = [];
      for (let i = 0; i < numRounds; i++) {
        await round();
        collectGarbage();
        readings.push(process.memoryUsage.rss() / 2 ** 20);
      }
      return readings;
    };
    // Readings go up and down by 50 MB with what the allocator keeps; what is never given back raises the least of them too.
    const before = Math.max(...(await residentAfterEach(4)));
    const after = Math.min(...(await residentAfterEach(12)).slice(-4));
    // Of nine rounds and more that lie between nothing is kept: the weights of two models, in float32, would be more than this.
    const { size } = await stat(join(miniPath, "model.safetensors")); // float16
    expect(after - before).toBeLessThan((2 * 2 * size) / 2 ** 20);
  }, 240_000);
});
