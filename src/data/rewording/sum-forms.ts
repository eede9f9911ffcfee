/** Sums said otherwise. */

import type { Form } from "./form.js";

export const SUM_FORMS: readonly Form[] = [
  [
    /^\D*(\d+) (?:plus|\+) (\d+)[^\d]*$/,
    [
      ...[
        "what do $1 and $2 add up to?",
        "how much do $1 and $2 make?",
        "what do $1 and $2 make together?",
        "$1 and $2 is what?",
        "$1 added to $2 is what?",
        "what do I get if I add $1 to $2?",
        "$1 & $2 together?",
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
      ...["$1 − $2", "$1 − $2 = ?", "what is $1 − $2?", "$1 – $2 = ?", "compute $1 − $2.", "$1−$2"],
      ...["what do I get if I take $2 from $1?", "$1 minus $2 gives what?", "$1 without $2 is what?"],
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
      ...[
        "$1 · $2",
        "$1 · $2 = ?",
        "what is $1 · $2?",
        "$1 times $2 gives what?",
        "what is $1 by $2?",
        "$1 times the number $2?",
      ],
      ...["what do I get if I multiply $1 by $2?", "what do you get when you take $2 $1 times?"],
      ...["what comes out of $1 times $2?", "do you know what $1 times $2 is?", "could you multiply $1 with $2?"],
    ],
  ],
  [
    /^\D*(\d+) (?:divided by|÷|\/) (\d+)[^\d]*$/,
    [
      ...[
        "$1 : $2",
        "$1 : $2 = ?",
        "what is $1 : $2?",
        "$1 ÷ $2 is what?",
        "$1 divided by $2 gives what?",
        "solve $1 / $2.",
      ],
      ...[
        "what do I get if I divide $1 by $2?",
        "what is $1 split by $2?",
        "how much is $1 : $2?",
        "divide $1 into $2 parts.",
      ],
      ...["what is one part if $1 is divided into $2?", "how many times is $2 in $1?", "how many $2s are in $1?"],
      ...["how often does $2 fit into $1?", "how many times does $2 go into $1?", "I need $1 divided by $2."],
      ...[
        "what comes out of $1 divided by $2?",
        "split $1 into $2 equal parts: how much is one?",
        "$1 divided by $2, please.",
      ],
    ],
  ],
];
