import { describe, expect, test } from "vitest";
import { blankImage } from "../images/image.js";
import { DataError, type ExampleSource } from "./example.js";
import { createMixture, type MixtureOptions, type MixturePart } from "./mixture.js";

/** Records are their own index; those in `broken` cannot be read. */
function numbers(name: string, length: number, broken: readonly number[] = []): ExampleSource {
  return {
    name,
    length,
    async read(index) {
      if (broken.includes(index)) throw new DataError(`${name}:${index}`, "damaged");
      return { task: "lm", messages: [], answer: `${name}${index}` };
    },
  };
}

const parts = (): MixturePart[] => [
  { source: numbers("a", 10), weight: 3 },
  { source: numbers("b", Number.POSITIVE_INFINITY), weight: 1 },
];

async function takeFrom(mixture: ReturnType<typeof createMixture>, count: number): Promise<string[]> {
  const taken: string[] = [];
  for (let i = 0; i < count; i++) taken.push((await mixture.next()).example.answer ?? "");
  return taken;
}

const take = (count: number, options: MixtureOptions, from = parts()) => takeFrom(createMixture(from, options), count);

describe("createMixture", () => {
  test("draws by weight", async () => {
    const taken = await take(4000, { seed: 1 });
    const share = taken.filter((answer) => answer.startsWith("a")).length / 4000;
    expect(share).toBeGreaterThan(0.72);
    expect(share).toBeLessThan(0.78);
  });

  test("goes through all records before the next pass, each pass in a new order; generators by index", async () => {
    const taken = await take(200, { seed: 1 });
    const finite = taken.filter((answer) => answer.startsWith("a"));
    const passes = [finite.slice(0, 10), finite.slice(10, 20)];
    for (const pass of passes) expect(new Set(pass).size).toBe(10);
    expect(passes[0]).not.toEqual(passes[1]);
    const endless = taken.filter((answer) => answer.startsWith("b"));
    expect(endless).toEqual(endless.map((_, i) => `b${i}`));
  });

  test("depends on the seed alone", async () => {
    expect(await take(50, { seed: 1 })).toEqual(await take(50, { seed: 1 }));
    expect(await take(50, { seed: 1 })).not.toEqual(await take(50, { seed: 2 }));
  });

  test.each([0, 1, 7, 33])("goes on after %i draws exactly where it was", async (count) => {
    const whole = await take(80, { seed: 5 });
    const first = createMixture(parts(), { seed: 5 });
    await takeFrom(first, count);
    const state = JSON.parse(JSON.stringify(first.state()));
    expect(await take(80 - count, { seed: 5, state })).toEqual(whole.slice(count));
  });

  test("passes over examples without reading them", async () => {
    const whole = await take(30, { seed: 5 });
    const mixture = createMixture(parts(), { seed: 5 });
    const before = await takeFrom(mixture, 4);
    mixture.skip(20);
    expect([...before, ...(await takeFrom(mixture, 6))]).toEqual([...whole.slice(0, 4), ...whole.slice(24)]);
    const broken = [{ source: numbers("a", 40, [3, 5]), weight: 1 }];
    createMixture(broken, { seed: 5 }).skip(40);
  });

  test("skips broken records, says so, and stops beyond the limit", async () => {
    const skipped: string[] = [];
    const broken = () => [{ source: numbers("a", 10, [3, 6]), weight: 1 }];
    const onSkip = (error: DataError) => skipped.push(error.message);
    const mixture = createMixture(broken(), { seed: 1, maxSkipped: 2, onSkip });
    expect(new Set(await takeFrom(mixture, 8)).size).toBe(8);
    expect(mixture.state().positions[0].skipped).toHaveLength(skipped.length);
    // However often they come again.
    await takeFrom(mixture, 80);
    expect(skipped.sort()).toEqual(["a:3: damaged", "a:6: damaged"]);
    await expect(take(20, { seed: 1, maxSkipped: 1 }, broken())).rejects.toThrow(
      /a:[36]: damaged; 2 broken records, more than the 1 that may be skipped/,
    );
    const all = [{ source: numbers("a", 2, [0, 1]), weight: 1 }];
    await expect(take(1, { seed: 1, maxSkipped: 50 }, all)).rejects.toThrow("all 2 records of a are broken");
    await expect(take(10, { seed: 1 }, broken())).rejects.toThrow("1 broken records, more than the 0");
  });

  test("counts skipped records across a resumption", async () => {
    const broken = () => [{ source: numbers("a", 8, [0, 5, 7]), weight: 1 }];
    const first = createMixture(broken(), { seed: 1, maxSkipped: 3 });
    await takeFrom(first, 4);
    expect(first.state().positions[0].skipped.length).toBeGreaterThan(0);
    expect(first.state().positions[0].skipped.length).toBeLessThan(3);
    const rest = take(8, { seed: 1, maxSkipped: 2, state: first.state() }, broken());
    await expect(rest).rejects.toThrow("3 broken records");
  });

  test("a picture that cannot be loaded is a broken record, unless it is not needed", async () => {
    const load = (index: number) =>
      index === 0 ? Promise.reject(new DataError("p:0", "no picture")) : Promise.resolve(blankImage(1, 1));
    const source: ExampleSource = {
      name: "p",
      length: 3,
      read: async (i) => ({
        task: "t2i",
        messages: [{ role: "user", content: "x" }],
        image: { key: `p${i}`, load: () => load(i) },
      }),
    };
    const mixture = createMixture([{ source, weight: 1 }], { seed: 1, maxSkipped: 1 });
    const keys = [await mixture.next(), await mixture.next()].map(({ example }) => example.image?.key);
    expect(keys.sort()).toEqual(["p1", "p2"]);
    const lazy = createMixture([{ source, weight: 1 }], { seed: 1, isImageNeeded: () => false });
    for (let i = 0; i < 3; i++) await lazy.next();
    const ofQuestions = createMixture([{ source, weight: 1 }], { seed: 1, isImageNeeded: (_, task) => task === "mmu" });
    for (let i = 0; i < 3; i++) await ofQuestions.next();
  });

  test("what is to be drawn is a broken record without its picture, unless prompts are enough", async () => {
    const tasks = ["t2i", "r2i", "lm"] as const;
    const source: ExampleSource = {
      name: "prompts.jsonl",
      length: 3,
      read: async (i) => ({ task: tasks[i], messages: [{ role: "user", content: "x" }], reasoning: "y", answer: "z" }),
    };
    const skipped: string[] = [];
    const options: MixtureOptions = { seed: 1, maxSkipped: 1, onSkip: ({ message }) => skipped.push(message) };
    const mixture = createMixture([{ source, weight: 1 }], options);
    const all = async () => {
      for (let i = 0; i < 3; i++) expect((await mixture.next()).example.task).toBe("lm");
    };
    await expect(all()).rejects.toThrow(
      /prompts\.jsonl record [12]: an example of task [tr]2i has no picture to learn from: give it one \("image"\), or/,
    );
    expect(skipped).toHaveLength(1);
    const prompts = createMixture([{ source, weight: 1 }], { seed: 1, arePromptsEnough: true });
    const taken = [await prompts.next(), await prompts.next(), await prompts.next()];
    expect(taken.map(({ example }) => example.task).sort()).toEqual([...tasks].sort());
  });

  test("an error that is not about the data is not skipped", async () => {
    const source = { name: "a", length: 2, read: () => Promise.reject(new TypeError("bug")) };
    await expect(createMixture([{ source, weight: 1 }], { seed: 1, maxSkipped: 9 }).next()).rejects.toThrow("bug");
  });

  test("serves overlapping calls in turn", async () => {
    const mixture = createMixture(parts(), { seed: 5 });
    const together = await Promise.all(Array.from({ length: 30 }, () => mixture.next()));
    expect(together.map(({ example }) => example.answer)).toEqual(await take(30, { seed: 5 }));
  });

  test("refuses a position of other data, and parts that make no mixture", () => {
    const state = createMixture(parts(), { seed: 1 }).state();
    const changed = [{ source: numbers("a", 11), weight: 3 }, parts()[1]];
    expect(() => createMixture(changed, { seed: 1, state })).toThrow(
      "for a (10), b (endless), but the sources are a (11)",
    );
    expect(() => createMixture([parts()[0], parts()[0]], { seed: 1 })).toThrow('two sources are called "a"');
    expect(() => createMixture([{ source: numbers("a", 1), weight: 0 }], { seed: 1 })).toThrow(
      "no source has a weight",
    );
    expect(() => createMixture([{ source: numbers("a", 0), weight: 1 }], { seed: 1 })).toThrow("no records");
  });
});
