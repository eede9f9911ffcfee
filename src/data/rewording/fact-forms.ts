/** Questions about the whole picture said otherwise: how many, whether there is, how two objects lie to each other, more or fewer, alike. */

import { COLOR, type Form } from "./form.js";

const SIDE =
  "((?:to the |on the )?(?:left|right)(?:-hand side| side)? of|above|over|on top of|below|under|beneath|underneath)";

export const FACT_FORMS: readonly Form[] = [
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
    new RegExp(`^how many ${COLOR} (objects|shapes|things) [^?]+\\?$`),
    [
      ...[
        "how many $2 are $1?",
        "how many of the $2 are $1?",
        "how many $1 ones are there?",
        "how many $2 have the color $1?",
      ],
      ...[
        "how many $2 of $1 color do you see?",
        "how many $2 came out $1?",
        "of all $2, how many are $1?",
        "how many are $1?",
      ],
      ...[
        "what is the number of $1 $2?",
        "how many $1 $2 does it have?",
        "count what is $1.",
        "how many times do you see $1?",
      ],
    ],
  ],
  [
    /^how many ((?:\w+ )?(?:circle|square|triangle|star)s) [^?]+\?$/,
    [
      ...["how many of the objects are $1?", "of all objects, how many are $1?", "what is the number of $1 in it?"],
      ...[
        "how many $1 does it have?",
        "please count how many $1 there are.",
        "how many $1 do we have?",
        "the $1: how many?",
      ],
      ...[
        "to how many $1 do you count?",
        "tell me the number of $1.",
        "how many $1 in this image?",
        "number of $1 in the picture?",
      ],
    ],
  ],
  [
    /^(?:are there any|do you see any|is there any) (.+?)\?$/,
    [
      ...["any $1 in it?", "can you see any $1?", "can any $1 be seen?", "does the picture have any $1?", "any $1?"],
      ...[
        "have you found any $1?",
        "does it have any $1?",
        "do you find any $1?",
        "do we have any $1?",
        "does any $1 appear?",
      ],
      ...["are you aware of any $1?", "in the picture, any $1?"],
    ],
  ],
  [
    new RegExp(`^(?:is there|do you see|can you see) an? ${COLOR} (?:object|shape|thing)(?: in the picture)?\\?$`),
    [
      ...[
        "is anything $1?",
        "is something $1?",
        "is there anything $1?",
        "do you see anything $1?",
        "is one of them $1?",
      ],
      ...[
        "is any of the shapes $1?",
        "do any of the objects come in $1?",
        "is there something $1 to be seen?",
        "does anything look $1?",
      ],
      ...["does the picture have something $1 in it?", "is $1 one of the colors?"],
    ],
  ],
  [
    /^(?:is there|do you see|can you see|does the picture show|does the picture contain) an? (.+?)(?: in the picture)?\?$/,
    [
      ...["is there at least one $1?", "is there one $1 or more?", "is there some $1 in it?", "is any $1 there?"],
      ...["any $1 in this picture?"],
    ],
  ],
  [
    /^(?:is there|do you see|can you see|does the picture show|does the picture contain) (an? .+?)(?: in the picture)?\?$/,
    [
      ...[
        "can $1 be seen?",
        "do we have $1 here?",
        "can you make out $1?",
        "does the scene have $1?",
        "is $1 part of the picture?",
        "does $1 exist in it?",
        "do you happen to see $1?",
      ],
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
    // Said from the other one; the answer is the same.
    /^(?!.* or )(?:is|does|can you see) (the .+?)(?: lie)? (?:to the |on the )?left(?:-hand side| side)? of (the .+?)\?$/,
    [
      ...[
        "is $2 to the right of $1?",
        "is $2 right of $1?",
        "does $2 lie to the right of $1?",
        "is $1 further left than $2?",
      ],
      ...["is $1 more to the left than $2?", "is $2 further to the right than $1?", "from $2, is $1 to the left?"],
      ...["is $1 on the left and $2 on the right?", "does $1 come before $2, from left to right?"],
    ],
  ],
  [
    /^(?!.* or )(?:is|does|can you see) (the .+?)(?: lie)? (?:to the |on the )?right(?:-hand side| side)? of (the .+?)\?$/,
    [
      ...[
        "is $2 to the left of $1?",
        "is $2 left of $1?",
        "does $2 lie to the left of $1?",
        "is $1 further right than $2?",
      ],
      ...["is $1 more to the right than $2?", "is $2 further to the left than $1?", "from $2, is $1 to the right?"],
      ...["is $2 on the left and $1 on the right?", "does $2 come before $1, from left to right?"],
    ],
  ],
  [
    /^(?!.* or )(?:is|does|can you see) (the .+?)(?: lie)? (?:above|over|on top of) (the .+?)\?$/,
    [
      ...[
        "is $2 below $1?",
        "is $2 under $1?",
        "is $1 higher than $2?",
        "is $1 higher up than $2?",
        "is $2 lower than $1?",
      ],
      ...[
        "does $1 sit above $2?",
        "does $1 stand higher than $2?",
        "is $1 nearer to the top than $2?",
        "does $2 lie below $1?",
      ],
    ],
  ],
  [
    /^(?!.* or )(?:is|does|can you see) (the .+?)(?: lie)? (?:below|under|beneath|underneath) (the .+?)\?$/,
    [
      ...[
        "is $2 above $1?",
        "is $2 over $1?",
        "is $1 lower than $2?",
        "is $1 further down than $2?",
        "is $2 higher than $1?",
      ],
      ...[
        "does $1 sit below $2?",
        "does $1 stand lower than $2?",
        "is $1 nearer to the bottom than $2?",
        "does $2 lie above $1?",
      ],
    ],
  ],
  [
    /^where is (the .+?) relative to (the .+?)\?$/,
    [
      ...[
        "where is $1 compared to $2?",
        "what is the position of $1 relative to $2?",
        "where is $1 with respect to $2?",
      ],
      ...[
        "where does $1 stand in relation to $2?",
        "in what direction is $1 from $2?",
        "where, from $2, do you find $1?",
      ],
      ...["what is the place of $1 as seen from $2?", "how does $1 lie to $2?"],
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
      ...["are there fewer $2 than $1?", "are $1 more common than $2?", "comparing $1 and $2, are there more $1?"],
      ...[
        "is the number of $1 greater than that of $2?",
        "is the count of $1 the larger one, beside $2?",
        "are $1 more than $2?",
      ],
      ...["does it have more $1 than $2?", "are there less $2 than $1?", "does this scene show more $1 than $2?"],
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
      ...[
        "are there more $2 than $1?",
        "do $2 outnumber $1?",
        "do you see less $1 than $2?",
        "does it have fewer $1 than $2?",
      ],
      ...["is the number of $2 larger than that of $1?", "are $1 less common than $2?", "are $1 fewer than $2?"],
      "are there less $1 than $2?",
      "is the number of $1 smaller than the number of $2?",
      "do you count fewer $1 than $2?",
    ],
  ],
  [
    /^(?!.* has )(?:are there|do you see) as many (.+?) as (.+?)\?$/,
    [
      ...[
        "are there the same number of $1 and $2?",
        "is the number of $1 equal to that of $2?",
        "do $1 and $2 come in equal number?",
      ],
      ...[
        "does the picture have as many $1 as $2?",
        "is it as many $1 as $2?",
        "do you see the same number of $1 and of $2?",
      ],
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
];
