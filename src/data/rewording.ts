/**
 * Questions, problems and prompts said otherwise: rules that turn a sentence of the templates into what other people would have said. What
 * is asked, and so the answer, stays the same. A new way of saying something is one more line here; those by which a model is judged
 * (`evaluation/other-words.ts`) are none of them.
 */

import { choose, type Random } from "../array/random.js";
import { capitalized } from "./english.js";

/** A whole text of this form, and other forms of it; `$1` is what stood in the first parentheses. */
type Form = readonly [pattern: RegExp, others: readonly string[]];

const SIDE =
  "((?:to the |on the )?(?:left|right)(?:-hand side| side)? of|above|over|on top of|below|under|beneath|underneath)";

/** What asks to draw rather than about a picture. */
const PROMPT =
  /^(?:(?:please )?(?:draw|paint|show|make|create|generate)(?: me)?(?: an? (?:picture|image) of)?|an? (?:simple )?(?:picture|image|drawing) (?:of|with|showing)|can you draw|I want to see) (.+?)[.?]?$/i;

const FORMS: readonly Form[] = [
  // Of one colour or one shape: what people ask shortest.
  [
    /^(?:what|which) shape (?:is|does) the (red|orange|yellow|green|blue|purple|pink|cyan) (?:object|thing|shape)(?: have)?\?$/,
    [
      ...["what is the $1 thing?", "which shape has the color $1?", "what do you see in $1?", "what is $1 here?"],
      ...["something is $1: what is it?", "the $1 one: which shape is it?", "what kind of object is $1?"],
      ...["name what is $1.", "what shape comes in $1?", "tell me what is $1 in the picture.", "which object is $1?"],
      ...["what is the $1 object?", "what has been made $1?", "what sort of thing is the $1 one?"],
    ],
  ],
  [
    /^what (colou?r) is the (circle|square|triangle|star)\?$/,
    [
      ...["of what $1 is the $2?", "in which $1 do you see the $2?", "what $1 does the $2 come in?"],
      ...["looking at the $2, which $1 is it?", "the $2 is of which $1?", "which $1 did they give the $2?"],
      ...["there is a $2: what $1?", "what is the $2 painted in?"],
    ],
  ],
  [
    /^(?:what|which) (colou?r|shape) (?:is|does) (the .+?)(?: have)?\?$/,
    [
      ...["can you tell me what $1 $2 is?", "tell me what $1 $2 is.", "name the $1 of $2.", "what's the $1 of $2?"],
      ...["do you know what $1 $2 is?", "$2: which $1?", "say what $1 $2 has.", "what $1 has $2?", "$2 has which $1?"],
      ...["I want to know the $1 of $2.", "please say which $1 $2 has.", "can you see what $1 $2 is?"],
      ...["do you see which $1 $2 has?", "what is $2's $1?", "and the $1 of $2?", "could you name the $1 of $2?"],
    ],
  ],
  [
    /^how many (.+?) (?:are there|are in the picture|do you see|can you see|does the picture show|are there in total)\?$/,
    [
      ...[
        "tell me how many $1 there are.",
        "please count the $1.",
        "what's the number of $1?",
        "how many $1 can be seen?",
      ],
      ...[
        "how many $1 does the image contain?",
        "how many $1 can you count?",
        "can you count the $1?",
        "number of $1?",
      ],
      ...["do you know how many $1 there are?", "how many $1 are shown?", "$1: how many?", "say how many $1 you see."],
      ...["can you say how many $1 are in the image?", "how many $1 exist in this picture?", "how many $1?"],
      ...["in this picture, how many $1?", "$1 in the picture: how many are they?", "give the number of $1."],
      ...[
        "I count the $1. What number do I reach?",
        "how many of the things here are $1?",
        "how large is the number of $1?",
      ],
    ],
  ],
  [
    /^(?:is there|do you see|can you see|does the picture show|does the picture contain) (an? .+?)(?: in the picture)?\?$/,
    [
      ...["is $1 to be seen?", "is $1 present?", "is there $1 anywhere?", "can $1 be found in the picture?"],
      ...["can you find $1?", "is one of the objects $1?", "tell me whether there is $1.", "can you spot $1?"],
      ...["does the image contain $1?", "is it true that there is $1?", "does $1 appear in the picture?"],
      ...["do we see $1?", "is $1 visible?", "does this image include $1?", "$1: is there one?", "there is $1, right?"],
      ...[
        "are you able to see $1?",
        "does this show $1?",
        "I am looking for $1: is it there?",
        "could you point at $1?",
      ],
      ...["I believe there is $1. Am I right?", "somewhere in it, is there $1?", "did they draw $1?"],
    ],
  ],
  [
    new RegExp(`^(?!.* or )(?:is|does|can you see) (the .+?)(?: lie)? ${SIDE} (the .+?)\\?$`),
    [
      ...["would you say $1 is $2 $3?", "is it true that $1 is $2 $3?", "is $1 located $2 $3?", "is $1 placed $2 $3?"],
      ...["$1 is $2 $3, right?", "tell me whether $1 is $2 $3.", "do we see $1 $2 $3?", "does $1 appear $2 $3?"],
      ...[
        "is it correct that $1 is $2 $3?",
        "$1 is $2 $3: true or not?",
        "do you see $1 $2 $3?",
        "is $1 to be seen $2 $3?",
      ],
      ...[
        "I think $1 is $2 $3. Is that so?",
        "$1, is it $2 $3?",
        "they say $1 is $2 $3. Is it?",
        "can it be that $1 is $2 $3?",
      ],
      ...["does the picture have $1 $2 $3?", "did they draw $1 $2 $3?", "is $2 $3 where $1 is?"],
    ],
  ],
  [
    /^where is (the .+?) relative to (the .+?)\?$/,
    [
      ...["where is $1, seen from $2?", "on which side of $2 is $1?", "where does $1 lie, seen from $2?"],
      ...["in which direction from $2 is $1?", "is $1 above, below, left or right of $2?", "from $2, where is $1?"],
    ],
  ],
  [
    /^(?!.* has )(?:are there|do you see) (more|fewer|as many) (.+?) (than|as) (.+?)\?$/,
    [
      ...["does the picture show $1 $2 $3 $4?", "is it true that there are $1 $2 $3 $4?", "can you see $1 $2 $3 $4?"],
      ...[
        "would you say there are $1 $2 $3 $4?",
        "there are $1 $2 $3 $4, right?",
        "tell me whether there are $1 $2 $3 $4.",
      ],
      ...["does the image have $1 $2 $3 $4?", "do we see $1 $2 $3 $4?", "are $1 $2 $3 $4 shown?"],
    ],
  ],
  [
    /^(?!.* has )(?:are there|do you see) more (.+?) than (.+?)\?$/,

    [
      ...["do $1 outnumber $2?", "is the number of $1 larger than the number of $2?", "do you count more $1 than $2?"],
      ...["do we have more $1 than $2?", "counting both, are there more $1 than $2?", "next to $2, are there more $1?"],
      ...["more $1 than $2: is that so?", "are $1 ahead of $2 in number?", "did they draw more $1 than $2?"],
      ...["is there a greater number of $1 than of $2?", "do we find $1 in greater number than $2?"],
      ...[
        "are there $1 in excess of $2?",
        "is the count of $1 above that of $2?",
        "beside $2, are $1 in the majority?",
      ],
    ],
  ],
  [
    /^(?!.* has )(?:are there|do you see) fewer (.+?) than (.+?)\?$/,
    [
      "are there less $1 than $2?",
      "is the number of $1 smaller than the number of $2?",
      "do you count fewer $1 than $2?",
    ],
  ],
  [
    /^(?!.* has )(?:are there|do you see) as many (.+?) as (.+?)\?$/,
    [
      "is the number of $1 the same as the number of $2?",
      "are there equally many $1 and $2?",
      "do you count as many $1 as $2?",
    ],
  ],
  [
    /^(?:are|do) (the .+?) and (the .+?) (?:the|have the) same (colou?r|shape)\?$/,
    [
      ...["do $1 and $2 share a $3?", "is the $3 of $1 the same as that of $2?", "have $1 and $2 got the same $3?"],
      ...["are $1 and $2 alike in $3?", "is it true that $1 and $2 have the same $3?", "$1 and $2: the same $3?"],
    ],
  ],
  [
    /^is (the .+?) (larger|bigger|smaller) than (the .+?)\?$/,
    [
      ...["would you say $1 is $2 than $3?", "is it true that $1 is $2 than $3?", "$1 is $2 than $3, right?"],
      ...["compared to $3, is $1 $2?", "tell me whether $1 is $2 than $3.", "is $1 of the two the $2 one, next to $3?"],
    ],
  ],
  [
    /^(?:what size is (the .+?)|is (the .+?) (?:small or large|large or small))\?$/,
    [
      "how big is $1$2?",
      "how large is $1$2?",
      "what's the size of $1$2?",
      "tell me the size of $1$2.",
      "is $1$2 big or small?",
    ],
  ],
  [
    /^(?:which (?:object|thing) is the|what is the) (largest|biggest|smallest)(?: object| thing)?\?$/,
    [
      ...[
        "which object is $1?",
        "which is the $1 object?",
        "name the $1 object.",
        "which one is the $1?",
        "what's the $1 object?",
      ],
      ...["point out the $1 object.", "what is the $1 thing in the picture?", "tell me which object is the $1."],
      ...["which object is the $1 of all?", "what object has the $1 size?", "of all objects, which is the $1?"],
      ...["which one has been drawn the $1?", "say which object is $1."],
    ],
  ],
  [
    // By size alone: a triangle that is larger by its radius may have less area than a square.
    /^(?:which (?:object|thing) is the|what is the) (?:largest|biggest)(?: object| thing)?\?$/,
    [
      ...[
        "which object is bigger than the rest?",
        "which one is larger than every other?",
        "what is the largest here?",
      ],
      ...["which one has the greatest size of all?", "what is larger in size than anything else?"],
      ...["which thing has the greatest size?", "the largest of all is what?", "no object is larger than which one?"],
      ...["what has been drawn larger than the others?", "which object has the largest size of all?"],
      ...["find the object that is bigger than any other.", "which of them is greatest in size?"],
      ...["what is the greatest object?", "name what is larger than all else.", "the big one: what is it?"],
    ],
  ],
  [
    /^(?:which (?:object|thing) is the|what is the) smallest(?: object| thing)?\?$/,
    [
      ...[
        "which object is smaller than the rest?",
        "which one is smaller than every other?",
        "what is the smallest here?",
      ],
      ...["which one has the least size of all?", "what is smaller in size than anything else?"],
      ...["which thing has the least size?", "the smallest of all is what?", "no object is smaller than which one?"],
      ...["what has been drawn smaller than the others?", "which object has the smallest size of all?"],
      ...["find the object that is smaller than any other.", "which of them is least in size?"],
      ...["what is the tiniest object?", "name what is smaller than all else.", "the little one: what is it?"],
    ],
  ],
  // Sums.
  [
    /^\D*(\d+) (?:plus|\+) (\d+)[^\d]*$/,
    [
      ...[
        "what do $1 and $2 add up to?",
        "how much do $1 and $2 make?",
        "what do $1 and $2 make together?",
        "$1 and $2 is what?",
      ],
      ...[
        "if you add $2 to $1, what do you get?",
        "I need $1 plus $2.",
        "could you add $1 and $2?",
        "$1 plus $2, please.",
      ],
      ...[
        "what comes out of $1 plus $2?",
        "do you know what $1 plus $2 is?",
        "put $1 and $2 together: how much is it?",
      ],
    ],
  ],
  [
    /^\D*(\d+) (?:minus|-) (\d+)[^\d]*$/,
    [
      ...["what remains when $2 is taken from $1?", "how much is $1 without $2?", "what is left of $1 without $2?"],
      ...["if you take $2 away from $1, what is left?", "I need $1 minus $2.", "could you subtract $2 from $1?"],
      ...[
        "$1 minus $2, please.",
        "what comes out of $1 minus $2?",
        "do you know what $1 minus $2 is?",
        "from $1 take $2.",
      ],
    ],
  ],
  [
    /^\D*(\d+) (?:times|multiplied by|×|\*|x) (\d+)[^\d]*$/,
    [
      ...[
        "what does $1 times $2 make?",
        "how much do $1 groups of $2 make?",
        "I need $1 times $2.",
        "$1 times $2, please.",
      ],
      ...["what comes out of $1 times $2?", "do you know what $1 times $2 is?", "could you multiply $1 with $2?"],
    ],
  ],
  [
    /^\D*(\d+) (?:divided by|÷|\/) (\d+)[^\d]*$/,
    [
      ...["how often does $2 fit into $1?", "how many times does $2 go into $1?", "I need $1 divided by $2."],
      ...[
        "what comes out of $1 divided by $2?",
        "split $1 into $2 equal parts: how much is one?",
        "$1 divided by $2, please.",
      ],
    ],
  ],
  [
    PROMPT,
    [
      ...[
        "could you draw $1?",
        "please paint $1",
        "make me $1",
        "I would like a picture of $1",
        "give me a picture of $1",
      ],
      ...[
        "let me see $1",
        "sketch $1",
        "create $1",
        "generate $1",
        "a simple picture: $1",
        "please create a picture of $1",
      ],
      ...[
        "I need an image of $1",
        "picture this: $1",
        "would you draw $1 for me?",
        "an illustration of $1",
        "one picture, with $1",
      ],
    ],
  ],
];

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

/** Of every verb that the templates and `WORDS` tell with; nouns of the stories are none of them. */
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
};

/** What people say before they ask. */
const LEADS = [
  ...["look at the picture: ", "in this picture, ", "tell me: ", "please answer: ", "question: ", "please tell me: "],
  ...["here is a question: ", "quick question: ", "hello! ", "hi, ", "one more: ", "take a look: "],
];
const LEAD_SHARE = 0.15;

const ITEMS = ["item", "figure", "shape", "thing"] as const;

/** The same, in other words where a rule knows some. */
export function reworded(text: string, rng: Random): string {
  const isCapital = /^[A-Z]/.test(text);
  const said = isStory(text) ? storyReworded(text, rng) : formReworded(lowered(text), rng);
  return isCapital ? capitalized(said) : said;
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
