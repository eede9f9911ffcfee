/** The page of examples/browser, built and opened as its visitors open it: it loads the bundled model and draws. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, launchChromium, SLOW } from "./open-page.js";

const chromium = findChromium();
const config = {
  configFile: fileURLToPath(new URL("../../examples/browser/vite.config.js", import.meta.url)),
  logLevel: "error",
} as const;

describe.skipIf("reason" in chromium)(
  `the page of examples/browser${"reason" in chromium ? `: ${chromium.reason}` : ""}`,
  SLOW,
  () => {
    let outDir: string;
    let server: PreviewServer;
    let browser: Browser;
    beforeAll(async () => {
      outDir = await mkdtemp(join(tmpdir(), "mmada-page-"));
      await build({ ...config, build: { outDir } });
      server = await preview({ ...config, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
      browser = await launchChromium();
    }, SLOW.timeout);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(outDir, { recursive: true, force: true });
    });

    test("loads the model, draws, and shows every step", async () => {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      const says = (text: string) => page.getByText(text, { exact: true }).waitFor({ timeout: SLOW.timeout });
      // WebAssembly: where the GPU is simulated on the CPU, WebGPU takes minutes. graph.test.ts compares the two.
      await page.goto(`${server.resolvedUrls?.local[0]}?device=wasm`, SLOW);
      await says("Ready");
      await page.getByLabel("prompt").fill("a small blue star");
      await page.getByRole("button", { name: "Draw" }).click();
      await says("Drawn: a small blue star");

      expect(await page.locator("#steps canvas").count()).toBe(8);
      const [width, height, numColors] = await page.locator("#picture").evaluate((element) => {
        const canvas = element as unknown as {
          width: number;
          height: number;
          getContext(kind: "2d"): {
            getImageData(x: number, y: number, w: number, h: number): { data: { buffer: ArrayBuffer } };
          };
        };
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        return [width, height, new Set(new Uint32Array(data.buffer)).size];
      });
      expect([width, height]).toEqual([64, 64]);
      expect(numColors).toBeGreaterThan(16);
      expect(errors).toEqual([]);
    });
  },
);
