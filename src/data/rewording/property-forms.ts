/** Questions about one object said otherwise: its colour, its shape, its size, and which is the largest. */

import { COLOR, type Form } from "./form.js";

export const PROPERTY_FORMS: readonly Form[] = [
  // Of one colour or one shape: what people ask shortest.
  [
    new RegExp(`^(?:what|which) shape (?:is|does) the ${COLOR} (?:object|thing|shape)(?: have)?\\?$`),
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
];
