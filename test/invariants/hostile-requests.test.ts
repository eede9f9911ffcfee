/** Requests that cannot be met: a clear error, soon, whatever was asked for, and the model goes on. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeImage } from "#image-codec";
import { blankImage } from "../../src/images/image.js";
import { ImageError } from "../../src/images/image-header.js";
import { type LoadedModel, MMaDA } from "../../src/tasks/model.js";
import { OptionError } from "../../src/tasks/options.js";
import { FileError } from "../../src/weights/files.js";
import { miniPath } from "../mini.js";

/** Places that the bundled model can see. */
const MAX_LENGTH: number = JSON.parse(readFileSync(join(miniPath, "config.json"), "utf8")).max_sequence_length;
const nearlyHalf = MAX_LENGTH / 2 - 4;
const picture = blankImage(64, 64);

let model: LoadedModel;
let scratch: string;
beforeAll(async () => {
  model = await MMaDA.fromPretrained(miniPath);
  scratch = await mkdtemp(join(tmpdir(), "mmada-requests-"));
});
afterAll(async () => {
  await model?.dispose();
  await rm(scratch, { recursive: true, force: true });
});

type Call = () => PromiseLike<unknown>;

/** Fails with that error, and takes neither long nor much memory. */
async function expectRefusal(call: Call, message: RegExp, kind: new (...args: never[]) => Error = OptionError) {
  const before = process.memoryUsage.rss();
  const failure = await Promise.resolve(call()).then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failure, "it was done").toBeInstanceOf(Error);
  expect(failure?.message).toMatch(message);
  expect(failure).toBeInstanceOf(kind);
  expect(failure?.message.length).toBeLessThan(4000);
  expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(100);
}

/** Each is a token at least. */
const words = (count: number) => Array(count).fill("more").join(" ");

describe("too long for the model", () => {
  const tooLong = new RegExp(`more than the model's ${MAX_LENGTH}: `);
  const calls: [string, Call][] = [
    ["a canvas", () => model.answer("Hi", { genLength: MAX_LENGTH })],
    ["a canvas beyond all memory", () => model.answer("Hi", { genLength: 1e12 })],
    ["a prompt", () => model.answer(words(MAX_LENGTH))],
    ["a text without a space", () => model.answer("x".repeat(200 * MAX_LENGTH))],
    ["a conversation", () => model.answer(Array(MAX_LENGTH).fill({ role: "user", content: "And then?" }))],
    ["reasoning", () => model.answer("Hi", { thinking: true, thinkingLength: 1e12 })],
    [
      "reasoning and answer",
      () => model.answer("Hi", { thinking: true, thinkingLength: nearlyHalf, genLength: nearlyHalf }),
    ],
    ["a question about a picture", () => model.describe(picture, words(MAX_LENGTH))],
    ["the prompt of a picture", () => model.imagine(words(MAX_LENGTH))],
    ["reasoning ahead of a picture", () => model.imagine("a star", { thinking: true, thinkingLength: 1e12 })],
    ["a gap", () => model.edit({ text: "a [[999999999999]] circle" })],
    ["gaps together", () => model.edit({ text: Array(MAX_LENGTH).fill({ gap: 2 }) })],
    ["a text with a gap", () => model.edit({ text: `${words(MAX_LENGTH)} [[1]]` })],
    [
      "the prompt of a region",
      () => model.edit({ image: picture, region: { left: 0, top: 0, width: 9, height: 9 }, prompt: words(MAX_LENGTH) }),
    ],
  ];
  test.each(calls)("%s", (_, call) => expectRefusal(call, tooLong));

  test("one in a batch: the error says so, and nothing of the batch is begun", () =>
    expectRefusal(() => model.answerAll([{ messages: "Hi" }, { messages: "Hi", genLength: 1e12 }]), tooLong));
});

describe("options out of bounds", () => {
  const options = (given: object) => model.answer("Hi", { genLength: 8, ...given });
  test.each([
    [{ steps: 1e12 }, /steps must be .* got 1000000000000/],
    [{ steps: 0 }, /steps must be .* got 0/],
    [{ steps: 3, blockLength: 4 }, /3 steps cannot be shared out evenly among 2 blocks/],
    [{ genLength: -1 }, /genLength must be .* got -1/],
    [{ genLength: Number.NaN }, /genLength must be .* got NaN/],
    [{ temperature: Number.POSITIVE_INFINITY }, /temperature must be .* got Infinity/],
    [{ temperature: -1 }, /temperature must be .* got -1/],
    [{ guidanceScale: "3" }, /guidanceScale must be .* got "3"/],
    [{ guidanceScale: 1e38 }, /guidanceScale must be a number from 0 to 1000000, got 1e\+38/],
    [{ seed: 0.5 }, /seed must be a whole number, got 0\.5/],
    [{ remasking: "high-confidence" }, /remasking must be one of .* got "high-confidence"/],
    [{ confidenceThreshold: 0 }, /confidenceThreshold must be .* got 0/],
    [{ step: 3 }, /there is no option step; there are/],
  ])("%j", (given, message) => expectRefusal(() => options(given), message, RangeError));
});

describe("what is no message, text or region", () => {
  const loose = () => model as unknown as Record<string, (...args: unknown[]) => PromiseLike<unknown>>;
  test.each([
    [[], /messages are a text, or a list/],
    [null, /messages are a text, or a list/],
    [[{ role: "robot", content: "Hi" }], /messages are a text, or a list.*robot/],
    [[{ role: "user", content: 5 }], /messages are a text, or a list/],
  ])("messages %j", (messages, message) => expectRefusal(() => loose().answer(messages), message));

  test.each([
    [{}, /an edit has a text with gaps, or an image with a region/],
    [{ text: "no gap" }, /no gap/],
    [{ text: [{ gap: 0 }] }, /a gap is .* got {"gap":0}/],
    [{ text: 5 }, /text must be a text, or a list/],
    [{ image: picture, extend: "up" }, /extend must be one of left, right, top, bottom, got "up"/],
    [{ image: picture, extend: "left", by: 2 }, /by must be above 0 and below 1/],
    [{ image: picture, extend: "left", by: "0.5" }, /by must be above 0 and below 1, .* got "0\.5"/],
    [{ image: picture, region: undefined, text: undefined, extend: "up" }, /extend must be one of/],
    [{ image: picture, region: null }, /an image is a path/],
    [
      { image: picture, region: { left: 0, top: 0, width: 9, height: 9 }, fit: "bogus" },
      /fit must be one of .* "bogus"/,
    ],
    [{ image: picture, region: { left: Number.NaN, top: 0, width: 1, height: 1 } }, /a region is/],
    [{ image: picture, region: { left: 1e9, top: 0, width: 9, height: 9 } }, /covers nothing/],
    [{ image: picture, region: blankImage(3, 3) }, /3×3 pixels, the picture 64×64/],
  ])("edit %j", (request, message) => expectRefusal(() => loose().edit(request), message));

  test("a prompt that is no text", () => expectRefusal(() => loose().imagine(5), /prompt must be a text, got 5/));
});

describe("what is no picture", () => {
  const claims = async (width: number, height: number) => {
    const bytes = Uint8Array.from(await encodeImage(blankImage(8, 8)));
    const view = new DataView(bytes.buffer);
    view.setUint32(16, width);
    view.setUint32(20, height);
    return bytes;
  };

  test("pixels that do not fill it, or none at all", async () => {
    const data = new Uint8Array(12);
    for (const [width, height] of [
      [1e9, 1e9],
      [0, 0],
      [-2, -2],
      [2.5, 2],
      [2, 3],
    ]) {
      await expectRefusal(() => model.describe({ width, height, data }), /an image is a path/);
    }
    await expectRefusal(() => model.describe(undefined as unknown as string), /an image is a path/);
  });

  test("a PNG of no pixels, one that claims billions, one whose pixels are missing", async () => {
    const [none, bomb, wrong] = [await claims(0, 9), await claims(2 ** 31 - 1, 2 ** 31 - 1), await claims(8000, 8000)];
    await expectRefusal(() => model.describe(none), /0×9 pixels/, ImageError);
    await expectRefusal(() => model.describe(bomb), /2147483647×2147483647 pixels, more than/, ImageError);
    await expectRefusal(() => model.describe(wrong), /damaged or cut short/, ImageError);
  });

  test("a path to nothing, to a directory, to text, to a file of gigabytes", async () => {
    const at = (name: string) => join(scratch, name);
    await writeFile(at("notes.png"), "These are notes.");
    await writeFile(at("large.png"), "");
    await truncate(at("large.png"), 8e9); // sparse: it takes no room
    await expectRefusal(() => model.describe(at("none.png")), /no such file/, FileError);
    await expectRefusal(() => model.describe(scratch), /is not a file/, FileError);
    await expectRefusal(() => model.describe(at("notes.png")), /text that begins with "These are notes\."/, ImageError);
    await expectRefusal(() => model.describe(at("large.png")), /8000000000 bytes, too many/, ImageError);
  });
});

test("after all of that the model still answers", async () => {
  expect((await model.answer("Hi", { genLength: 4, steps: 2 })).ids.length).toBeLessThanOrEqual(4);
});
