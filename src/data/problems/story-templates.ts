/**
 * The patterns of word problems, sentence by sentence. `{a}` is who the story is about, `{she}` and `{her}` stand for that
 * person, `{b}` is somebody else; `{amount}` is "14 pens" or "3 bags of 6 pens". How they are put together is in
 * `story-words.ts`: a new pattern is one more line here.
 */

export const OPENINGS = [
  "{a} has {amount}.",
  "{a} has {amount}.",
  "{a} has {amount}.",
  "{a} has got {amount}.",
  "At first {a} has {amount}.",
  "{a} buys {amount}.",
];
export const PACKED_OPENINGS = [
  "{a} has {boxes}. Each {box} has {each}.",
  "{a} has {boxes}. There {are} {each} {in_box} each {box}.",
  "{a} has {boxes} with {each} {in_box} each.",
  "{a} puts {each} {into_box} each of {boxes}.",
  "There {are} {each} {in_box} each {box}. {a} has {boxes}.",
];
/** Where nothing else happens, it need not be anybody's. */
export const NOBODYS_OPENINGS = [
  "There are {boxes} with {each} each.",
  "There are {boxes}. Each {box} has {each}.",
  "There are {boxes}. There {are} {each} {in_box} each {box}.",
  "There are {boxes} of {things}, {each} {in_box} each.",
];

export const GAINS = ["buys {amount}", "buys {amount}", "finds {amount}", "gets {amount}", "gets {amount} from {b}"];
export const GAINS_BY_OTHERS = ["{b} gives {her} {amount}"];

export const LOSSES = [
  "gives away {amount}",
  "gives {amount} away",
  "gives {amount} to {b}",
  "gives {b} {amount}",
  "loses {amount}",
  "sells {amount}",
];
export const MEALS = ["eats {amount}"];

export const TOTAL_QUESTIONS = [
  "How many {things} does {a} have now?",
  "How many {things} does {a} have now?",
  "How many {things} does {she} have now?",
  "How many {things} does {a} have?",
  "How many {things} does {a} have in the end?",
  "How many {things} are there now?",
  "How many does {she} have now?",
  "Now how many {things} does {a} have?",
];
export const GAINED_QUESTIONS = [
  "How many {things} does {a} have in total?",
  "How many {things} does {a} have altogether?",
  "How many {things} does {she} have in all?",
];
export const LOST_QUESTIONS = [
  "How many {things} are left?",
  "How many {things} does {a} have left?",
  "How many {things} does {she} have left?",
  "How many {things} remain?",
  "How many are left?",
];
export const NOBODYS_QUESTIONS = [
  "How many {things} are there?",
  "How many {things} are there in all?",
  "How many {things} are there in total?",
  "How many {things} are there altogether?",
  "How many {things} is that?",
];
export const STILL_QUESTIONS = [
  ...NOBODYS_QUESTIONS,
  "How many {things} does {a} have?",
  "How many {things} does {a} have?",
  "How many {things} does {she} have?",
  "How many {things} does {a} have in total?",
  "How many {things} does {she} have altogether?",
];

export interface EndingWords {
  /** What {a} does with the things; empty where the question says all. */
  readonly act: readonly string[];
  readonly question: readonly string[];
  readonly sentence: readonly string[];
}

export const SHARES_AMONG_FRIENDS: EndingWords = {
  act: [
    "shares {them} equally among {n} friends",
    "shares {them} equally between {n} friends",
    "gives {them} to {n} friends, the same number to each",
    "shares {them} among {n} friends equally",
  ],
  question: [
    "How many {things} does each friend get?",
    "How many does each get?",
    "How many {things} does every friend have?",
    "How many {things} for each friend?",
  ],
  sentence: ["Each friend gets {result}."],
};

export const SHARES_INTO_CONTAINERS: EndingWords = {
  act: [
    "puts {them} equally {into} {parts}",
    "puts {them} {into} {parts}, the same number {in} each",
    "shares {them} equally among {parts}",
  ],
  question: [
    "How many {things} are {in} each {container}?",
    "How many {things} are there {in} each {container}?",
    "How many {things} does each {container} hold?",
    "How many {things} go {into} one {container}?",
  ],
  sentence: ["There {are} {result} {in} each {container}.", "Each {container} has {result}."],
};

export const PACKS: EndingWords = {
  act: [
    "puts {them} {into} {containers} of {n}",
    "puts {n} {into} each {container}",
    "sells {them} in {containers} of {n}",
  ],
  question: [
    "How many {containers} is that?",
    "How many {containers} are there?",
    "How many {containers} does {a} need?",
  ],
  sentence: ["That is {result}."],
};

export const AGAINST: Record<"together" | "more" | "fewer", EndingWords> = {
  together: {
    act: ["{b} has {others}"],
    question: [
      "How many {things} do they have together?",
      "How many {things} do they have in total?",
      "How many {things} do {a} and {b} have together?",
      "How many {things} do {a} and {b} have altogether?",
      "How many {things} do they have in all?",
      "How many {things} are there in total?",
    ],
    sentence: ["Together they have {result}.", "{a} and {b} have {result} together."],
  },
  more: {
    act: ["{b} has {others}"],
    question: [
      "How many more {things} does {a} have than {b}?",
      "How many more {things} than {b} does {a} have?",
      "How many fewer {things} does {b} have than {a}?",
    ],
    sentence: ["{a} has {result} more than {b}."],
  },
  fewer: {
    act: ["{b} has {others}"],
    question: [
      "How many more {things} does {b} have than {a}?",
      "How many fewer {things} does {a} have than {b}?",
      "How many more {things} does {a} need to have as many as {b}?",
    ],
    sentence: ["{b} has {result} more than {a}."],
  },
};
