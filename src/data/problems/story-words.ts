/**
 * A story in words: every sentence is chosen on its own, so a few dozen patterns make many thousand problems. The
 * patterns are in `story-templates.ts`; the numbers are never changed here.
 */

import { choose, type Random, shuffle } from "../../array/random.js";
import { capitalized } from "../english.js";
import type { Amount, Ending, PackedAmount, Story } from "./story.js";
import {
  AGAINST,
  type EndingWords,
  GAINED_QUESTIONS,
  GAINS,
  GAINS_BY_OTHERS,
  LOSSES,
  LOST_QUESTIONS,
  MEALS,
  NOBODYS_OPENINGS,
  NOBODYS_QUESTIONS,
  OPENINGS,
  PACKED_OPENINGS,
  PACKS,
  SHARES_AMONG_FRIENDS,
  SHARES_INTO_CONTAINERS,
  STILL_QUESTIONS,
  TOTAL_QUESTIONS,
} from "./story-templates.js";
import {
  CONTAINERS,
  type Container,
  counted,
  fill,
  into,
  PEOPLE,
  type Person,
  THINGS,
  type Thing,
  uncapitalized,
  type WordedProblem,
} from "./words.js";

interface Cast {
  readonly a: Person;
  readonly b: Person;
  readonly thing: Thing;
  /** What things come in. */
  readonly container: Container;
  /** What they are put into at the end. */
  readonly target: Container;
}

/** A problem in words, its answer as a sentence ("Ann has 27 pens now."), and both as a text that asks nothing. */
export function wordStory(rng: Random, story: Story, result: number): WordedProblem {
  const [a, b] = shuffle(rng, PEOPLE);
  const [container, target] = shuffle(rng, CONTAINERS);
  const cast: Cast = { a, b, thing: choose(rng, THINGS), container, target };
  const words = {
    a: a.name,
    b: b.name,
    she: a.pronoun,
    her: a.pronoun === "she" ? "her" : "him",
    things: cast.thing.many,
    container: target.one,
    containers: target.many,
    in: target.preposition,
    into: into(target),
  };
  const say: Say = (templates, more = {}) => fill(choose(rng, templates), { ...words, ...more });
  const ask = (told: string, { templates, more }: Asked) =>
    templates.map((template) => fill(template, { ...words, ...more, she: pronounOrName(cast, told) }));

  if (isHeap(story) && rng.uniform() < 0.35) {
    const told = say(NOBODYS_OPENINGS, packedWords(story.opening, cast));
    const sentence = say(["There are {result}."], { result: counted(result, cast.thing) });
    return { text: `${told} ${say(NOBODYS_QUESTIONS)}`, sentence, statement: `${told} ${sentence}` };
  }
  const isShort = story.events.length === 0 && "count" in story.opening && isDivision(story.ending);
  const isDirect = isShort && rng.uniform() < 0.5;
  const opening = isDirect ? "" : sayOpening(rng, story.opening, cast, say);
  const events = sayEvents(rng, story, cast, say);
  const { act, asked } = sayEnding(rng, story, cast, result, isDirect, say);
  const told = isDirect ? `${a.name} ${act[0].predicate}.` : tell(rng, opening, [...events, ...act], cast);
  const [question, sentence] = ask(told, asked);
  const text = canBeCondition(told) && rng.uniform() < 0.12 ? asCondition(told, question) : `${told} ${question}`;
  return { text, sentence, statement: `${told} ${sentence}` };
}

type Say = (templates: readonly string[], more?: Record<string, string>) => string;

/** Something that happens: who does it, and what. */
interface Clause {
  readonly subject: "a" | "b";
  readonly predicate: string;
}

/** A question and the sentence that answers it, before it is known whether a pronoun would do in them. */
interface Asked {
  readonly templates: readonly [question: string, sentence: string];
  readonly more: Readonly<Record<string, string>>;
}

/** Full containers and nothing else, so that no person is needed. */
function isHeap(story: Story): story is Story & { opening: PackedAmount } {
  const isSeveral = "each" in story.opening && story.opening.containers > 1;
  return isSeveral && story.events.length === 0 && story.ending.kind === "total";
}

function isDivision(ending: Ending): boolean {
  return ending.kind === "share" || ending.kind === "pack";
}

function packedWords({ containers, each }: PackedAmount, { container, thing }: Cast): Record<string, string> {
  return {
    boxes: counted(containers, container),
    box: container.one,
    in_box: container.preposition,
    are: each === 1 ? "is" : "are",
    into_box: into(container),
    each: counted(each, thing),
  };
}

function sayOpening(rng: Random, amount: Amount, cast: Cast, say: Say): string {
  if ("each" in amount && amount.containers > 1 && rng.uniform() < 0.5) {
    return say(PACKED_OPENINGS, packedWords(amount, cast));
  }
  return say(OPENINGS, { amount: sayAmount(rng, amount, cast, "") });
}

/**
 * "14 pens", "3 bags of 6 pens"; `follows` says how the number may refer back to things named before, `isClear` whether it may do so
 * without naming them again.
 */
function sayAmount(
  rng: Random,
  amount: Amount,
  { thing, container }: Cast,
  follows: "" | "more" | "of them",
  isClear = true,
): string {
  if ("count" in amount) {
    const full = counted(amount.count, thing);
    if (follows === "" || rng.uniform() < 0.55) return full;
    const noun = amount.count === 1 ? thing.one : thing.many;
    if (follows === "of them") {
      const ofThings = `of the ${thing.many}`;
      return `${amount.count} ${choose(rng, [isClear ? "of them" : ofThings, ofThings])}`;
    }
    return `${amount.count} ${choose(rng, [`more ${noun}`, isClear ? "more" : `more ${noun}`])}`;
  }
  const boxes = counted(amount.containers, container);
  const each = counted(amount.each, thing);
  const plain = `${boxes} of ${each}`;
  if (amount.containers === 1) return plain;
  return choose(rng, [plain, plain, plain, `${boxes} with ${each} each`, `${plain} each`]);
}

function sayEvents(rng: Random, { opening, events }: Story, cast: Cast, say: Say): Clause[] {
  return events.map(({ kind, amount }, i) => {
    const isGain = kind === "gain";
    // After "6 baskets of 5 books", "8 more" could be baskets; after any event, "of them" could be of its things alone.
    const isUnpacked = [opening, ...events.slice(0, i).map((event) => event.amount)].every(
      (before) => "count" in before,
    );
    const isClear = isUnpacked && (isGain || i === 0);
    const more = { amount: sayAmount(rng, amount, cast, isGain ? "more" : "of them", isClear) };
    if (isGain && rng.uniform() < 0.12) return { subject: "b", predicate: say(GAINS_BY_OTHERS, more) };
    const losses = cast.thing.isEdible ? [...LOSSES, ...MEALS] : LOSSES;
    return { subject: "a", predicate: say(isGain ? GAINS : losses, more) };
  });
}

function sayEnding(
  rng: Random,
  story: Story,
  cast: Cast,
  result: number,
  isDirect: boolean,
  say: Say,
): { act: Clause[]; asked: Asked } {
  const { opening, ending, events } = story;
  const things = counted(result, cast.thing);
  if (ending.kind === "total") {
    const last = events.at(-1)?.kind;
    const asked = last === "gain" ? GAINED_QUESTIONS : LOST_QUESTIONS;
    const question = choose(rng, last === undefined ? STILL_QUESTIONS : [...TOTAL_QUESTIONS, ...asked]);
    const sentence = choose(rng, [last ? "{a} has {result} now." : "{a} has {result}.", "{She} has {result}."]);
    return { act: [], asked: { templates: [question, sentence], more: { result: things } } };
  }
  const { form, more } = endingWords(rng, ending, cast, result);
  const all = sayAll(rng, story, cast);
  const detail = {
    ...more,
    them: isDirect ? sayAmount(rng, opening, cast, "") : all,
    are: result === 1 ? "is" : "are",
  };
  const subject = "other" in ending ? "b" : "a";
  // Told directly, this sentence is the only one that says how many there are.
  const acts = isDirect ? form.act.filter((act) => act.includes("{them}")) : form.act;
  return {
    act: [{ subject, predicate: say(acts, detail) }],
    asked: { templates: [choose(rng, form.question), choose(rng, form.sentence)], more: detail },
  };
}

/** All things that there are at the end: "them" alone could be the containers, or what was gained or lost last. */
function sayAll(rng: Random, { opening, events }: Story, { thing }: Cast): string {
  const said = choose(rng, ["them", "them", "them all", `the ${thing.many}`]);
  if (events.length === 0 && "count" in opening) return said;
  const things = events.at(-1)?.kind === "lose" ? `remaining ${thing.many}` : thing.many;
  return said.startsWith("them") ? `all the ${things}` : `the ${things}`;
}

function endingWords(
  rng: Random,
  ending: Exclude<Ending, { kind: "total" }>,
  { thing, target }: Cast,
  result: number,
): { form: EndingWords; more: Record<string, string> } {
  if (ending.kind === "share") {
    const form = rng.uniform() < 0.5 ? SHARES_AMONG_FRIENDS : SHARES_INTO_CONTAINERS;
    const more = { n: String(ending.parts), parts: counted(ending.parts, target), result: counted(result, thing) };
    return { form, more };
  }
  if (ending.kind === "pack") return { form: PACKS, more: { n: String(ending.each), result: counted(result, target) } };
  const form = AGAINST[ending.kind];
  return { form, more: { others: counted(ending.other, thing), result: counted(result, thing) } };
}

/** Clauses to sentences: joined by "and" or opened by "Then", subjects by name or pronoun. */
function tell(rng: Random, opening: string, clauses: readonly Clause[], cast: Cast): string {
  let text = opening;
  const say = ({ subject, predicate }: Clause): string =>
    subject === "b" ? predicate : `${rng.uniform() < 0.65 ? pronounOrName(cast, text) : cast.a.name} ${predicate}`;
  for (let i = 0; i < clauses.length; i++) {
    const clause = clauses[i];
    if (i === 0 && isOneSentence(opening) && rng.uniform() < 0.2) {
      text = `${text.slice(0, -1)} and ${clause.predicate}.`;
      continue;
    }
    const opener = clause.predicate.includes(" has ") ? "" : choose(rng, ["", "", "", "Then ", "Later "]);
    let sentence = say(clause);
    const next = clauses[i + 1];
    if (next && clause.subject === "a" && next.subject === "a" && rng.uniform() < 0.5) {
      sentence += `${choose(rng, [" and ", ", then ", " and then "])}${next.predicate}`;
      i++;
    }
    text += ` ${opener}${opener === "" ? capitalized(sentence) : sentence}.`;
  }
  return text;
}

/** How the next sentence calls who the story is about: by name where the last one told names another "he" or "she". */
function pronounOrName({ a, b }: Cast, told: string): string {
  const last = told.slice(0, -1).split(". ").at(-1) ?? "";
  return a.pronoun === b.pronoun && last.includes(b.name) ? a.name : a.pronoun;
}

function isOneSentence(text: string): boolean {
  return !text.slice(0, -1).includes(".");
}

/** One or two sentences, the second by name or pronoun: what "If … and …, how many …" can hold. */
function canBeCondition(told: string): boolean {
  const isPlain = !/^(At first|There) |, | (Then|Later) /.test(told);
  return isPlain && told.split(". ").length <= 2;
}

function asCondition(told: string, question: string): string {
  const conditions = told.slice(0, -1).split(". ").map(uncapitalized);
  return `If ${conditions.join(" and ")}, ${uncapitalized(question)}`;
}
