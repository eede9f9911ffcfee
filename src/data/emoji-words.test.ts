import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { createRandom } from "../array/random.js";
import { captionEmoji } from "./emoji-words.js";

interface Entry {
  readonly name: string;
  readonly short_names: readonly string[];
  readonly subcategory: string;
}

const path = createRequire(import.meta.url).resolve("emoji-datasource-twitter/emoji.json");
const entries: readonly Entry[] = JSON.parse(readFileSync(path, "utf8"));

/** Words that sound otherwise than they begin. */
const LIKE_VOWELS = ["hourglass", "m", "ng", "x", "x-ray"];
const LIKE_CONSONANTS = /^(one(-piece)?|unicorn|uganda|ukraine|united|uruguay|uk|euro(pean)?|u\.s\.|union|university)$/;

it("gives every name of the package the article that it is spoken with", () => {
  const seen = new Set<string>();
  for (const { name, short_names: shortNames, subcategory } of entries) {
    for (let i = 0; i < 30; i++) {
      const caption = captionEmoji(createRandom(i).fork(name), { name, shortNames, subcategory, skinTones: [] });
      const [, article, word] = caption.match(/^(?:an? (?:emoji|picture|icon|small picture) of) (an?) (\S+)/) ?? [];
      if (article === undefined) continue;
      seen.add(`${article} ${word}`);
      const isAn = LIKE_VOWELS.includes(word) || (/^[aeiou]/.test(word) && !LIKE_CONSONANTS.test(word));
      expect(article, caption).toBe(isAn ? "an" : "a");
    }
  }
  for (const wanted of ["an hourglass", "an upside-down", "an x-ray", "a one-piece", "an uzbekistan", "a unicorn"])
    expect(seen).toContain(wanted);
  expect(seen.size).toBeGreaterThan(800);
});
