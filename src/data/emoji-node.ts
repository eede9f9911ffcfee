/**
 * Real pictures to learn from: the 64-pixel emoji of the npm package `emoji-datasource-twitter` (Twemoji, CC-BY 4.0), on white,
 * with their names as captions. Wordings are in `emoji-words.ts`.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { decodeImage } from "#image-codec";
import { choose, createRandom } from "../array/random.js";
import type { Image, ImageSource } from "../images/image.js";
import { heldOutEmoji } from "./emoji-split.js";
import { askEmoji, captionEmoji, nameEmoji } from "./emoji-words.js";
import { DataError, type Example, type ExampleSource } from "./example.js";
import type { Split } from "./hash.js";
import { createPermutation } from "./permutation.js";
import { COLORS, isHeldOut as isHeldOutScene, SHAPES } from "./scenes/scene.js";

/** One picture: an emoji, or a variant of it with tones of skin. */
export interface Emoji {
  /** File name in the package, for instance "1f600.png". */
  readonly file: string;
  /** The file of the emoji that this is a variant of; its own where it is none. */
  readonly baseFile: string;
  /** As in the package: "GRINNING FACE", "Antarctica Flag". */
  readonly name: string;
  /** "grinning", …; the first is the usual one. */
  readonly shortNames: readonly string[];
  /** None for the emoji itself; two for couples, from left to right. */
  readonly skinTones: readonly SkinTone[];
  readonly category: string;
  readonly subcategory: string;
  /** Among the 200 (with their variants) that the image tokenizer never learns from. */
  readonly isHeldOut: boolean;
  /** 64×64, decoded once and kept. */
  readonly image: ImageSource;
}

const SKIN_TONES = {
  "1F3FB": "light",
  "1F3FC": "medium-light",
  "1F3FD": "medium",
  "1F3FE": "medium-dark",
  "1F3FF": "dark",
} as const;

export type SkinTone = (typeof SKIN_TONES)[keyof typeof SKIN_TONES];

/** What is read of an entry of emoji.json. */
interface Entry {
  readonly name: string;
  readonly short_names: readonly string[];
  readonly image: string;
  readonly category: string;
  readonly subcategory: string;
  readonly has_img_twitter: boolean;
  readonly skin_variations?: Readonly<Record<string, { readonly image: string; readonly has_img_twitter: boolean }>>;
}

/**
 * Every picture of the package, variants of skin right after their emoji.
 * @param directory where the package is; found among the installed ones when not given
 * @throws Error when the package is not installed
 */
export async function listEmoji(directory: string = findPackage()): Promise<Emoji[]> {
  const text = await readFile(join(directory, "emoji.json"), "utf8");
  const entries = (JSON.parse(text) as Entry[]).filter((entry) => entry.has_img_twitter);
  const heldOut = heldOutEmoji(entries.map(({ image }) => image));
  return entries.flatMap((entry) => {
    const describe = (file: string, skinTones: readonly SkinTone[]): Emoji => ({
      file,
      baseFile: entry.image,
      name: entry.name,
      shortNames: entry.short_names,
      skinTones,
      category: entry.category,
      subcategory: entry.subcategory,
      isHeldOut: heldOut.has(entry.image),
      image: keptImage(join(directory, "img/twitter/64", file), `emoji:${file}`),
    });
    const variants = Object.entries(entry.skin_variations ?? {}).filter(([, { has_img_twitter }]) => has_img_twitter);
    return [describe(entry.image, []), ...variants.map(([tones, { image }]) => describe(image, readTones(tones)))];
  });
}

/** Which examples are made of emoji. */
export interface EmojiSourceOptions {
  readonly seed: number | string;
  /** `t2i`: caption → picture. `describe`: picture and question → name. */
  readonly kind: "t2i" | "describe";
  /** Default `any`: names are learnt for all, only the image tokenizer keeps to `train`. */
  readonly split?: Split;
  /** Share of pictures with a tone of skin, where the emoji has them. Default 0.5. */
  readonly skinShare?: number;
  readonly directory?: string;
  readonly name?: string;
}

/**
 * Endlessly many examples. Every emoji comes once in each round of them all, in a new order and with a new wording. Those that
 * show what scenes never do (the green circle, the purple square) are left out.
 */
export async function emojiSource(options: EmojiSourceOptions): Promise<ExampleSource> {
  const { seed, kind, split = "any", skinShare = 0.5 } = options;
  const pictures = (await listEmoji(options.directory)).filter(
    (emoji) => isInSplit(emoji, split) && !isReserved(emoji),
  );
  const groups = groupByBase(pictures);
  const root = createRandom(seed).fork(`emoji ${kind} ${split}`);
  return {
    name: options.name ?? `emoji:${kind}`,
    length: Number.POSITIVE_INFINITY,
    async read(index): Promise<Example> {
      const rng = root.fork(index);
      const round = Math.floor(index / groups.length);
      const order = createPermutation(`emoji ${seed} ${kind} ${split} ${round}`, groups.length);
      const [base, ...variants] = groups[order.at(index % groups.length)];
      const emoji = variants.length > 0 && rng.uniform() < skinShare ? choose(rng, variants) : base;
      if (kind === "t2i")
        return { task: "t2i", messages: [{ role: "user", content: captionEmoji(rng, emoji) }], image: emoji.image };
      const messages = [{ role: "user", content: askEmoji(rng) }] as const;
      return { task: "mmu", messages, image: emoji.image, answer: nameEmoji(rng, emoji) };
    },
  };
}

/** Each emoji with its variants after it. */
function groupByBase(pictures: readonly Emoji[]): Emoji[][] {
  const groups = new Map<string, Emoji[]>();
  for (const emoji of pictures) groups.set(emoji.baseFile, [...(groups.get(emoji.baseFile) ?? []), emoji]);
  return [...groups.values()];
}

function isInSplit({ isHeldOut }: Emoji, split: Split): boolean {
  return split === "any" || isHeldOut === (split === "heldOut");
}

/** Whether it shows a combination of colour and shape that is kept from all training, as a test of the scenes. */
export function isReserved({ name }: Pick<Emoji, "name">): boolean {
  const reserved = COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape }))).filter(isHeldOutScene);
  return reserved.some(({ color, shape }) => name.toLowerCase().endsWith(`${color} ${shape}`));
}

function readTones(key: string): SkinTone[] {
  return key.split("-").map((code) => {
    const tone = SKIN_TONES[code as keyof typeof SKIN_TONES];
    if (tone === undefined) throw new DataError("emoji.json", `"${code}" in "${key}" is no tone of skin`);
    return tone;
  });
}

function keptImage(path: string, key: string): ImageSource {
  let image: Promise<Image> | undefined;
  const load = async (): Promise<Image> => decodeImage(await readFile(path));
  return { key, load: () => (image ??= load()) };
}

function findPackage(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("emoji-datasource-twitter/package.json"));
  } catch (cause) {
    const message =
      'the emoji come from the npm package "emoji-datasource-twitter", which is not installed: npm i emoji-datasource-twitter';
    throw new Error(message, { cause });
  }
}
