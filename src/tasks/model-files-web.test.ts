import { afterEach, expect, it, vi } from "vitest";
import { openTransformer } from "../model/load-model.js";
import { FileError } from "../weights/files.js";
import { MMaDA } from "./model.js";
import { readTokenizerConfig, resolveModelFiles } from "./model-files.js";

// Browsers have the files of browsers.
vi.mock("#files", () => import("../weights/files-web.js"));
vi.mock("#hub", () => import("../weights/hub-web.js"));

afterEach(() => vi.unstubAllGlobals());

it("an address may end with a slash", async () => {
  const asked = new Set<string>();
  vi.stubGlobal("fetch", async (path: string) => {
    asked.add(path);
    return new Response(null, { status: 404 });
  });
  const address = "https://models.example/mini/";
  await resolveModelFiles(address);
  await readTokenizerConfig(address);
  await expect(openTransformer(address)).rejects.toThrow(FileError);
  await expect(MMaDA.fromPretrained(address)).rejects.toThrow(FileError);
  expect([...asked].sort()).toEqual(
    ["chat_template.jinja", "config.json", "image-tokenizer/config.json", "tokenizer_config.json"].map(
      (name) => address + name,
    ),
  );
});
