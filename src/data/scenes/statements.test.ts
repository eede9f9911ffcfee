import { describe, expect, it } from "vitest";
import { createRandom } from "../../array/random.js";
import { hasTraits, type Traits } from "./referents.js";
import { COLORS, RELATIONS, relationOf, type Scene, type SceneObject, SHAPES, type Size } from "./scene.js";
import { sceneAt } from "./scene-source.js";
import { statements } from "./statements.js";

const SIZES_BY_WORD: Readonly<Record<string, Size>> = {
  small: "small",
  little: "small",
  tiny: "small",
  large: "large",
  big: "large",
};

function traitsIn(words: string): Traits {
  const all = words.split(/\W+/).map((word) => word.replace(/s$/, ""));
  const [color, shape] = [COLORS.find((one) => all.includes(one)), SHAPES.find((one) => all.includes(one))];
  const size = all.map((word) => SIZES_BY_WORD[word]).find((one) => one !== undefined);
  return { ...(color && { color }), ...(shape && { shape }), ...(size && { size }) };
}

const fitting = (scene: Scene, words: string) => scene.objects.filter((object) => hasTraits(object, traitsIn(words)));

/** The one object that the words name. */
function named(scene: Scene, words: string): SceneObject {
  const objects = fitting(scene, words);
  expect(objects, words).toHaveLength(1);
  return objects[0];
}

/** Whether a sentence is true, by the family that it is of. */
function judge(scene: Scene, sentence: string): { family: string; isTrue: boolean } {
  const text = sentence.toLowerCase();
  const count = (words: string) => fitting(scene, words).length;
  const match = (pattern: RegExp) => pattern.exec(text)?.slice(1);
  const seen = match(/^seen from (.*), (.*) is (?:to the )?(left|right|above|below)$/);
  if (seen)
    return { family: "seen from", isTrue: relationOf(named(scene, seen[1]), named(scene, seen[0])) === seen[2] };
  const size = match(/^(.*) is (larger|smaller) than (.*)$/);
  if (size) {
    const difference = named(scene, size[0]).radius - named(scene, size[2]).radius;
    return { family: "size", isTrue: size[1] === "larger" ? difference >= 2 : difference <= -2 };
  }
  const trait = match(/^(.*?) and (.*?) (have|do not have) the same (color|shape)$/);
  if (trait) {
    const key = trait[3] as "color" | "shape";
    const isSame = named(scene, trait[0])[key] === named(scene, trait[1])[key];
    return { family: "trait", isTrue: isSame === (trait[2] === "have") };
  }
  const more = match(/^(?:of .* )?there are (more|fewer) (.*) than (.*)$/);
  if (more) {
    const difference = count(more[1]) - count(more[2]);
    return { family: "more", isTrue: more[0] === "more" ? difference > 0 : difference < 0 };
  }
  const moreOf = match(/^of (.*) and (.*) there are (more|fewer) (.*)$/);
  if (moreOf) {
    const [a, b, word, which] = moreOf;
    expect([a, b]).toContain(which);
    const difference = count(which) - count(which === a ? b : a);
    return { family: "of which more", isTrue: word === "more" ? difference > 0 : difference < 0 };
  }
  const equal = match(/^of (.*) and (.*) there are as many$/) ?? match(/^there are as many (.*) as (.*)$/);
  if (equal) return { family: "as many", isTrue: count(equal[0]) === count(equal[1]) };
  const sides = { left: "left", right: "right", above: "above|over|on top", below: "below|under|beneath|underneath" };
  for (const relation of RELATIONS) {
    const found = match(new RegExp(`^(.*?) is (?:to the |on the )?(?:${sides[relation]})(?: side)?(?: of)? (the .*)$`));
    if (found)
      return { family: "relation", isTrue: relationOf(named(scene, found[0]), named(scene, found[1])) === relation };
  }
  return { family: text, isTrue: text === "there is nothing to compare" };
}

describe("statements", () => {
  it("are true, name just one object, and are of all families", () => {
    const families = new Map<string, number>();
    for (let n = 0; n < 600; n++) {
      const scene = sceneAt("statements", n);
      const { request, answer } = statements(scene, createRandom(n));
      expect(request).toMatch(/[.?]$/);
      for (const sentence of answer.slice(0, -1).split(". ")) {
        const { family, isTrue } = judge(scene, sentence);
        expect(isTrue, sentence).toBe(true);
        families.set(family, (families.get(family) ?? 0) + 1);
      }
    }
    const told = [
      "seen from",
      "relation",
      "size",
      "trait",
      "more",
      "of which more",
      "as many",
      "there is nothing to compare",
    ];
    expect([...families.keys()].sort()).toEqual([...told].sort());
    for (const [family, times] of families) expect(times, family).toBeGreaterThan(20);
  });

  it("say nothing of held-out pairs", () => {
    for (let n = 0; n < 400; n++)
      expect(statements(sceneAt("unheld", n), createRandom(n)).answer).not.toMatch(
        /green circle|purple square|blue triangle|red star/,
      );
  });
});
