import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { serveHub } from "../../test/hub-server.js";
import { parityPath } from "../../test/parity-case.js";
import { openReward } from "../rewards/rewards-node.js";
import type { Backend } from "../runtime/backend.js";
import type { DownloadProgress } from "../weights/hub.js";
import { openModelParts } from "./model-parts-node.js";
import { placeOfModel } from "./model-place-node.js";

const [ID, WEIGHTS] = ["someone/small", "someone/small/model.safetensors"];

async function serveSmall() {
  const directory = await mkdtemp(join(tmpdir(), "mmada-place-"));
  const hub = await serveHub({ [ID]: parityPath("mha") });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", join(directory, "cache"));
  vi.stubEnv("HF_HUB_OFFLINE", "");
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true, force: true });
  });
  return { hub, directory };
}

test("the download of a recipe's model is told of; the next run has it", async () => {
  const { hub, directory } = await serveSmall();
  const seen: DownloadProgress[] = [];
  const place = await placeOfModel({ directory, onProgress: (progress) => seen.push(progress) }, ID);
  expect(place.startsWith(join(directory, "cache"))).toBe(true);
  expect(seen.at(-1)).toMatchObject({ loadedBytes: seen.at(-1)?.totalBytes });
  hub.downloads.length = 0;
  expect(await placeOfModel({ directory }, ID)).toBe(place);
  expect(hub.downloads).toEqual([]);
});

test("the signal of a run ends the downloads of its models and of its rewards", async () => {
  const { hub, directory } = await serveSmall();
  const backend = {} as Backend; // not come to
  const opened = [
    (signal: AbortSignal) => openModelParts({ from: ID }, { backend, directory, output: directory, signal }),
    (signal: AbortSignal) => openReward({ type: "clip", model: ID }, { backend, directory, signal }),
  ];
  for (const open of opened) {
    hub.stall = { file: WEIGHTS, numBytes: 100 };
    const controller = new AbortController();
    const opening = open(controller.signal);
    await vi.waitUntil(() => hub.downloads.some(({ file }) => file === WEIGHTS));
    controller.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    hub.downloads.length = 0;
  }
});
