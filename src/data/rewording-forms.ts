/**
 * The forms by which questions, sums and prompts are said otherwise (`rewording.ts`): a pattern, and what other people would say. A new way of
 * saying something is one more line here; those by which a model is judged (`evaluation/other-words.ts`) are none of them.
 */

/** A whole text of this form, and other forms of it; `$1` is what stood in the first parentheses. */
type Form = readonly [pattern: RegExp, others: readonly string[]];

const SIDE =
  "((?:to the |on the )?(?:left|right)(?:-hand side| side)? of|above|over|on top of|below|under|beneath|underneath)";

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

export const FORMS: readonly Form[] = [
  // Of one colour or one shape: what people ask shortest.
  [
    /^(?:what|which) shape (?:is|does) the (red|orange|yellow|green|blue|purple|pink|cyan) (?:object|thing|shape)(?: have)?\?$/,
    [
      ...["what is the $1 thing?", "which shape has the color $1?", "what do you see in $1?", "what is $1 here?"],
      ...["something is $1: what is it?", "the $1 one: which shape is it?", "what kind of object is $1?"],
      ...["name what is $1.", "what shape comes in $1?", "tell me what is $1 in the picture.", "which object is $1?"],
      ...["what is the $1 object?", "what has been made $1?", "what sort of thing is the $1 one?"],
      ...["which figure is $1?", "what is the $1 figure?", "what $1 shape is in the image?", "name the $1 shape."],
      ...["what kind of shape is the $1 figure?", "what geometric shape is the $1 one?", "which form has the $1 one?"],
      ...[
        "what type of shape is colored $1?",
        "look at the $1 object. Which shape is it?",
        "which shape did they color $1?",
      ],
      ...[
        "there is something $1 in it. What shape is it?",
        "I see something $1. Which shape is that?",
        "what is it that is $1?",
      ],
      ...["the $1 item has which shape?", "can you say what shape is coloured $1?"],
    ],
  ],
  [
    /^what (colou?r) is the (circle|square|triangle|star)\?$/,
    [
      ...["of what $1 is the $2?", "in which $1 do you see the $2?", "what $1 does the $2 come in?"],
      ...["looking at the $2, which $1 is it?", "the $2 is of which $1?", "which $1 did they give the $2?"],
      ...["there is a $2: what $1?", "what is the $2 painted in?", "what $1 is that $2?", "what $1 has the $2 got?"],
      ...["what $1 do you see on the $2?", "look at the $2. Which $1 is it?", "give the $1 of the $2."],
      ...["there is a $2 in the picture. What $1 is it?", "do you see the $2? Which $1 does it have?"],
      ...[
        "how would you describe the $1 of the $2?",
        "in what $1 is the $2 drawn?",
        "$2: $1?",
        "identify the $1 of the $2.",
      ],
      ...[
        "of which $1 did they make the $2?",
        "hello, what $1 is the $2, please?",
        "the $2 in this picture has which $1?",
      ],
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
    /^how many (red|orange|yellow|green|blue|purple|pink|cyan) (objects|shapes|things) [^?]+\?$/,
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
    /^(?:is there|do you see|can you see) an? (red|orange|yellow|green|blue|purple|pink|cyan) (?:object|shape|thing)(?: in the picture)?\?$/,
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
      ...[
        "which object has the greatest radius?",
        "which object is the largest one?",
        "what is the biggest object of them?",
      ],
      ...[
        "which of these objects is the biggest?",
        "the largest object is which one?",
        "the biggest object: which is it?",
      ],
      ...[
        "of all the objects, which one is the largest?",
        "can you name the biggest object?",
        "identify the biggest object.",
      ],
      ...["which object here is biggest?", "what is the biggest item?", "which one is bigger than the others?"],
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
  [LIST, LISTED],
  [LIST, LISTED],
];
