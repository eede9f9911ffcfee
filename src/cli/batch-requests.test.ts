import { describe, expect, it } from "vitest";
import { askedOf, type BatchId, fileKeyOf, parseBatch, promptOf, RequestFault } from "./batch-requests.js";

const parse = (text: string, keyOf?: (id: BatchId) => string) => parseBatch(text, (fields) => fields, keyOf);

describe("a file of requests", () => {
  it("gives a request for each line, numbered as in the file", () => {
    expect(parse('{"id":"a","prompt":"x"}\n\n  \n{"id":7,"prompt":"y"}\r\n')).toEqual([
      { line: 1, id: "a", request: { prompt: "x" } },
      { line: 4, id: 7, request: { prompt: "y" } },
    ]);
    expect(parse('\uFEFF{"id":"a"}')).toEqual([{ line: 1, id: "a", request: {} }]);
    expect(parse("")).toEqual([]);
  });

  it.each([
    ['{"id":', /it is no JSON: /],
    ["[1]", /no JSON object such as/],
    ["null", /no JSON object such as/],
    ['{"prompt":"x"}', /it has no "id"/],
    ['{"id":"","prompt":"x"}', /its id must be text or a number, got ""/],
    ['{"id":{},"prompt":"x"}', /its id must be text or a number, got \{\}/],
  ])("%s is a fault of its own line", (line, fault) => {
    const [first, second] = parse(`${line}\n{"id":"b"}`);
    expect(first).toEqual({ line: 1, fault: expect.stringMatching(fault) });
    expect(second).toEqual({ line: 2, id: "b", request: {} });
  });

  it('says of an id that comes twice where it came first; 7 and "7" are one', () => {
    expect(parse('{"id":7}\n{"id":"7"}')[1]).toEqual({ line: 2, id: "7", fault: 'the id "7" is that of line 1 too' });
  });

  it("keeps what is wrong with a request as its fault", () => {
    const refuse = () => {
      throw new RequestFault("never");
    };
    expect(parseBatch('{"id":"a"}', refuse)).toEqual([{ line: 1, id: "a", fault: "never" }]);
  });
});

describe("what is asked", () => {
  it("is named prompt or question, not both", () => {
    expect(promptOf({ prompt: "x", seed: 1 })).toEqual({ prompt: "x", rest: { seed: 1 } });
    expect(promptOf({ question: "x" })).toEqual({ prompt: "x", rest: {} });
    expect(promptOf({ prompt: null }, true).prompt).toBeNull(); // which is no text, rather than no question
    expect(() => promptOf({ prompt: "x", question: "y" })).toThrow(/both/);
    expect(() => promptOf({})).toThrow(/no "prompt"/);
    expect(promptOf({}, true)).toEqual({ prompt: undefined, rest: {} });
  });
});

describe("what a result is an answer to", () => {
  const asked = (request: object, revision?: string) => askedOf(request, { model: "a/b", revision });

  it("is the request, whatever the order of its options, and who was asked", () => {
    const digits = asked({ prompt: "x", sampling: { seed: 1, steps: 2 } });
    expect(digits).toMatch(/^[0-9a-f]{12}$/);
    expect(asked({ sampling: { steps: 2, seed: 1 }, prompt: "x", genLength: undefined })).toBe(digits);
    expect(asked({ prompt: "x", sampling: { seed: 1, steps: 3 } })).not.toBe(digits);
    expect(asked({ prompt: "x", sampling: { seed: 1, steps: 2 } }, "v2")).not.toBe(digits);
  });

  it("depends on the order of messages", () => {
    const [first, second] = ["x", "y"].map((content) => ({ role: "user", content }));
    expect(asked({ messages: [first, second] })).not.toBe(asked({ messages: [second, first] }));
  });
});

describe("an id that names a file", () => {
  it.each(["a", "a b", "x-1_2.3", "été", 7])("%s will do", (id) => {
    expect(() => fileKeyOf(id)).not.toThrow();
  });
  it.each([
    "../x",
    "a/b",
    "a\\b",
    ".",
    "..",
    ".hidden",
    "c:x",
    "a\u0000",
    "a\n",
    "\ud800",
    "trailing.",
    "trailing ",
    "*",
    "x".repeat(201),
  ])("%j will not", (id) => {
    expect(() => fileKeyOf(id)).toThrow(/name of a file/);
    expect(parse(JSON.stringify({ id }), fileKeyOf)).toEqual([{ line: 1, id, fault: expect.any(String) }]);
  });

  it("is not told apart from another by case or by how an accent is written, as some disks do not", () => {
    const ids = ["Été", "été", "e\u0301te\u0301", "ete"];
    const entries = parse(ids.map((id) => JSON.stringify({ id })).join("\n"), fileKeyOf);
    const fault = expect.stringMatching(/and "Été", that of line 1, are one name of a file on some disks/);
    expect(entries).toEqual([
      { line: 1, id: ids[0], request: {} },
      { line: 2, id: ids[1], fault },
      { line: 3, id: ids[2], fault },
      { line: 4, id: ids[3], request: {} },
    ]);
  });
});
