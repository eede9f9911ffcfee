/** `MMaDA.fromPretrained` by Hub id, over a Hub on this machine; the bundled model stands in for a released one. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LoadOptions, MMaDA } from "../src/tasks/model.js";
import { resolveModelFiles } from "../src/tasks/model-files.js";
import type { DownloadProgress } from "../src/weights/hub.js";
import { type HubServer, serveHub } from "./hub-server.js";
import { parityPath } from "./parity-case.js";

const MINI = fileURLToPath(new URL("../models/mini", import.meta.url));
const ID = "someone/mini";
const WEIGHTS = `${ID}/model.safetensors`;
const QUICK = { genLength: 4, steps: 1 };

let hub: HubServer;
let cacheDirectory: string;
beforeEach(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), "mmada-pretrained-"));
});
afterEach(() => rm(cacheDirectory, { recursive: true }));

const load = (id: string, options: LoadOptions = {}) =>
  MMaDA.fromPretrained(id, { endpoint: hub.endpoint, cacheDirectory, retries: 0, offline: false, ...options });
const downloadsOf = (prefix: string) => hub.downloads.filter(({ file }) => file.startsWith(prefix));

/** As released: the image tokenizer is a model of its own. */
const serveReleased = async () => {
  hub = await serveHub({
    [ID]: { directory: MINI, exclude: (path) => path.startsWith("image-tokenizer/") },
    "showlab/magvitv2": join(MINI, "image-tokenizer"),
  });
};

const halfOfWeights = async () => {
  const { size } = await stat(join(MINI, "model.safetensors"));
  return { file: WEIGHTS, numBytes: Math.floor(size / 2) };
};

describe("a model of the Hub", () => {
  it("is downloaded with the released image tokenizer, and answers as the local one does", async () => {
    await serveReleased();
    const seen: DownloadProgress[] = [];
    const model = await load(ID, { onProgress: (progress) => seen.push(progress) });
    const local = await MMaDA.fromPretrained(MINI);
    const question = "What is 2 plus 3?";
    expect(await model.answer(question, QUICK)).toEqual(await local.answer(question, QUICK));
    expect(model.imageCodec?.config).toEqual(local.imageCodec?.config);
    await Promise.all([model.dispose(), local.dispose()]);
    expect(downloadsOf("showlab/magvitv2/").map(({ file }) => file)).toContain("showlab/magvitv2/model.safetensors");
    expect(seen.filter(({ loadedBytes, totalBytes }) => loadedBytes === totalBytes)).not.toHaveLength(0);
    hub.downloads.length = 0;
    await (await load(ID)).dispose();
    expect(hub.downloads).toEqual([]);
    await (await load(ID, { offline: true })).dispose();
  });

  it("goes on with a download that broke off, from where it did", async () => {
    await serveReleased();
    hub.cut = await halfOfWeights();
    const { numBytes } = hub.cut;
    await expect(load(ID)).rejects.toThrow(/try again to go on/);
    const model = await load(ID);
    await model.dispose();
    // What was on its way when the connection broke may be lost.
    const [first, second, ...others] = downloadsOf(WEIGHTS).map(({ start }) => start);
    expect([first, others]).toEqual([0, []]);
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(numBytes);
  });

  it("stops downloading when the signal says so", async () => {
    await serveReleased();
    hub.stall = await halfOfWeights();
    const { numBytes } = hub.stall;
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ file, loadedBytes }: DownloadProgress) => {
      if (file === "model.safetensors" && loadedBytes >= numBytes) controller.abort(reason);
    };
    await expect(load(ID, { onProgress, signal: controller.signal })).rejects.toBe(reason);
  });

  it("brings its own image tokenizer where it has one", async () => {
    hub = await serveHub({ [ID]: MINI });
    const files = await resolveModelFiles(ID, { endpoint: hub.endpoint, cacheDirectory, offline: false });
    expect(files.imageTokenizer).toBe(`${files.directory}/image-tokenizer`);
    const model = await load(ID);
    expect(model.imageCodec).toBeDefined();
    await model.dispose();
    await (await load(ID, { offline: true })).dispose();
  });

  it("can be loaded for text alone", async () => {
    await serveReleased();
    const model = await load(ID, { imageTokenizer: false });
    expect(downloadsOf("showlab/")).toEqual([]);
    await expect(model.imagine("a red circle")).rejects.toThrow(/without an image tokenizer/);
    await model.dispose();
  });

  it("that is an image tokenizer brings no other one", async () => {
    await serveReleased();
    const options = { endpoint: hub.endpoint, cacheDirectory, offline: false };
    expect((await resolveModelFiles("showlab/magvitv2", options)).imageTokenizer).toBeUndefined();
  });
});

describe("what cannot be loaded is said", () => {
  it("a dtype that nothing computes in", async () => {
    const dtype = "float16" as "float32";
    await expect(MMaDA.fromPretrained(MINI, { dtype })).rejects.toThrow(/dtype must be float32, got "float16"/);
  });

  it("an image tokenizer with another number of codes", async () => {
    await expect(MMaDA.fromPretrained(MINI, { imageTokenizer: parityPath("magvit") })).rejects.toThrow(
      /knows \d+ image codes, its image tokenizer .*magvit has 64/,
    );
  });

  it("loading that was stopped ahead", async () => {
    const reason = new Error("enough");
    await expect(MMaDA.fromPretrained(MINI, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
