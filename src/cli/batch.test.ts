import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGeneration } from "../tasks/generation.js";
import type { LoadedModel } from "../tasks/model.js";
import type { SamplingOptions } from "../tasks/options.js";
import { THINKING_OPTIONS, type ThinkingOptions } from "../tasks/thinking.js";
import { FileError } from "../weights/files.js";
import { type BatchTask, runBatch } from "./batch.js";
import { promptOf } from "./batch-requests.js";
import { Interrupted } from "./exit.js";

interface Echo extends SamplingOptions {
  readonly text: string;
}

let directory: string;
let path: string;
let output: string;
/** What was asked together, in order. */
let asked: string[][];
/** Requests that fail, and the number of batches after which the run is stopped. */
let failing: Set<string>;
let stopAfter: number;
let controller: AbortController;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-batch-"));
  path = join(directory, "requests.jsonl");
  output = join(directory, "results.jsonl");
  asked = [];
  failing = new Set();
  stopAfter = Number.POSITIVE_INFINITY;
});
afterEach(() => rm(directory, { recursive: true }));

/** Gives every text back with its seed. */
const echo: BatchTask<Echo, string> = {
  kind: "text",
  inputs: ["prompt", "question"],
  requestOf(fields) {
    const { prompt, rest } = promptOf(fields);
    return { text: prompt as string, ...rest };
  },
  runAll: (_model, requests, signal) =>
    createGeneration(async function* () {
      if (asked.length >= stopAfter) controller.abort(new Interrupted());
      signal.throwIfAborted();
      asked.push(requests.map(({ text }) => text));
      const fault = requests.find(({ text }) => failing.has(text));
      if (fault) throw new Error(`cannot say ${fault.text}`);
      yield requests.map(() => ({ step: 1, numSteps: 1, nfe: 1, confidences: [], isDone: true }));
      return requests.map(({ text, seed }) => `${text} ${seed ?? "-"}`);
    }),
  resultsPath: (output) => output,
  keep: async (_output, _id, text) => ({ text }),
};

interface RunOptions {
  readonly batchSize?: number;
  readonly shared?: SamplingOptions & ThinkingOptions;
  readonly model?: string;
  readonly task?: BatchTask<Echo, string>;
}

function run({ batchSize = 2, shared = {}, model = "some/model", task = echo }: RunOptions = {}) {
  controller = new AbortController();
  const options = { path, output, batchSize, shared, model: { model } };
  return runBatch(options, task, (use) => use({} as LoadedModel, controller.signal));
}

const request = (id: string | number, more: object = {}) => JSON.stringify({ id, prompt: `say ${id}`, ...more });
const writeRequests = (...lines: string[]) => writeFile(path, lines.map((line) => `${line}\n`).join(""));
const lines = async () =>
  (await readFile(output, "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
/** Lines without what was asked. */
const results = async () => (await lines()).map(({ asked: _, ...said }) => said);

describe("a batch", () => {
  it("answers in the order asked, so many at a time, with options of the line over those of all", async () => {
    await writeRequests(request("a"), request("b", { seed: 5 }), request(3));
    expect(await run({ shared: { seed: 1 } })).toEqual({ output, done: 3, failed: 0, earlier: 0 });
    expect(asked).toEqual([["say a", "say b"], ["say 3"]]);
    expect(await results()).toEqual([
      { id: "a", text: "say a 1" },
      { id: "b", text: "say b 5" },
      { id: 3, text: "say 3 1" },
    ]);
  });

  it("gives a line that will not do an error in its place, and asks the model for the others alone", async () => {
    await writeRequests(request("a"), "nonsense", request("b", { stepz: 1 }), request("c", { steps: 0 }), request("d"));
    expect(await run()).toMatchObject({ done: 2, failed: 3 });
    expect(asked).toEqual([["say a", "say d"]]);
    expect(await results()).toEqual([
      { id: "a", text: "say a -" },
      { line: 2, error: expect.stringMatching(/line 2: it is no JSON/) },
      { id: "b", line: 3, error: expect.stringMatching(/there is no option stepz; there are prompt, question, steps/) },
      { id: "c", line: 4, error: expect.stringMatching(/steps must be a whole number from 1 to \d+, got 0/) },
      { id: "d", text: "say d -" },
    ]);
  });

  it("needs no model when no line will do", async () => {
    await writeRequests("nonsense");
    expect(await run()).toMatchObject({ done: 0, failed: 1 });
    expect(asked).toEqual([]);
  });

  it("lets a request that fails cost the others nothing", async () => {
    failing.add("say 3");
    await writeRequests(...[1, 2, 3, 4, 5].map((id) => request(id)));
    expect(await run({ batchSize: 5 })).toMatchObject({ done: 4, failed: 1 });
    expect(await results()).toEqual(
      [1, 2, 3, 4, 5].map((id) => (id === 3 ? { id, error: "cannot say say 3" } : { id, text: `say ${id} -` })),
    );
  });
});

describe("a second run", () => {
  it("goes on where the first was stopped, wherever that was", async () => {
    await writeRequests(request(1), "nonsense", ...[2, 3, 4, 5, 6].map((id) => request(id)));
    await run();
    const whole = await readFile(output, "utf8");
    const numBatches = asked.length;
    for (let stop = 0; stop < numBatches; stop++) {
      await rm(output);
      asked = [];
      stopAfter = stop;
      await expect(run()).rejects.toThrow(Interrupted);
      const kept = (await results()).filter(({ error }) => error === undefined);
      expect(kept).toHaveLength(asked.flat().length);
      stopAfter = Number.POSITIVE_INFINITY;
      expect(await run()).toMatchObject({ done: 6, failed: 1, earlier: kept.length });
      expect(asked.flat().sort()).toEqual([1, 2, 3, 4, 5, 6].map((id) => `say ${id}`));
      expect(await readFile(output, "utf8")).toBe(whole);
    }
  });

  it("asks nothing when all is done", async () => {
    await writeRequests(request("a"), request("b"));
    await run();
    asked = [];
    expect(await run()).toMatchObject({ done: 2, earlier: 2 });
    expect(asked).toEqual([]);
  });

  it("drops a line that was torn, and asks for it again", async () => {
    await writeRequests(request("a"), request("b"));
    await run();
    const [{ asked: first }] = await lines();
    await writeFile(output, `{"id":"a","text":"kept","asked":"${first}"}\n{"id":"b","te`);
    await run();
    expect(await results()).toEqual([
      { id: "a", text: "kept" },
      { id: "b", text: "say b -" },
    ]);
  });

  it("takes a line that lacks nothing but its end as it is", async () => {
    await writeRequests(request("a"), request("b"));
    await run();
    const whole = await readFile(output, "utf8");
    await writeFile(output, whole.trimEnd());
    asked = [];
    expect(await run()).toMatchObject({ done: 2, earlier: 2 });
    expect(asked).toEqual([]);
    expect(await readFile(output, "utf8")).toBe(whole);
  });

  it("writes to the file that a link leads to, and to nothing that is no file", async () => {
    await writeRequests(request("a"));
    const target = join(directory, "target.jsonl");
    await writeFile(target, "");
    await symlink(target, output);
    await run();
    expect((await lstat(output)).isSymbolicLink()).toBe(true);
    expect(await readFile(target, "utf8")).toMatch(/^{"id":"a",/);
    output = directory;
    await expect(run()).rejects.toThrow(/is no file: give another --output, or one that is not there yet/);
  });

  it("tries what failed again, and puts lines into the order asked", async () => {
    failing.add("say b");
    await writeRequests(request("a"), request("b"), request("c"));
    await run();
    failing.clear();
    await writeRequests(request("new"), request("a"), request("b"), request("c"));
    expect(await run()).toMatchObject({ done: 4, failed: 0, earlier: 2 });
    expect((await results()).map(({ id }) => id)).toEqual(["new", "a", "b", "c"]);
  });

  it("leaves files alone that are no results, or those of other requests", async () => {
    await writeRequests(request("a"));
    const contents = [
      '{"id":"other","text":"x","asked":"0123456789ab"}\n',
      ...[request("a"), `${request("a")}\n`, '{"id":"a","text":"x"}\n'],
      ...["dear diary\n", "dear diary", '{"text":"no id"}\n', '{"name":"my config"}', '{"name":"my co', "{\n}"],
      '{"time":1,"error":"a log"}\n{"time":2,"error":"of faults"}\n',
      '{"file":"a.ts","line":1,"error":"of a linter"}\n',
    ];
    for (const content of contents) {
      await writeFile(output, content);
      await expect(run()).rejects.toThrow(/another --output/);
      expect(await readFile(output, "utf8")).toBe(content);
    }
    output = path;
    await expect(run()).rejects.toThrow(/--batch and --output are both/);
  });
});

describe("a request that has changed", () => {
  const told = () => vi.mocked(process.stderr.write).mock.calls.map(([text]) => String(text));
  beforeEach(() => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is asked again, and its line replaced: by its prompt, an option, one of all, or the model", async () => {
    await writeRequests(request("a"), request("b", { seed: 5 }));
    await run();
    expect((await lines()).map((line) => line.asked)).toEqual([
      expect.stringMatching(/^[0-9a-f]{12}$/),
      expect.stringMatching(/^[0-9a-f]{12}$/),
    ]);
    const changes: [lines: string[], options: RunOptions, asked: string[]][] = [
      [[request("a", { prompt: "speak" }), request("b", { seed: 5 })], {}, ["speak"]],
      [[request("a", { prompt: "speak" }), request("b", { seed: 6 })], {}, ["say b"]],
      [[request("a", { prompt: "speak" }), request("b", { seed: 6 })], { shared: { seed: 1 } }, ["speak"]],
      [
        [request("a", { prompt: "speak" }), request("b", { seed: 6 })],
        { shared: { seed: 1 }, model: "other" },
        ["speak", "say b"],
      ],
    ];
    for (const [requests, options, expected] of changes) {
      await writeRequests(...requests);
      asked = [];
      expect(await run(options)).toMatchObject({ done: 2, failed: 0, earlier: 2 - expected.length });
      expect(asked.flat()).toEqual(expected);
      expect(told().at(-1)).toBe(`asked again, since what is asked has changed: ${expected.length}\n`);
    }
    expect(await results()).toEqual([
      { id: "a", text: "speak 1" },
      { id: "b", text: "say b 6" },
    ]);
  });

  it("is the same with its options in another order, under the other name of the prompt, or with one that all have", async () => {
    await writeRequests('{"id":"a","prompt":"x","seed":1,"steps":2}');
    await run();
    asked = [];
    await writeRequests('{"steps":2,"id":"a","question":"x"}');
    expect(await run({ shared: { seed: 1 } })).toMatchObject({ done: 1, earlier: 1 });
    expect(asked).toEqual([]);
  });

  it("keeps its old line until there is another, of which the last counts", async () => {
    await writeRequests(...[1, 2, 3, 4].map((id) => request(id)));
    await run();
    const before = await results();
    stopAfter = asked.length + 1;
    await expect(run({ shared: { seed: 1 } })).rejects.toThrow(Interrupted);
    expect(await results()).toEqual([...before, { id: 1, text: "say 1 1" }, { id: 2, text: "say 2 1" }]);
    stopAfter = Number.POSITIVE_INFINITY;
    asked = [];
    expect(await run()).toMatchObject({ done: 4, earlier: 2 });
    expect(asked.flat()).toEqual(["say 1", "say 2"]);
    expect(await results()).toEqual(before);
  });
});

it("a line that is not to think has no use for how long the others may", async () => {
  const seen: unknown[] = [];
  const task: BatchTask<Echo, string> = {
    ...echo,
    inputs: ["prompt", ...THINKING_OPTIONS],
    requestOf(fields) {
      const { thinking, thinkingLength } = fields;
      seen.push([thinking, thinkingLength]);
      return echo.requestOf(fields, "");
    },
  };
  await writeRequests(request("a"), request("b", { thinking: false }), request("c", { thinkingLength: 8 }));
  await run({ task, shared: { thinking: true, thinkingLength: 32 } });
  expect(seen).toEqual([
    [true, 32],
    [false, undefined],
    [true, 8],
  ]);
});

describe("results that are files", () => {
  /** Writes what is said into a file of its own. */
  const files: BatchTask<Echo, string> = {
    ...echo,
    resultsPath: (directory) => join(directory, "results.jsonl"),
    async keep(directory, id, text) {
      await writeFile(join(directory, `${id}.txt`), text);
      return { path: `${id}.txt` };
    },
    isKept: (directory, id) =>
      stat(join(directory, `${id}.txt`)).then(
        (stats) => stats.isFile(),
        () => false,
      ),
  };
  const contentOf = (id: string) => readFile(join(output, `${id}.txt`), "utf8");
  beforeEach(async () => {
    output = join(directory, "out");
    await mkdir(output);
    await writeRequests(request("a"), request("b"));
  });

  it("are done where they have their line and are there", async () => {
    await run({ task: files });
    await rm(join(output, "a.txt"));
    asked = [];
    expect(await run({ task: files })).toMatchObject({ done: 2, earlier: 1 });
    expect(asked).toEqual([["say a"]]);
    const [, second] = (await readFile(join(output, "results.jsonl"), "utf8")).split("\n");
    await writeFile(join(output, "results.jsonl"), `${second}\n`);
    await writeFile(join(output, "a.txt"), "half of it");
    expect(await run({ task: files })).toMatchObject({ done: 2, earlier: 1 });
    expect(await contentOf("a")).toBe("say a -");
  });

  it("that cannot be kept cost the others nothing", async () => {
    await mkdir(join(output, "a.txt"));
    for (let i = 0; i < 2; i++) {
      expect(await run({ task: files })).toMatchObject({ done: 1, failed: 1, earlier: i });
      const said = (await readFile(join(output, "results.jsonl"), "utf8")).trim().split("\n");
      expect(said.map((line) => JSON.parse(line))).toEqual([
        { id: "a", error: expect.stringMatching(/EISDIR/) },
        { id: "b", path: "b.txt", asked: expect.any(String) },
      ]);
    }
  });

  it("end the run when the disk is full, with lines for those that were kept", async () => {
    const full: typeof files = {
      ...files,
      async keep(directory, id, text) {
        if (id === "a") throw new FileError("a.txt", "no space", "ENOSPC");
        return files.keep(directory, id, text);
      },
    };
    await expect(run({ task: full })).rejects.toThrow(/no space/);
    expect(await readFile(join(output, "results.jsonl"), "utf8")).toMatch(/^{"id":"b",.*}\n$/);
  });

  it("are not written over files of the same name that no batch has made", async () => {
    await writeFile(join(output, "b.txt"), "mine");
    await expect(run({ task: files })).rejects.toThrow(
      /something for "b" that no batch has made: give another --output/,
    );
    await expect(run({ task: files })).rejects.toThrow(/no batch has made/);
    expect(await contentOf("b")).toBe("mine");
  });
});

it("a file of requests that is not there is named", async () => {
  await expect(run()).rejects.toThrow(/requests.jsonl: cannot read it: there is no such file/);
});
