/** Names of emoji in words: captions to draw from, questions about a picture and their answers. */
import { choose, type Random } from "../array/random.js";
import { fill } from "./problems/words.js";

/** What is said of an emoji. */
export interface EmojiWords {
  readonly name: string;
  readonly shortNames: readonly string[];
  readonly skinTones: readonly string[];
  readonly subcategory: string;
}

const CAPTIONS = [
  "{name}",
  "{name}",
  "{name} emoji",
  "{name} emoji",
  "{name} emoji",
  "the {name} emoji",
  "an emoji of {name}",
  "an emoji of {a name}",
  "a picture of {a name}",
  "emoji: {name}",
  "an icon of {a name}",
  "a small picture of {a name}",
];

/** Where the bare name is also that of a scene ("large red circle"), the caption says that it is an emoji. */
const PLAIN_SHAPE_CAPTIONS = ["{name} emoji", "the {name} emoji", "an emoji of {a name}", "emoji: {name}"];

const QUESTIONS = [
  "What is this?",
  "What is this?",
  "What emoji is this?",
  "Which emoji is this?",
  "Name this emoji.",
  "What is the name of this emoji?",
  "What does this picture show?",
  "What is in the picture?",
  "What is shown here?",
  "What do you see?",
  "Describe the picture.",
];

/** A caption: the name three times in four, else a short name, in plain words or as ":grinning:". */
export function captionEmoji(rng: Random, emoji: EmojiWords): string {
  const templates = emoji.subcategory === "geometric" ? PLAIN_SHAPE_CAPTIONS : CAPTIONS;
  const form = rng.uniform();
  if (form < 0.04) return withTones(emoji.name, emoji);
  if (form < 0.12) return colonName(rng, emoji);
  const useShort = form < 0.27 && emoji.subcategory !== "country-flag";
  const name = useShort ? shortNameInWords(rng, emoji) : plainName(rng, emoji);
  const caption = fill(choose(rng, templates).replaceAll("{a name}", nameWithArticle(name)), { name });
  return withTones(caption, emoji);
}

export function askEmoji(rng: Random): string {
  return choose(rng, QUESTIONS);
}

/** The answer to `askEmoji`: nearly always the name in small letters and nothing more. */
export function nameEmoji(rng: Random, emoji: EmojiWords): string {
  const name = withTones(emoji.name.toLowerCase(), emoji);
  return rng.uniform() < 0.9 ? name : `${withTones(`an emoji of ${emoji.name.toLowerCase()}`, emoji)}`;
}

function plainName(rng: Random, { name }: EmojiWords): string {
  const lower = name.toLowerCase();
  if (!lower.endsWith(" flag") || rng.uniform() < 0.6) return lower;
  return `flag of ${lower.slice(0, -" flag".length)}`;
}

function shortNameInWords(rng: Random, { shortNames }: EmojiWords): string {
  const name = rng.uniform() < 0.6 ? shortNames[0] : choose(rng, shortNames);
  return name.replace(/[_-]+/g, " ").trim();
}

function colonName(rng: Random, emoji: EmojiWords): string {
  const name = rng.uniform() < 0.7 ? emoji.shortNames[0] : choose(rng, emoji.shortNames);
  return withTones(rng.uniform() < 0.8 ? `:${name}:` : name, emoji);
}

/** "…, medium skin tone"; two tones are named from left to right. */
function withTones(text: string, { skinTones }: EmojiWords): string {
  if (skinTones.length === 0) return text;
  return `${text}, ${[...new Set(skinTones)].map((tone) => `${tone} skin tone`).join(" and ")}`;
}

/** "a grinning face", "an apple"; as it is where an article would be wrong or the name is a list. */
function nameWithArticle(name: string): string {
  if (/s$|[,:]|^(the|no|a|an) |\d/.test(name)) return name;
  return `${/^([ai]|o(?!ne\b)|e(?!u)|un(?!i)|um|up|uz|hour|(?:[mx]|ng)\b)/.test(name) ? "an" : "a"} ${name}`;
}
