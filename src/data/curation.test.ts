import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blankImage } from "../images/image.js";
import { askEndpoint, EndpointError } from "./chat-endpoint.js";
import { type Attempt, selectTraces } from "./curation.js";
import { DataError, type ExampleSource } from "./example.js";
import { inspectData } from "./inspection.js";
import { createNearDuplicateFilter } from "./near-duplicates.js";

const OPTIONS = { maxPerQuestion: 1, maxSimilarity: 0.8, maxImbalance: Number.POSITIVE_INFINITY };
const TRACES = [
  "first add seven and eight to get fifteen then take away four which leaves eleven pens",
  "there are three boxes of six so eighteen coins and two more makes twenty in all",
  "half of ninety is forty five and one third of that is fifteen exactly as was asked",
];

function attempt(index: number, sample: number, rest: Partial<Attempt> = {}): Attempt {
  return { index, sample, task: "lm_chat", isRight: true, reasoning: TRACES[index % 3], answer: "1", ...rest };
}

describe("selectTraces", () => {
  test("keeps what is right and reasoned, once, and says what became of the rest", () => {
    const { kept, reports } = selectTraces(
      [
        attempt(0, 0, { isRight: false }),
        attempt(0, 1),
        attempt(0, 2, { reasoning: `${TRACES[0].toUpperCase()}  ` }),
        attempt(4, 0, { reasoning: TRACES[0].replace("pens", "cups") }),
        attempt(1, 1),
        attempt(2, 0, { reasoning: undefined }),
        attempt(2, 1, { reasoning: " " }),
        attempt(3, 0, { isRight: false }),
        attempt(3, 1, { answer: "hm</think>4" }),
        attempt(3, 2, { reasoning: "<think>1 + 3 = 4." }),
      ],
      OPTIONS,
    );
    expect(kept.map(({ index, sample }) => [index, sample])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(reports.lm_chat).toEqual({
      ...{ numQuestions: 5, numSolved: 5, numAttempts: 10, numRight: 8, numUnreasoned: 2 },
      ...{ numMalformed: 2, numDuplicates: 1, numNearDuplicates: 1, numSurplus: 0, numKept: 2 },
    });
  });

  test("takes the shorter of several, and balances tasks", () => {
    const long = attempt(0, 0, { reasoning: `${TRACES[0]} ${TRACES[1]}` });
    expect(selectTraces([long, attempt(0, 1)], OPTIONS).kept).toEqual([attempt(0, 1)]);
    const words = (index: number) => Array.from({ length: 12 }, (_, i) => `word${index}x${i}`).join(" ");
    const many = Array.from({ length: 10 }, (_, i) => attempt(i, 0, { reasoning: words(i) }));
    const few = [10, 11].map((i) => attempt(i, 0, { task: "mmu", reasoning: words(i) }));
    const { kept, reports } = selectTraces([...many, ...few], { ...OPTIONS, maxImbalance: 2 });
    expect(kept.filter(({ task }) => task === "lm_chat").map(({ index }) => index)).toEqual([0, 2, 5, 7]);
    expect(reports.lm_chat).toMatchObject({ numSurplus: 6, numKept: 4 });
    expect(reports.mmu).toMatchObject({ numSurplus: 0, numKept: 2 });
    expect(selectTraces([], OPTIONS)).toEqual({ kept: [], reports: {} });
  });
});

test("near-duplicates share their runs of words; other numbers make another trace", () => {
  const filter = createNearDuplicateFilter(0.8);
  expect(filter.add(TRACES[0])).toBe(true);
  expect(filter.add(TRACES[0].replace("first add", "First, add"))).toBe(false);
  expect(filter.add(TRACES[1])).toBe(true);
  expect(filter.add("3 × 6 = 18. 14 + 18 = 32.")).toBe(true);
  expect(filter.add("3 × 7 = 21. 14 + 21 = 35.")).toBe(true);
  expect(filter.add("")).toBe(true);
  expect(filter.add("")).toBe(false);
  expect(() => createNearDuplicateFilter(0)).toThrow("(0, 1]");
});

test("an inspection counts what is there, broken, too long and repeated", async () => {
  const lengths = [3, 5, 5, 30];
  const source: ExampleSource = {
    name: "test",
    length: 6,
    async read(index) {
      if (index === 4) throw new DataError("test:5", "broken");
      const answer = "x".repeat(lengths[index] ?? 5);
      return { task: "lm", messages: [], answer, ...(index === 3 ? { reasoning: "r" } : {}) };
    },
  };
  const layOut = async ({ answer = "" }: { answer?: string }) => ({
    task: "lm" as const,
    ids: new Int32Array(answer.length + 2),
    spans: {},
    isMaskable: new Uint8Array(answer.length + 2).fill(1, 2),
    isReal: new Uint8Array(answer.length + 2).fill(1),
  });
  const inspection = await inspectData(source, { layOut, maxLength: 20, areImagesLoaded: true });
  expect(inspection).toEqual({
    ...{ numRecords: 6, numBroken: 1, numPictureless: 0, numTooLong: 1, numRepeated: 2 },
    tasks: {
      lm: {
        ...{ count: 5, numReasoned: 1 },
        rows: { min: 5, median: 7, p95: 32, max: 32 },
        targets: { min: 3, median: 5, p95: 30, max: 30 },
      },
    },
    faults: [
      { index: 3, message: "record 4: 32 places, more than 20" },
      { index: 4, message: "test:5: broken" },
    ],
  });
});

describe("askEndpoint", () => {
  const requests: {
    url?: string;
    key?: string;
    body: { messages: { content: unknown }[] } & Record<string, unknown>;
  }[] = [];
  let numFailures = 0;
  let numBroken = 0;
  const MESSAGES: Readonly<Record<string, unknown>> = {
    reasoning: { content: "4", reasoning_content: "2 and 2" },
    renamed: { content: "4", reasoning: "2 and 2" },
    thinking: { content: null, reasoning_content: "2 and" },
    parts: { content: [{ text: "4" }] },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url, headers } = request;
      requests.push({ url, key: headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
      const message = MESSAGES[url?.split("/")[1] ?? ""] ?? { content: "4" };
      const status = /^\/status(\d+)/.exec(url ?? "")?.[1];
      response.statusCode =
        status !== undefined ? Number(status) : url?.startsWith("/busy") && numFailures-- > 0 ? 429 : 200;
      if (url?.startsWith("/broken") && numBroken-- > 0) {
        response.writeHead(200, { "content-length": 100 });
        response.write('{"choices": [', () => response.destroy());
        return;
      }
      if (url?.startsWith("/endless")) {
        const timer = setInterval(() => response.write(" ".repeat(1_000_000)), 1);
        response.on("close", () => clearInterval(timer));
        return;
      }
      response.end(url?.startsWith("/text") ? "hello" : JSON.stringify({ choices: [{ message }] }));
    });
  });
  let origin = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const ask = (path: string, options = {}) =>
    askEndpoint(
      { url: origin + path, model: "m", apiKey: "k", retryDelayMs: 1 },
      [{ role: "user", content: "2+2?" }],
      options,
    );

  test("asks as others do, with pictures, and takes reasoning that is given apart", async () => {
    expect(await ask("/v1/", { image: blankImage(2, 2), seed: 3 })).toBe("4");
    const { url, key, body } = requests.at(-1)!;
    expect([url, key, body.model, body.seed]).toEqual(["/v1/chat/completions", "Bearer k", "m", 3]);
    expect(body.messages[0].content).toMatchObject([{ type: "image_url" }, { type: "text", text: "2+2?" }]);
    expect(await ask("/reasoning")).toBe("<think>2 and 2</think>4");
    expect(await ask("/renamed")).toBe("<think>2 and 2</think>4");
    expect(await ask("/thinking")).toBe("<think>2 and</think>");
  });

  test("tries again what may pass, and says what does not", async () => {
    numFailures = 2;
    expect(await ask("/busy")).toBe("4");
    numFailures = 9;
    await expect(ask("/busy")).rejects.toThrow("answered 429 (5 tries)");
    await expect(ask("/status401")).rejects.toThrow(EndpointError);
    await expect(ask("/text")).rejects.toThrow("answered no JSON: hello");
    await expect(ask("/endless")).rejects.toThrow("answered no JSON");
    await expect(ask("/v1", { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  });

  test("an answer that breaks off is one that may come whole", async () => {
    numBroken = 2;
    expect(await ask("/broken")).toBe("4");
    numBroken = 9;
    const error = await ask("/broken").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(EndpointError);
    expect(error).toMatchObject({ message: expect.stringContaining("answered 200 and broke off (5 tries)") });
    expect(error).toMatchObject({ isOfQuestion: false });
  });

  test("tells what is wrong with a question from what is wrong with the address", async () => {
    const faultOf = (path: string) =>
      ask(path).then(
        () => undefined,
        (error: EndpointError) => error.isOfQuestion,
      );
    for (const path of ["/status400", "/status413", "/status422", "/text", "/parts"])
      expect([path, await faultOf(path)]).toEqual([path, true]);
    for (const path of ["/status401", "/status403", "/status404", "/status429", "/status503"])
      expect([path, await faultOf(path)]).toEqual([path, false]);
  });
});
