/**
 * Questions, problems and prompts said otherwise: rules that turn a sentence of the templates into what other people would have said. What
 * is asked, and so the answer, stays the same. A new way of saying something is one more line in the forms beside this file or in the words of
 * stories here; those by which a model is judged (`evaluation/other-words.ts`) are none of them.
 */

import { choose, type Random } from "../../array/random.js";
import { capitalized } from "../english.js";
import { FACT_FORMS } from "./fact-forms.js";
import type { Form } from "./form.js";
import { PROMPT, PROMPT_FORMS } from "./prompt-forms.js";
import { PROPERTY_FORMS } from "./property-forms.js";
import { SUM_FORMS } from "./sum-forms.js";

const FORMS: readonly Form[] = [...PROPERTY_FORMS, ...FACT_FORMS, ...SUM_FORMS, ...PROMPT_FORMS];

/** What the forms make of some texts, and what people say instead. */
const MENDED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bdo 1 groups\b/, "does 1 group"],
  // "The object above the star's shape" would be the star's.
  [
    /^what is (the .*\b(?:of|to|on|above|over|below|under|beneath|underneath) .+)'s (colou?r|shape)\?$/,
    "what is the $2 of $1?",
  ],
];

/** Words of problems, each with what else may stand there. */
const WORDS: readonly (readonly [pattern: RegExp, others: readonly string[]])[] = [
  [/^At first (\w+) has\b/, ["In the beginning $1 has", "To begin with, $1 has", "$1 first has"]],
  [
    /^(\w+) (?:has|has got) (?=\d)/,
    ["$1 starts with ", "$1 begins with ", "$1 keeps ", "$1 has collected ", "$1 is the owner of "],
  ],
  [/\bbuys\b/, ["purchases", "orders", "goes out and buys", "pays for"]],
  [/\bfinds\b/, ["discovers", "comes across", "happens to find"]],
  [/\bgets\b/, ["receives", "collects", "obtains"]],
  [/\bgives (her|him) (\d+)/, ["hands $1 $2", "passes $1 $2", "brings $1 $2"]],
  [/\bgives away\b/, ["donates", "hands out", "parts with"]],
  [/\bloses\b/, ["misplaces", "drops", "can no longer find"]],
  [/\bsells\b(?! them)/, ["trades away", "finds buyers for", "manages to sell"]],
  [/\beats\b/, ["finishes", "swallows"]],
  [/\b(?:Later|Then) (?=\w)/, ["After that ", "Afterwards ", "Next, ", "The day after, ", "A while later "]],
  [
    /\bequally (among|between) (\d+) friends\b/,
    ["evenly $1 $2 people", "fairly $1 $2 children", "equally $1 $2 neighbours"],
  ],
  [/\b(?:in total|altogether|in all)\?$/, ["all in all?", "overall?", "taken together?", "all told?"]],
  [/\bdo they have together\?$/, ["do the two have?", "do both have?", "do they own between them?"]],
  [/\bnow\?$/, ["after all that?", "at the end?", "by now?", "at this point?", "afterwards?"]],
  [/\b(?:are left|remain)\?$/, ["are still there?", "stay?", "are not gone?"]],
  [
    /\bHow many (?=[^?]*\?$)/,
    ["Tell me, how many ", "So how many ", "Now, how many ", "Work this out: how many ", "Question: how many "],
  ],
];

/** Of every verb that the templates, the tales and `WORDS` tell with; nouns of the stories are none of them. */
const PAST: Readonly<Record<string, string>> = {
  ...{ has: "had", are: "were", is: "was", can: "could" },
  ...{ buys: "bought", purchases: "purchased", orders: "ordered", goes: "went", pays: "paid" },
  ...{ finds: "found", discovers: "discovered", comes: "came", happens: "happened" },
  ...{ gets: "got", receives: "received", collects: "collected", obtains: "obtained" },
  ...{ gives: "gave", hands: "handed", passes: "passed", brings: "brought", donates: "donated", parts: "parted" },
  ...{ loses: "lost", misplaces: "misplaced", drops: "dropped" },
  ...{ sells: "sold", trades: "traded", manages: "managed" },
  ...{ eats: "ate", finishes: "finished", swallows: "swallowed" },
  ...{ starts: "started", begins: "began", keeps: "kept", puts: "put", shares: "shared" },
  ...{ uses: "used", takes: "took", throws: "threw", adds: "added", fills: "filled", makes: "made", pack: "packed" },
  ...{ owns: "owned", wants: "wanted", needs: "needed", go: "went", lie: "lay", arrive: "arrived" },
};

/** What people say before they ask. */
const LEADS = [
  ...["look at the picture: ", "in this picture, ", "tell me: ", "please answer: ", "question: ", "please tell me: "],
  ...["here is a question: ", "quick question: ", "hello! ", "hi, ", "one more: ", "take a look: "],
];
const LEAD_SHARE = 0.15;

/** Of what is no story: shouted, and without the mark at its end. */
const CAPITALS_SHARE = 0.03;
const UNENDED_SHARE = 0.08;

const ITEMS = ["item", "figure", "shape", "thing"] as const;

/** The same, in other words where a rule knows some. */
export function reworded(text: string, rng: Random): string {
  const isCapital = /^[A-Z]/.test(text);
  if (isStory(text)) return storyReworded(text, rng);
  const formed = formReworded(lowered(text), rng);
  const said = isCapital ? capitalized(formed) : formed;
  if (rng.uniform() < CAPITALS_SHARE) return said.toUpperCase();
  return rng.uniform() < UNENDED_SHARE ? said.replace(/[?.]$/, "") : said;
}

/** More than one sentence, with numbers. */
function isStory(text: string): boolean {
  return /[.] [A-Z]/.test(text) && /\d/.test(text) && /\?$/.test(text);
}

function formReworded(text: string, rng: Random): string {
  const fitting = FORMS.filter(([pattern]) => pattern.test(text));
  const [pattern, others] = fitting.length > 0 ? choose(rng, fitting) : [];
  const formed = pattern && others ? text.replace(pattern, choose(rng, others)) : text;
  const said = MENDED.reduce((before, [wrong, instead]) => before.replace(wrong, instead), formed);
  const isQuestion = /[?.]$/.test(said) && !/\d/.test(said);
  const named = isQuestion && rng.uniform() < 0.3 ? said.replace(/\bobject(?=s?\b)/g, choose(rng, ITEMS)) : said;
  const lead = isQuestion && said.endsWith("?") && rng.uniform() < LEAD_SHARE ? choose(rng, LEADS) : "";
  return pattern === PROMPT ? named : `${lead}${named}`;
}

function storyReworded(text: string, rng: Random): string {
  const sentences = text.match(/[^.?]+[.?]\s*/g) ?? [text];
  const isPast = rng.uniform() < 0.25;
  return sentences
    .map((sentence) => {
      const said = WORDS.reduce(
        (before, [pattern, others]) => (rng.uniform() < 0.4 ? before.replace(pattern, choose(rng, others)) : before),
        sentence.trim(),
      );
      return isPast && said.endsWith(".") ? said.replace(/\b[a-z]+\b/g, (word) => PAST[word] ?? word) : said;
    })
    .join(" ");
}

function lowered(text: string): string {
  return /^I\b/.test(text) ? text : `${text[0].toLowerCase()}${text.slice(1)}`;
}
