import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { serveHub } from "../../test/hub-server.js";
import { miniPath } from "../../test/mini.js";
import { parityPath } from "../../test/parity-case.js";
import { openReward } from "../rewards/rewards-node.js";
import { parseRunRecipe } from "../runs/recipes.js";
import type { Backend } from "../runtime/backend.js";
import type { DownloadProgress } from "../weights/hub.js";
import { openModelParts } from "./model-parts-node.js";
import { placeOfModel } from "./model-place-node.js";
import type { Recipe } from "./recipe.js";
import { openStage } from "./stages-node.js";

const [ID, WEIGHTS] = ["someone/small", "someone/small/model.safetensors"];

async function serveSmall(models: Parameters<typeof serveHub>[0] = { [ID]: parityPath("mha") }) {
  const directory = await mkdtemp(join(tmpdir(), "mmada-place-"));
  const hub = await serveHub(models);
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

test("a directory that is absent is said to be", async () => {
  await expect(placeOfModel({ directory: tmpdir() }, "../no/such/model")).rejects.toThrow(
    /There is no directory .*such/,
  );
});

test.each([
  ["image-tokenizer", `${miniPath}/image-tokenizer`, (id: string) => ({ from: id, isEncoderFrozen: false })],
  ["clip", `${miniPath}/clip`, (id: string) => ({ from: id })],
] as const)("recipes of %s go on from a model of the Hub", async (kind, model, placeOf) => {
  const { directory } = await serveSmall({ [ID]: model });
  const name = `recipes/mini-${kind}.yaml`;
  const recipe = { ...parseRunRecipe(await readFile(name, "utf8"), name), model: placeOf(ID) } as Recipe;
  const stage = await openStage(recipe, { backend: {} as Backend, directory, output: directory });
  expect((await stage.startWeights()).size).toBeGreaterThan(0);
  await stage.dispose();
});

test("a new image tokenizer takes the decoder of one of the Hub", async () => {
  const { directory, hub } = await serveSmall({ [ID]: `${miniPath}/image-tokenizer` });
  const name = "recipes/mini-image-tokenizer.yaml";
  const config = JSON.parse(await readFile(`${miniPath}/image-tokenizer/config.json`, "utf8"));
  const model = { config, decoderFrom: ID, isEncoderFrozen: false };
  const recipe = { ...parseRunRecipe(await readFile(name, "utf8"), name), model } as Recipe;
  const stage = await openStage(recipe, { backend: {} as Backend, directory, output: directory });
  await stage.startWeights();
  expect(hub.downloads.map(({ file }) => file)).toContain(WEIGHTS);
});

test("a model of the Hub without an image tokenizer is trained with the released one, as it is asked with it", async () => {
  const { directory } = await serveSmall({
    [ID]: { directory: miniPath, exclude: (path) => path.startsWith("image-tokenizer/") },
    "showlab/magvitv2": `${miniPath}/image-tokenizer`,
  });
  const parts = await openModelParts({ from: ID }, { backend: {} as Backend, directory, output: directory });
  expect(parts.directories["image-tokenizer"]).toContain("showlab");
});
