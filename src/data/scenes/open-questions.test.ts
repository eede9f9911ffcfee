import { expect, test } from "vitest";
import { createRandom } from "../../array/random.js";
import { PLACES, placeOf } from "./captions.js";
import { openQuestion } from "./open-questions.js";
import { COLORS, generateScene, isHeldOut, relationOf, SCENE_KINDS, SHAPES } from "./scene.js";

const root = createRandom("open questions");
const asked = Array.from({ length: 3000 }, (_, n) => {
  const rng = root.fork(n);
  const scene = generateScene(rng, { kind: SCENE_KINDS[n % SCENE_KINDS.length] });
  return { scene, ...openQuestion(scene, rng) };
});

/** Objects that a phrase fits, by the traits in it. */
const fitting = ({ objects }: (typeof asked)[number]["scene"], phrase: string) =>
  objects.filter(
    ({ color, shape, size }) =>
      (!COLORS.some((one) => phrase.includes(one)) || phrase.includes(color)) &&
      (!SHAPES.some((one) => phrase.includes(one)) || phrase.includes(shape)) &&
      (!/small|little|tiny|large|big/.test(phrase) || /small|little|tiny/.test(phrase) === (size === "small")),
  );

test("what there are more of is more, and one of the two that were named", () => {
  let count = 0;
  for (const { scene, question, answer } of asked) {
    const named = question.toLowerCase().match(/((?:\w+ )?\w+s) (?:or more|or of|or|and)(?: that)? ((?:\w+ )?\w+s)\b/);
    if (!named || !/more|larger number/i.test(question)) continue;
    count++;
    const other = [named[1], named[2]].find((name) => !name.endsWith(answer))!;
    expect(fitting(scene, answer).length, question).toBeGreaterThan(fitting(scene, other).length);
  }
  expect(count).toBeGreaterThan(300);
});

test("places are those of the one object that is meant", () => {
  let count = 0;
  for (const { scene, question, answer } of asked) {
    if (!(PLACES.flat() as string[]).includes(answer)) continue;
    count++;
    const meant = fitting(scene, question.toLowerCase().replace("in the picture", ""));
    expect(meant.map(placeOf), question).toEqual([answer]);
  }
  expect(count).toBeGreaterThan(200);
});

test("what is beside an object is there, and nothing is where nothing is", () => {
  const SIDES = { left: / left /, right: / right /, above: /above|over|on top/, below: /below|under|beneath/ };
  let numNothing = 0;
  for (const { scene, question, answer } of asked) {
    const side = (["left", "right", "above", "below"] as const).find((one) => SIDES[one].test(question));
    const phrase = question.match(/ the (?!left|right)((?:\w+ )*\w+)[?.]?$/)?.[1];
    if (
      !side ||
      !phrase ||
      !/^(What|which|what|Which|Name|name)/.test(question) ||
      PLACES.flat().includes(answer as never)
    )
      continue;
    const [landmark] = fitting(scene, phrase);
    const there = scene.objects.filter((object) => object !== landmark && relationOf(object, landmark) === side);
    if (answer === "nothing") numNothing++;
    expect(
      there.map(({ color, shape }) => `${color} ${shape}`),
      question,
    ).toEqual(answer === "nothing" ? [] : [answer]);
  }
  expect(numNothing).toBeGreaterThan(20);
});

test("nothing of what training keeps back is said", () => {
  for (const { question, answer } of asked)
    for (const color of COLORS)
      for (const shape of SHAPES)
        if (isHeldOut({ color, shape })) expect(`${question} ${answer}`).not.toContain(`${color} ${shape}`);
});
