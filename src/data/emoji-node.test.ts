import { beforeAll, describe, expect, test } from "vitest";
import { type Emoji, emojiSource, listEmoji } from "./emoji-node.js";
import { NUM_HELD_OUT_EMOJI } from "./emoji-split.js";

let emoji: Emoji[];
beforeAll(async () => {
  emoji = await listEmoji();
});

describe("listEmoji", () => {
  test("finds all pictures of the package, each once", () => {
    expect(emoji).toHaveLength(3786);
    expect(new Set(emoji.map(({ file }) => file)).size).toBe(3786);
    expect(emoji.filter(({ skinTones }) => skinTones.length === 0)).toHaveLength(1911);
  });

  test("holds out 200 emoji with their variants, the same for ever", () => {
    const heldOut = emoji.filter(({ isHeldOut }) => isHeldOut);
    const bases = heldOut.filter(({ file, baseFile }) => file === baseFile);
    expect(bases).toHaveLength(NUM_HELD_OUT_EMOJI);
    const baseFiles = new Set(bases.map(({ file }) => file));
    expect(emoji.filter(({ baseFile }) => baseFiles.has(baseFile)).every(({ isHeldOut }) => isHeldOut)).toBe(true);
    expect(bases.slice(0, 4).map(({ file }) => file)).toMatchInlineSnapshot(`
      [
        "0035-fe0f-20e3.png",
        "0037-fe0f-20e3.png",
        "0038-fe0f-20e3.png",
        "00ae-fe0f.png",
      ]
    `);
  });

  test("decodes a picture on white, once", async () => {
    const grinning = emoji.find(({ shortNames }) => shortNames.includes("grinning"));
    const image = await grinning?.image.load();
    expect(image).toMatchObject({ width: 64, height: 64 });
    expect([...(image?.data.subarray(0, 3) ?? [])]).toEqual([255, 255, 255]);
    const center = (32 * 64 + 32) * 3;
    expect(image?.data[center]).toBeGreaterThan(200);
    expect(image?.data[center + 2]).toBeLessThan(120);
    expect(await grinning?.image.load()).toBe(image);
    expect(grinning).toMatchObject({ file: "1f600.png", name: "GRINNING FACE", image: { key: "emoji:1f600.png" } });
  });

  test("says what to install when the package is not there", async () => {
    await expect(listEmoji("/nowhere")).rejects.toThrow("/nowhere");
  });
});

describe("emojiSource", () => {
  test("goes through every emoji in each round, with varied captions", async () => {
    const source = await emojiSource({ seed: 1, kind: "t2i", skinShare: 0 });
    const numEmoji = 1911 - 2;
    const rounds = [new Set<string>(), new Set<string>()];
    let changed = 0;
    for (let i = 0; i < numEmoji; i++) {
      const examples = [await source.read(i), await source.read(i + numEmoji)];
      for (const round of [0, 1]) rounds[round].add(examples[round].image?.key ?? "");
      if (examples[0].image?.key !== examples[1].image?.key) changed++;
      for (const { task, messages } of examples) {
        expect(task).toBe("t2i");
        expect(messages[0].content).toMatch(/^[^{}]+$/);
        expect(messages[0].content).not.toMatch(/green circle|purple square/i);
      }
    }
    expect(rounds.map((keys) => keys.size)).toEqual([numEmoji, numEmoji]);
    expect(changed).toBeGreaterThan(numEmoji - 20);
  });

  test("describes by the name, with its tones of skin", async () => {
    const source = await emojiSource({ seed: 2, kind: "describe", skinShare: 1 });
    const toned = [];
    for (let i = 0; i < 300; i++) {
      const example = await source.read(i);
      const found = emoji.find(({ image }) => image.key === example.image?.key);
      expect(example.answer).toContain(found?.name.toLowerCase());
      for (const tone of found?.skinTones ?? []) expect(example.answer).toContain(`${tone} skin tone`);
      if (found && found.skinTones.length > 0) toned.push(found);
    }
    expect(toned.length).toBeGreaterThan(20);
  });

  test("keeps to its split", async () => {
    const heldOutFiles = new Set(emoji.filter(({ isHeldOut }) => isHeldOut).map(({ image }) => image.key));
    for (const split of ["train", "heldOut"] as const) {
      const source = await emojiSource({ seed: 3, kind: "t2i", split });
      for (let i = 0; i < 300; i++) {
        expect(heldOutFiles.has((await source.read(i)).image?.key ?? "")).toBe(split === "heldOut");
      }
    }
  });

  test("gives the same example for the same index", async () => {
    const [a, b] = [await emojiSource({ seed: 4, kind: "t2i" }), await emojiSource({ seed: 4, kind: "t2i" })];
    expect((await a.read(77)).messages).toEqual((await b.read(77)).messages);
  });
});
