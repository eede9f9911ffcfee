/**
 * How much of a scene of the mini world is told: in what reasoning has seen ("I see a red circle at the top left."), in the plain words
 * that it draws from ("So I draw two blue squares."), or in a description. Where the answer alone is rewarded, most that is seen wrongly
 * is worth nothing, and some of it as much as what is right; this tells them apart.
 */
import { type NamedObject, namedObjects } from "../data/scenes/named-objects.js";
import type { ObjectGroup, PromptSpec } from "../data/scenes/prompt-spec.js";
import { finalAnswer } from "./final-answer.js";
import type { Reward, RolloutForReward } from "./reward.js";

/**
 * 0 to 1: the share of objects that are named, and no others: 1 each where all that is told of one is so, half where its size or place is
 * not. What there is to name is the example's `metadata.objects`, or the meaning of a prompt, `metadata.spec`.
 */
export function objectsReward(): Reward {
  return {
    name: "objects",
    score({ answer = "", metadata }) {
      const wanted = wantedObjects(metadata);
      const given = namedObjects(listing(answer));
      const length = Math.max(wanted.length, given.length);
      return length === 0 ? 1 : agreement(given, wanted) / length;
    },
  };
}

function wantedObjects({ objects, spec }: RolloutForReward["metadata"]): readonly NamedObject[] {
  if (objects) return objects as readonly NamedObject[];
  if (!spec) throw new Error("the objects reward needs an example with metadata.objects or metadata.spec");
  return (spec as PromptSpec).groups.flatMap(({ count, color, shape, size }: ObjectGroup) =>
    Array.from({ length: count }, () => ({ color, shape, ...(size ? { size } : {}) })),
  );
}

/** The sentence of reasoning that lists objects, and of what was not thought through all of it. */
function listing(text: string): string {
  if (!text.includes("<think>")) return finalAnswer(text);
  return /\bI (?:see|draw) [^.<]*/.exec(text)?.[0] ?? "";
}

/** One object for one, those that agree in everything first. */
function agreement(given: readonly NamedObject[], wanted: readonly NamedObject[]): number {
  const open = [...wanted];
  const take = (isAlike: (one: NamedObject, other: NamedObject) => boolean) => (one: NamedObject) => {
    const place = open.findIndex((other) => isAlike(one, other));
    if (place >= 0) open.splice(place, 1);
    return place < 0;
  };
  const notWhole = given.filter(take((a, b) => isSameKind(a, b) && agrees(a.size, b.size) && agrees(a.place, b.place)));
  const unknown = notWhole.filter(take(isSameKind));
  return given.length - notWhole.length + (notWhole.length - unknown.length) / 2;
}

const isSameKind = (a: NamedObject, b: NamedObject) => a.color === b.color && a.shape === b.shape;
/** What is not told is not wrong. */
const agrees = (a?: string, b?: string) => a === undefined || b === undefined || a === b;
