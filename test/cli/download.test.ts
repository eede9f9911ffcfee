/** `mmada download` as a process that is killed, over a Hub on this machine. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { serveHub } from "../hub-server.js";
import { endWhen, MINI, mmada, QUICK_TEXT, temporaryDirectory } from "./run-command.js";

const ID = "someone/mini";
const WEIGHTS = `${ID}/model.safetensors`;

it("a download that is killed goes on; then the model answers offline", { timeout: 240_000 }, async () => {
  const home = await temporaryDirectory();
  const hub = await serveHub({ [ID]: MINI });
  const env = { HF_HOME: home, HF_HUB_CACHE: "", HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: "" };

  const { size } = await stat(join(MINI, "model.safetensors"));
  hub.stall = { file: WEIGHTS, numBytes: Math.floor(size / 2) };
  const killed = await mmada(["download", ID], {
    env,
    onStarted: endWhen(async () => {
      if (!hub.downloads.some(({ file }) => file === WEIGHTS)) return false;
      await setTimeout(1000); // something of it arrives
      return true;
    }, "SIGKILL"),
  });
  expect(killed.code).toBeNull();

  hub.stall = undefined;
  const { code, stdout } = await mmada(["download", ID, "--json"], { env });
  expect(code).toBe(0);
  const { directory, imageTokenizer } = JSON.parse(stdout);
  expect(imageTokenizer).toBe(`${directory}/image-tokenizer`);
  const starts = hub.downloads.filter(({ file }) => file === WEIGHTS).map(({ start }) => start);
  expect(starts).toHaveLength(2);
  expect(starts[1]).toBeGreaterThan(0);
  const [downloaded, original] = await Promise.all(
    [directory, MINI].map((model) => readFile(join(model, "model.safetensors"))),
  );
  expect(downloaded.equals(original)).toBe(true);

  const offline = { ...env, HF_ENDPOINT: "http://127.0.0.1:1", HF_HUB_OFFLINE: "1" };
  const asked = await mmada(["chat", "hi", "--model", ID, ...QUICK_TEXT, "--json"], { env: offline });
  expect(asked).toMatchObject({ code: 0, stderr: "" });

  const missing = await mmada(["download", "someone/else"], { env });
  expect(missing.stderr).toMatch(/has no model someone\/else/);
  expect(missing.code).toBe(1);
});
