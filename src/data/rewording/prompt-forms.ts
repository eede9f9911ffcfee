/** Prompts said otherwise. */

import type { Form } from "./form.js";

/** What asks to draw rather than about a picture. */
export const PROMPT =
  /^(?:(?:please )?(?:draw|paint|show|make|create|generate)(?: me)?(?: an? (?:picture|image) of)?|an? (?:simple )?(?:picture|image|drawing) (?:of|with|showing)|can you draw|I want to see) (.+?)[.?]?$/i;

/** Two things to draw, without a word of where. */
const THING = "(?:an?|one|two|three|four|\\d) (?:\\w+ ){0,2}(?:circle|square|triangle|star)s?";
const LIST = new RegExp(`^(.*?)(${THING}) and (${THING})([.?]?)$`);
const LISTED = [
  ...["$1$2 with $3$4", "$1$2 plus $3$4", "$1$2 together with $3$4", "$1$2 along with $3$4", "$1$2 as well as $3$4"],
  ...[
    "$1$2 and also $3$4",
    "$1$2, $3$4",
    "$1$2 & $3$4",
    "$1$2, and $3$4",
    "$1$2 and with it $3$4",
    "$1$2 in company with $3$4",
  ],
  ...["$1$3 and $2$4", "$1$3 with $2$4", "$1both $2 and $3$4", "$1$2 accompanied by $3$4"],
];

export const PROMPT_FORMS: readonly Form[] = [
  [
    PROMPT,
    [
      ...[
        "now draw $1",
        "draw $1, please",
        "I'd like to see $1",
        "could I have a picture of $1?",
        "let there be $1",
        "imagine $1",
      ],
      ...[
        "render $1",
        "design a picture with $1",
        "produce an image that shows $1",
        "a photo of $1",
        "an artwork with $1",
      ],
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
  // Prompts that are no more than what is to be drawn.
  [
    /^((?:an?|one|two|three|four|\d) (?!simple |picture |image |drawing |scene )[^.?]*\b(?:circle|square|triangle|star)[^.?]*)$/,
    [
      ...[
        "just $1",
        "only $1",
        "$1, nothing else",
        "nothing but $1",
        "$1 and nothing else",
        "$1 please",
        "a picture: $1",
      ],
      ...["draw $1", "Draw $1.", "show $1", "an image with $1", "I want $1", "give me $1", "$1 in a picture"],
    ],
  ],
  [
    /^an? ((?:\w+ ){0,2}(?:circle|square|triangle|star))$/,
    [
      "a single $1",
      "one $1",
      "$1",
      "one single $1",
      "just one $1",
      "only one $1",
      "one $1 alone",
      "a lone $1",
      "one $1 and no more",
    ],
  ],
  [
    /^(two|three|four|2|3|4) ((?:\w+ ){0,2}(?:circle|square|triangle|star)s)$/,
    [
      "exactly $1 $2",
      "$1 of them: $2",
      "a group of $1 $2",
      "$2, $1 of them",
      "$1 $2 in one picture",
      "$2: $1",
      "there should be $1 $2",
    ],
  ],
  // Twice, so that what could be joined otherwise mostly is.
  [LIST, LISTED],
  [LIST, LISTED],
];
