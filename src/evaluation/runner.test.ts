import { describe, expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { blankImage, type Image } from "../images/image.js";
import type { ImageCodec } from "../model/image-codec.js";
import type { Benchmark, Outcome, Section, Subject } from "./benchmark.js";
import { emojiRetrieval } from "./emoji-retrieval.js";
import { measureOutcomes } from "./measure.js";
import { miniSuite } from "./mini-suite-node.js";
import { reportOf } from "./report.js";
import { benchmarkRandom, chooseRows, evaluate, type OutcomeStore } from "./runner.js";

const NUM_ITEMS = 6;
const SEED = 3;
const rng = createRandom("runner tests");

const BLACK = blankImage(64, 64, [0, 0, 0]);
/** Forty pictures of a colour each; and five black ones, which are never asked for. */
const gallery = Array.from({ length: 45 }, (_, i) => {
  const image = i < 40 ? blankImage(64, 64, [6 * i, 255 - 6 * i, (37 * i) % 256]) : BLACK;
  return { name: i < 40 ? `EMOJI ${i}` : "BLACK", image: { key: String(i), load: async () => image } };
});
const sections: Section[] = [...miniSuite([]), emojiRetrieval(gallery, ({ name }) => name !== "BLACK")];
const benchmarks = sections.flatMap((section) => section.benchmarks);

/** A codec that keeps the pictures it is shown; a picture comes back as it was, or as `spoil` makes it. */
function mockCodec(spoil: (pixels: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>): ImageCodec {
  const seen = new Map<string, number>();
  const kept: Float32Array<ArrayBuffer>[] = [];
  return {
    config: { codeBits: 12 } as ImageCodec["config"],
    downsampling: 8,
    async encode({ data }) {
      const key = String(data);
      if (!seen.has(key)) seen.set(key, kept.push(data.slice()) - 1);
      return tensor("int32", [1, 64], new Int32Array(64).fill(seen.get(key)!));
    },
    decode: async ({ data }) => tensor("float32", [1, 3, 64, 64], spoil(kept[data[0]])),
    dispose: async () => undefined,
  };
}

const hashOf = ({ data }: Image) => String(data.filter((_, i) => i % 7 === 0));

/** What a model would have to know to be always right: looked up by what is asked. */
async function rightAnswers() {
  const texts = new Map<string, string>();
  const pictures = new Map<string, Image>();
  for (const benchmark of benchmarks) {
    const stream = benchmarkRandom(SEED, benchmark);
    for (let index = 0; index < NUM_ITEMS; index++) {
      if (benchmark.task === "text") {
        const { question, image, wanted } = await benchmark.item(index, stream.fork(index));
        texts.set(question + (image ? hashOf(image) : ""), wanted);
      }
      if (benchmark.task === "drawing") {
        const { prompt, example } = await benchmark.item(index, stream.fork(index));
        pictures.set(prompt, await example(rng.fork(prompt)));
      }
    }
  }
  return { texts, pictures };
}

async function alwaysRight(): Promise<Subject> {
  const { texts, pictures } = await rightAnswers();
  const say = (key: string) => ({ text: texts.get(key)! });
  return {
    answerAll: async (requests) => requests.map(({ messages }) => say(messages as string)),
    describeAll: async (requests) =>
      requests.map(({ question, image }) => say((question as string) + hashOf(image as Image))),
    imagineAll: async (requests) =>
      requests.map(({ prompt }) => ({ image: pictures.get(prompt)!, codes: new Int32Array(64) })),
    imageCodec: mockCodec((pixels) => pixels),
  };
}

const alwaysWrong: Subject = {
  answerAll: async (requests) => requests.map(() => ({ text: "I do not know." })),
  describeAll: async (requests) => requests.map(() => ({ text: "A cat on a mat." })),
  imagineAll: async (requests) => requests.map(() => ({ image: BLACK, codes: new Int32Array(64) })),
  imageCodec: mockCodec((pixels) => pixels.map(() => 0.7)),
};

/** Rows that do not judge the model: how the verifier does on drawn scenes, and how many codes occur. */
const NOT_OF_THE_MODEL = ["tokenizer/verified-originals", "tokenizer/codebook"];

async function figuresOf(subject: Subject): Promise<Map<string, number>> {
  const outcomes = await evaluate(subject, benchmarks, { numItems: NUM_ITEMS, seed: SEED, canThink: true });
  const report = reportOf(sections, [{ name: "mock", outcomes }]);
  const rows = report.sections.flatMap((section) => section.rows);
  return new Map(rows.map((row) => [row.name, row.figures[0]!.value]));
}

describe("the mini suite", () => {
  it("gives a model that is always right everything", async () => {
    const figures = await figuresOf(await alwaysRight());
    const shares = [...figures].filter(([name]) => !/psnr/.test(name) && !NOT_OF_THE_MODEL.includes(name));
    expect(shares.length).toBeGreaterThan(30);
    expect(shares.filter(([, value]) => value !== 1)).toEqual([]);
    expect(figures.get("tokenizer/psnr-scenes")).toBe(100);
  });

  it("gives a model that is always wrong nothing", async () => {
    const figures = await figuresOf(alwaysWrong);
    const shares = [...figures].filter(([name]) => !/psnr/.test(name) && !NOT_OF_THE_MODEL.includes(name));
    expect(shares.filter(([, value]) => value !== 0)).toEqual([]);
    expect(figures.get("tokenizer/verified-originals")).toBe(1);
    expect(figures.get("tokenizer/psnr-scenes")).toBeLessThan(25);
  });

  it("asks to think first whom it can be asked of, about the same items", async () => {
    const thinks: boolean[] = [];
    const thoughtful: Subject = {
      ...alwaysWrong,
      async answerAll(requests) {
        thinks.push(...requests.map(({ thinking = false }) => thinking));
        return requests.map(({ thinking }) => ({ text: "7", reasoning: thinking ? "3 + 4 = 7" : undefined }));
      },
    };
    const twice = benchmarks.filter(({ name }) => /^problems\/multi-step(-thinking)?$/.test(name));
    const without = await evaluate(thoughtful, twice, { numItems: 2, seed: SEED });
    expect([...without.keys()]).toEqual(["problems/multi-step"]);
    const outcomes = await evaluate(thoughtful, twice, { numItems: 2, seed: SEED, canThink: true });
    expect(thinks).toEqual([false, false, false, false, true, true]);
    const [plain, reasoned] = twice.map(({ name }) => outcomes.get(name)!);
    expect(reasoned.map(({ asked }) => asked)).toEqual(plain.map(({ asked }) => asked));
    expect(reasoned[0].reasoning).toBe("3 + 4 = 7");
  });

  it("has rows with names of their own, made of benchmarks that there are", () => {
    const rows = sections.flatMap((section) => section.rows);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(new Set(benchmarks.map(({ name }) => name)).size).toBe(benchmarks.length);
    const names = new Set(benchmarks.map(({ name }) => name));
    expect(rows.flatMap(({ of }) => of).filter((name) => !names.has(name))).toEqual([]);
  });

  it("asks the same items whatever their number, and others for another seed", async () => {
    for (const benchmark of benchmarks) {
      const wantedOf = async (seed: number) => {
        const stream = benchmarkRandom(seed, benchmark);
        const items = [0, 1, 2].map(async (index) => (await benchmark.item(index, stream.fork(index))).wanted);
        return (await Promise.all(items)).join();
      };
      expect(await wantedOf(SEED)).toBe(await wantedOf(SEED));
    }
    const [{ outcomes: few }, { outcomes: many }, { outcomes: others }] = await Promise.all(
      [
        [2, 0],
        [5, 0],
        [5, 1],
      ].map(async ([numItems, seed]) => ({ outcomes: await evaluate(alwaysWrong, SUMS, { numItems, seed }) })),
    );
    expect(many.get("problems/sum")!.slice(0, 2)).toEqual(few.get("problems/sum"));
    expect(others.get("problems/sum")).not.toEqual(many.get("problems/sum"));
  });
});

const SUMS = benchmarks.filter(({ name }) => name === "problems/sum");

describe("evaluate", () => {
  function memoryStore(): OutcomeStore & { readonly lines: Outcome[] } {
    const lines: Outcome[] = [];
    return {
      lines,
      read: async () => [...lines],
      append: async (_, outcomes) => void lines.push(...outcomes),
    };
  }

  it("stops when it is told to, keeps what it has, and goes on to the same outcomes", async () => {
    const options = { numItems: 100, seed: SEED };
    const whole = await evaluate(alwaysWrong, SUMS, options);
    const controller = new AbortController();
    const store = memoryStore();
    const numAsked: number[] = [];
    const counting: Subject = {
      ...alwaysWrong,
      async answerAll(requests, call) {
        numAsked.push(requests.length);
        return alwaysWrong.answerAll(requests, call);
      },
    };
    const onProgress = ({ numDone }: { numDone: number }) =>
      void (numDone >= 32 && controller.abort(new Error("stop")));
    const part = await evaluate(counting, SUMS, { ...options, store, signal: controller.signal, onProgress });
    expect(part.get("problems/sum")).toEqual(whole.get("problems/sum")!.slice(0, 32));
    const rest = await evaluate(counting, SUMS, { ...options, store });
    expect(rest).toEqual(whole);
    expect(numAsked.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(store.lines.length).toBe(100);
  });

  it("does not mix items of a generator that has changed", async () => {
    const store = memoryStore();
    await evaluate(alwaysWrong, SUMS, { numItems: 3, seed: SEED, store });
    const [{ wanted }] = store.lines;
    const asking = (question: string, answer: string) =>
      SUMS.map((sums) => ({
        ...(sums as Extract<Benchmark, { task: "text" }>),
        item: () => ({ question, wanted: answer, judge: () => ({ isRight: true }) }),
      }));
    for (const answer of ["2000", wanted]) {
      await expect(evaluate(alwaysWrong, asking("1 + 1", answer), { numItems: 3, seed: SEED, store })).rejects.toThrow(
        new RegExp(`item 0 of problems/sum now asks "1 \\+ 1" and wants "${answer}", .* its generator has changed`),
      );
    }
  });

  it("passes on what goes wrong", async () => {
    const broken = { ...alwaysWrong, answerAll: async () => Promise.reject(new Error("out of memory")) };
    await expect(evaluate(broken, SUMS, { numItems: 3, seed: SEED })).rejects.toThrow("out of memory");
    const blind = { ...alwaysWrong, imageCodec: undefined };
    const scenes = benchmarks.filter(({ name }) => name === "tokenizer/scenes-1");
    await expect(evaluate(blind, scenes, { numItems: 3, seed: SEED })).rejects.toThrow(/no image tokenizer/);
  });
});

describe("chooseRows", () => {
  const namesOf = (chosen: readonly Section[]) => chosen.flatMap(({ rows }) => rows.map(({ name }) => name));

  it("takes rows and groups, with just the benchmarks they need", () => {
    const chosen = chooseRows(sections, ["questions/colour", "emoji"]);
    expect(namesOf(chosen)).toEqual(["questions/colour", "emoji/pixels", "emoji/codes"]);
    expect(chosen.flatMap((section) => section.benchmarks.map(({ name }) => name))).toEqual([
      "questions/colour",
      "emoji/retrieval",
    ]);
    expect(namesOf(chooseRows(sections, []))).toEqual(namesOf(sections));
  });

  it("says what rows there are", () => {
    expect(() => chooseRows(sections, ["questions/color"])).toThrow(
      /there are no rows questions\/color; .*questions\/colour/,
    );
  });
});

it("a pooled row is of all outcomes of its benchmarks", async () => {
  const outcomes = await evaluate(await alwaysRight(), benchmarks, { numItems: 2, seed: SEED });
  const overall = sections.flatMap(({ rows }) => rows).find(({ name }) => name === "drawing/overall")!;
  const all = overall.of.flatMap((name) => outcomes.get(name)!);
  expect(measureOutcomes(overall.measure, all)).toMatchObject({ value: 1, numItems: 12 });
});
