/**
 * A page of a real headless Chromium that imports the project's sources through Vite, for tests. The code that runs in it is in `page/cases`.
 * Chromium is Debian's, or what CHROMIUM_PATH names; WebGPU is computed by SwiftShader, on the CPU.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { createServer } from "vite";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan,WebGPU",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--ignore-gpu-blocklist",
];

/** Options of tests here: a GPU computed on a busy CPU takes its time. */
export const SLOW = { timeout: 480_000 };

/** Where Chromium is, or why these tests cannot run. */
export function findChromium(): { readonly path: string } | { readonly reason: string } {
  const named = process.env.CHROMIUM_PATH;
  if (named)
    return existsSync(named) ? { path: named } : { reason: `CHROMIUM_PATH names ${named}, which is not there` };
  const path = CANDIDATES.find((candidate) => existsSync(candidate));
  return path
    ? { path }
    : { reason: "no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH" };
}

/** A headless Chromium with WebGPU. @throws Error when there is none (see `findChromium`) */
export async function launchChromium(): Promise<Browser> {
  const found = findChromium();
  if ("reason" in found) throw new Error(found.reason);
  return chromium.launch({ executablePath: found.path, args: FLAGS });
}

export interface Page {
  /** Calls the function that `page/cases/<name>.ts` exports. Argument and result are plain data; typed arrays and bigints too. */
  run<Result>(name: string, argument?: unknown): Promise<Result>;
  close(): Promise<void>;
}

/** @throws Error when there is no Chromium (see `findChromium`) or the page does not load */
export async function openPage(): Promise<Page> {
  const repository = fileURLToPath(new URL("../../", import.meta.url));
  const source = (path: string) => join(repository, "src", path);
  const cacheDir = await mkdtemp(join(tmpdir(), "mmada-vite-"));
  const server = await createServer({
    root: repository,
    configFile: false,
    cacheDir,
    logLevel: "error",
    resolve: {
      alias: {
        "#backends": source("runtime/backends-web.ts"),
        "#image-codec": source("images/codec-web.ts"),
        "#files": source("weights/files-web.ts"),
        "#hub": source("weights/hub-web.ts"),
      },
    },
    // ONNX Runtime finds its .wasm beside itself, so it must stay where it is.
    optimizeDeps: { entries: ["test/browser/page/**/*.ts"], exclude: ["onnxruntime-web"] },
    server: {
      host: "127.0.0.1",
      port: 0,
      hmr: false,
      watch: null,
      // Cross-origin isolation, for threads in WebAssembly.
      headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
    },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("the test server has no port");
  const browser = await launchChromium();
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const close = async () => {
    await browser.close();
    await server.close();
    await rm(cacheDir, { recursive: true, force: true });
  };
  try {
    await page.goto(`http://127.0.0.1:${address.port}/test/browser/page/index.html`, SLOW);
    await page.waitForFunction("globalThis.runCase", undefined, SLOW);
  } catch (cause) {
    await close();
    throw new Error(`the test page did not load: ${errors.join("; ") || cause}`, { cause });
  }
  return {
    async run<Result>(name: string, argument?: unknown) {
      const call = ([caseName, given]: [string, unknown]) =>
        (globalThis as unknown as { runCase(name: string, argument: unknown): Promise<unknown> }).runCase(
          caseName,
          given,
        );
      return (await page.evaluate(call, [name, argument] as [string, unknown])) as Result;
    },
    close,
  };
}
