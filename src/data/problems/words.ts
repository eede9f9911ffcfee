/** The small world's people, things and containers, and the little grammar that they need. */
import { capitalized } from "../english.js";

/** A problem without its numbers' meaning: three texts that belong together. */
export interface WordedProblem {
  /** The question as a person asks it. */
  readonly text: string;
  /** The answer as a full sentence. */
  readonly sentence: string;
  /** What is told and its answer as one text that asks nothing: "17 + 25 = 42." */
  readonly statement: string;
}

export interface Noun {
  readonly one: string;
  readonly many: string;
}

export interface Person {
  readonly name: string;
  readonly pronoun: "he" | "she";
}

export interface Thing extends Noun {
  readonly isEdible: boolean;
}

export interface Container extends Noun {
  /** "in" a box, "on" a shelf. */
  readonly preposition: "in" | "on";
}

const person = (name: string, pronoun: Person["pronoun"]): Person => ({ name, pronoun });
const thing = (one: string, isEdible = false): Thing => ({ one, many: one + "s", isEdible });
const container = (one: string, many: string, preposition: Container["preposition"] = "in"): Container => ({
  one,
  many,
  preposition,
});

export const PEOPLE: readonly Person[] = [
  person("Tom", "he"),
  person("Ann", "she"),
  person("Ben", "he"),
  person("Mia", "she"),
  person("Sam", "he"),
  person("Eva", "she"),
  person("Leo", "he"),
  person("Zoe", "she"),
];

export const THINGS: readonly Thing[] = [
  thing("apple", true),
  thing("book"),
  thing("coin"),
  thing("card"),
  thing("pen"),
  thing("egg", true),
  thing("ball"),
  thing("cake", true),
];

export const CONTAINERS: readonly Container[] = [
  container("box", "boxes"),
  container("bag", "bags"),
  container("basket", "baskets"),
  container("shelf", "shelves", "on"),
];

/** "into" a box, "onto" a shelf. */
export function into({ preposition }: Pick<Container, "preposition">): string {
  return preposition === "in" ? "into" : "onto";
}

/** "1 pen", "0 pens", "14 pens". */
export function counted(count: number, noun: Noun): string {
  return `${count} ${count === 1 ? noun.one : noun.many}`;
}

/** A sentence as it stands within another one: names keep their capitals. */
export function uncapitalized(sentence: string): string {
  const isNamed = PEOPLE.some(({ name }) => sentence.startsWith(`${name} `));
  return isNamed ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/**
 * `{key}` in the template replaced by `words.key`, `{Key}` by the same with a capital.
 * @throws Error for a key that has no word: a template that asks for what its story has not
 */
export function fill(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => {
    const exact = words[key];
    if (exact !== undefined) return exact;
    const lower = words[key.charAt(0).toLowerCase() + key.slice(1)];
    if (lower === undefined) throw new Error(`no word for {${key}} in "${template}"`);
    return capitalized(lower);
  });
}
