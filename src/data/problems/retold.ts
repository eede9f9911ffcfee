/**
 * Problems of one step as other people tell them: by operation rather than by plot, with verbs, owners and things that the stories of
 * `story-templates.ts` do not have. `{l}` and `{r}` are the left and the right operand; a new way of telling is one more line here. Those
 * by which a model is judged (`evaluation/other-words.ts`) are none of them.
 */

import { choose, type Random, shuffle } from "../../array/random.js";
import { capitalized } from "../english.js";
import type { Operation, Step } from "./arithmetic.js";
import { CONTAINERS, fill, into, PEOPLE, THINGS } from "./words.js";

const TELLINGS: Readonly<Record<Operation, readonly string[]>> = {
  add: [
    "{n} {had} {l} {t}. {m} {brought} {r} more. {Asked}",
    "{n} {had} {l} {t} and {won} {r} more. {Asked}",
    "{l} {t} are {in} a {c}. {n} adds {r} {t}. How many {t} are {in} the {c} now?",
    "there were {l} {t} on the table. {m} put {r} more there. How many {t} are on the table?",
    "{n} has {l} {t}, {m} has {r}. How many have they got together?",
    "in the morning {n} {won} {l} {t}, in the evening {r}. {Asked}",
    "{n} has {l} old {t} and {r} new ones. {Asked}",
    "{n} needs {l} {t} for school and {r} for home. How many {t} does {n} need?",
    "{n} gave away {r} {t} and still has {l}. How many {t} did {n} have before?",
    "{n} has {l} {t}. {m} has {r} more than {n}. How many does {m} have?",
    "a shop had {l} {t}. Then {r} new ones came. How many {t} are in the shop?",
    "{l} {t} are on the left and {r} on the right. {Asked}",
    "to {l} {t}, {n} adds {r}. How many are there then?",
    "{n} keeps {l} {t} at home and {r} at work. {Asked}",
    "{n} counted {l} {t} on Monday and {r} on Tuesday. {Asked}",
    "one {c} has {l} {t}, another has {r}. How many do both have?",
    "{m} gives {n} {r} {t}. {n} had {l} before. {Asked}",
  ],
  subtract: [
    "{n} {had} {l} {t} and {lost} {r}. {Left}",
    "{n} {had} {l} {t}. {r} of them {vanished}. {Left}",
    "there were {l} {t} {in} a {c}. {n} took {r} away. How many {t} are still {in} the {c}?",
    "{n} has {l} {t}, {m} has {r}. How many more has {n} than {m}?",
    "{n} wants {l} {t} and has {r}. How many {t} are missing?",
    "of {l} {t}, {r} are dirty. How many are clean?",
    "a shop has {l} {t} and {r} are sold. {Left}",
    "{n} has {l} {t}. That is {r} more than {m}. How many does {m} have?",
    "{n} gave {m} {r} of {l} {t}. How many did {n} keep?",
    "{n} now has {l} {t}, and {r} of them are new. How many {t} did {n} have before?",
    "from {l} {t}, {n} takes {r} away. {Left}",
    "{l} {t} were on the table, then {r} fell down. How many stayed there?",
    "{m} takes {r} {t} from {n}, who had {l}. How many {t} does {n} still have?",
    "{n} has to carry {l} {t} and has carried {r}. How many {t} are still to be carried?",
    "there are {l} {t} in all. {r} belong to {n}, the others to {m}. How many belong to {m}?",
    "{n} bought {l} {t} and gave back {r}. {Left}",
  ],
  multiply: [
    "{n} buys {r} {t} every day. How many {t} are that after {l} days?",
    "each of {l} children has {r} {t}. {Asked}",
    "{l} friends bring {r} {t} each. {Asked}",
    "one {c} has room for {r} {t}. How many fit {into} {l} {cs}?",
    "{t} come in packs of {r}. {n} gets {l} packs. {Asked}",
    "there are {l} rows of {r} {t}. {Asked}",
    "{n} has {r} {t}. {m} has {l} times as many. How many does {m} have?",
    "{n} needs {r} {t} for a day. How many does {n} need for {l} days?",
    "{l} people got {r} {t} each. How many {t} were given?",
    "{n} has {l} {cs}, and {r} {t} are {in} every one. {Asked}",
    "on each of {l} tables there are {r} {t}. {Asked}",
    "{l} times {n} carried {r} {t} home. How many {t} did {n} carry?",
    "a {c} of {r} {t} is bought {l} times. {Asked}",
  ],
  divide: [
    "{l} {t} are split between {r} children. How many are for each?",
    "{n} puts {l} {t} {into} {r} {cs}, as many {in} each. How many are {in} one?",
    "{n} has {l} {t} and puts {r} {into} each {c}. How many {cs} does {n} need?",
    "{r} friends divide {l} {t}. How many does each of them take?",
    "{l} {t} stand in {r} equal rows. How many {t} are in a row?",
    "{n} gives {r} {t} to each friend, {l} {t} in all. How many friends are there?",
    "{n} eats {r} {t} a day. For how many days are {l} {t} enough?",
    "{l} {t} for {r} children: how many for one child?",
    "{n} has {l} {t}, which is {r} times as many as {m}. How many does {m} have?",
    "{l} {t} are packed by {r}. How many packs is that?",
    "{r} {cs} have {l} {t} in all, each the same number. How many are {in} one {c}?",
    "{n} and friends, {r} people in all, get {l} {t}, all the same number. How many does {n} get?",
  ],
};

const BANKS: Readonly<Record<string, readonly string[]>> = {
  had: ["had", "had got", "kept", "had saved", "once had"],
  brought: ["brought", "gave {n}", "sent", "lent {n}", "bought {n}", "brings", "sends {n}"],
  won: ["won", "found", "bought", "got", "collected", "earned", "made", "gathered", "took home"],
  lost: ["lost", "sold", "gave away", "dropped", "threw away", "lent out", "forgot", "returned", "ate", "hid"],
  vanished: ["were lost", "were sold", "are gone", "went to {m}", "were stolen", "disappeared"],
  asked: [
    ...["How many {t} is that?", "How many is that in all?", "How many are there?", "How many {t} are there in all?"],
    ...["How many {t} altogether?", "How many in total?", "What is the sum?", "How many does that make?"],
    ...["How many {t} does that make together?", "Count all {t}.", "How many are they?", "All {t} together, how many?"],
  ],
  left: [
    ...["How many {t} are left?", "How many are left?", "How many {t} are still there?", "What is left?"],
    ...["How many remain?", "How many {t} stay?", "How many does that leave?", "What is the rest?"],
  ],
};

const NAMES = [...PEOPLE.map(({ name }) => name), "Lily", "Max", "Nora", "Paul", "my brother", "my aunt"];
const NOUNS = [...THINGS.map(({ many }) => many), "flowers", "stones", "cups", "letters", "toys", "boats", "pears"];

/** Whether its numbers are all of several things, as the words are. */
export function canBeRetold({ left, right }: Step): boolean {
  return left !== 1 && right !== 1;
}

/** A problem that this step solves, told anew. */
export function retold({ operation, left, right }: Step, rng: Random): string {
  const [n, m] = shuffle(rng, NAMES);
  const container = choose(rng, CONTAINERS);
  const banked = Object.fromEntries(Object.entries(BANKS).map(([key, phrases]) => [key, choose(rng, phrases)]));
  const isTurned = (operation === "multiply" || operation === "add") && rng.uniform() < 0.5;
  const [l, r] = isTurned ? [right, left] : [left, right];
  const words = {
    ...{ n, m, t: choose(rng, NOUNS), l: String(l), r: String(r), c: container.one, cs: container.many },
    ...{ in: container.preposition, into: into(container) },
  };
  const text = fill(fill(choose(rng, TELLINGS[operation]), { ...words, ...nested(words), ...banked }), words);
  return text.replace(/(^|[.?] )([a-z])/g, (_, before: string, first: string) => before + capitalized(first));
}

/** Words that stand for themselves, for a first filling whose words have slots of their own. */
function nested(words: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(words).map((key) => [key, `{${key}}`]));
}
