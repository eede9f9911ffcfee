import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveModel } from "./hub-web.js";

// Browsers have the files of browsers.
vi.mock("#files", () => import("./files-web.js"));

const server = createServer((request, response) => {
  const path = request.url ?? "";
  if (path === "/models/mini/config.json") response.end("{}");
  else if (path.startsWith("/app/")) response.setHeader("content-type", "text/html").end("<html>");
  // Object stores that show nobody their lists refuse what is absent.
  else response.writeHead(path.startsWith("/broken/") ? 500 : path.startsWith("/store/") ? 403 : 404).end();
});
let origin: string;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Addresses that are not whole ones are beside the page.
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => fetch(new URL(path, `${origin}/`), init));
});
afterEach(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

describe("a model by name in a browser", () => {
  it("is where its configuration is", async () => {
    expect(await resolveModel("models/mini")).toBe("models/mini");
    expect(await resolveModel(`${origin}/models/mini`)).toBe(`${origin}/models/mini`);
    expect(await resolveModel("/some/where/else")).toBe("/some/where/else");
  });

  it("is the Hub's where the page has none, or answers with itself", async () => {
    const branch = { revision: "refs/pr/1" };
    expect(await resolveModel("someone/model", branch)).toBe(
      "https://huggingface.co/someone/model/resolve/refs%2Fpr%2F1",
    );
    expect(await resolveModel("someone/model")).toBe("https://huggingface.co/someone/model/resolve/main");
    const options = { revision: "v1", endpoint: "https://hub.example/" };
    expect(await resolveModel("app/model", options)).toBe("https://hub.example/app/model/resolve/v1");
    expect(await resolveModel("store/model")).toBe("https://huggingface.co/store/model/resolve/main");
    const files = ["med_config.json"]; // by which a model of another kind is known
    expect(await resolveModel("models/mini", { files })).toBe("https://huggingface.co/models/mini/resolve/main");
  });

  it("is not guessed when the server fails, nor asked for by a revision that is none", async () => {
    await expect(resolveModel("broken/model")).rejects.toThrow(/refuses it \(500\)/);
    await expect(resolveModel("someone/model", { revision: "../x" })).rejects.toThrow(/no revision/);
    const reason = new Error("enough");
    await expect(resolveModel("someone/model", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
