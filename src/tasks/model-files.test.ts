import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChatTemplate } from "../tokens/chat-template.js";
import { readTokenizerConfig } from "./model-files.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-files-"));
});
afterEach(() => rm(directory, { recursive: true }));
const write = (name: string, content: string) => writeFile(join(directory, name), content);

describe("the settings of a tokenizer", () => {
  it("have the chat template that stands in a file of its own", async () => {
    await write("tokenizer_config.json", '{"bos_token": "<s>", "chat_template": null}');
    await write("chat_template.jinja", "{{ bos_token }}{{ messages[0].content }}!");
    const config = await readTokenizerConfig(directory);
    expect(createChatTemplate(config)([{ role: "user", content: "hi" }])).toBe("<s>hi!");
    await rm(join(directory, "tokenizer_config.json"));
    expect(await readTokenizerConfig(directory)).toEqual({ chat_template: expect.stringContaining("!") });
  });

  it("keep their own, and are without where there is none", async () => {
    expect(await readTokenizerConfig(directory)).toBeUndefined();
    await write("tokenizer_config.json", '{"bos_token": "<s>"}');
    expect(await readTokenizerConfig(directory)).toEqual({ bos_token: "<s>" });
    await write("tokenizer_config.json", '{"chat_template": "own"}');
    await write("chat_template.jinja", "another");
    expect(await readTokenizerConfig(directory)).toEqual({ chat_template: "own" });
  });

  it("take no file for a template that is too large for one", async () => {
    await write("chat_template.jinja", "x".repeat(1e6 + 1));
    await expect(readTokenizerConfig(directory)).rejects.toThrow(/chat_template.jinja: has 1000001 bytes, too many/);
  });
});
