import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PromptSpec } from "../data/scenes/prompt-spec.js";
import { renderScene } from "../data/scenes/render.js";
import { type Color, PALETTE, RADII, type SceneObject, type Shape, type Size } from "../data/scenes/scene.js";
import { sceneExamples } from "../data/scenes/scene-source.js";
import { blankImage } from "../images/image.js";
import { choiceReward, chosen } from "./choice.js";
import { equationsReward, statedEquations } from "./equations.js";
import { exactReward } from "./exact.js";
import { finalAnswer } from "./final-answer.js";
import { formatReward } from "./format.js";
import { httpReward } from "./http.js";
import { lengthReward } from "./length.js";
import { moduleReward } from "./module-node.js";
import { numericReward, statedNumber } from "./numeric.js";
import { objectsReward } from "./objects.js";
import type { Reward, RolloutForReward } from "./reward.js";
import { openReward, type RewardConfig, rewardSchema } from "./rewards-node.js";
import { sceneReward } from "./scene.js";

const { signal } = new AbortController();
const ROLLOUT: RolloutForReward = { task: "lm_chat", messages: [], numTokens: 10, isFinished: true, metadata: {} };
const scoreOf = (reward: Reward, rollout: Partial<RolloutForReward>) =>
  reward.score({ ...ROLLOUT, ...rollout }, signal);

test("the final answer stands behind the reasoning, in the last box", () => {
  expect(finalAnswer("<think>\\boxed{1}</think> so \\boxed{2} or \\boxed{\\frac{1}{3}} ")).toBe("\\frac{1}{3}");
  expect(finalAnswer("<think>1</think><answer> 2 </answer>")).toBe("2");
  expect(finalAnswer("<think>1</think><think>2</think> 3")).toBe("3");
  expect(finalAnswer("<think>1 2 3")).toBe("");
  expect(finalAnswer("\\boxed{4")).toBe("\\boxed{4");
  expect(finalAnswer("x".repeat(1e6))).toBe("");
});

test("exact: the words, but for case, articles and the full stop", () => {
  const score = (answer: string, expected: string) => scoreOf(exactReward(), { answer, expected });
  expect(score("The Red circle.", "a red circle")).toBe(1);
  expect(score("<think>blue?</think>red", "red")).toBe(1);
  for (const wrong of ["red or blue", "not red", "redd", "", "<think>red", "red red"])
    expect(score(wrong, "red"), wrong).toBe(0);
  expect(score("", "")).toBe(0);
  // An answer may be an article, or no more than articles.
  expect([score("A.", "A"), score("the a", "The A"), score("B", "A"), score("the", "A")]).toEqual([1, 1, 0, 0]);
  expect(() => scoreOf(exactReward(), { answer: "red" })).toThrow("an example with an answer");
});

describe("objects: the share that is named, and no others", () => {
  const objects = [
    { size: "large", color: "red", shape: "circle", place: "at the top left" },
    { size: "small", color: "blue", shape: "star", place: "in the middle" },
  ];
  const score = (answer: string, metadata: object = { objects }) =>
    scoreOf(objectsReward(), { answer, metadata: { ...metadata } });

  test.each([
    ["a large red circle at the top left and a small blue star in the middle", 1],
    ["a blue star and a red circle", 1],
    ["a small red circle and a blue star on the left", 0.5],
    ["a red circle", 0.5],
    ["a red circle, a red circle and a blue star", 2 / 3],
    ["a red square", 0],
    ["", 0],
    ["<think>I see a red circle at the top left and a blue star in the middle. The red circle is larger.</think>no", 1],
    ["<think>The red circle and the blue star.</think>a red circle and a blue star", 0],
  ])("%j: %f", (answer, expected) => {
    expect(score(answer)).toBeCloseTo(expected, 12);
  });

  test("of a prompt's meaning, in what is said before drawing", () => {
    const spec = { groups: [{ count: 2, color: "blue", shape: "square" }], relations: [] };
    expect(score("<think>A week has seven days. So I draw two blue squares.</think>", { spec })).toBe(1);
    expect(score("<think>So I draw a blue square and a blue square and a blue star.</think>", { spec })).toBeCloseTo(
      2 / 3,
    );
    expect(() => score("a red circle", {})).toThrow("metadata.objects or metadata.spec");
  });

  test("what there is to name stands with every example about a scene", async () => {
    const source = sceneExamples({ seed: 5, numScenes: 50, kind: "question", reasoningShare: 1 });
    for (let i = 0; i < 50; i++) {
      const { reasoning, metadata } = await source.read(i);
      if (reasoning?.includes("I see")) expect(score(`<think>${reasoning}</think>`, metadata), reasoning).toBe(1);
    }
    const drawn = sceneExamples({ seed: 5, numScenes: 50, kind: "indirect", reasoningShare: 1 });
    for (let i = 0; i < 50; i++) {
      const { reasoning, metadata } = await drawn.read(i);
      expect(score(`<think>${reasoning}</think>`, metadata), reasoning).toBe(1);
    }
  });
});

describe("scene: 1 for a picture that is right in all, else half the share of its objects", () => {
  const object = (size: Size, color: Color, shape: Shape, x: number, y: number): SceneObject => {
    return { size, color, shape, x, y, rgb: PALETTE[color], radius: RADII[size][0] + 1 };
  };
  const [circle, star] = [object("large", "red", "circle", 15, 15), object("small", "blue", "star", 45, 15)];
  const [twin, other] = [object("small", "blue", "star", 45, 45), object("small", "green", "square", 15, 45)];
  const spec: PromptSpec = {
    groups: [
      { count: 1, color: "red", shape: "circle" },
      { count: 2, color: "blue", shape: "star" },
    ],
    relations: [],
  };
  const related = (relation: "left" | "right"): PromptSpec => ({
    groups: spec.groups.map((group) => ({ ...group, count: 1 })),
    relations: [{ subject: 0, relation, object: 1 }],
  });
  const sized = (size: Size): PromptSpec => ({ groups: [{ ...spec.groups[0], size }], relations: [] });

  test.each<[string, SceneObject[], PromptSpec, number]>([
    ["right", [circle, star, twin], spec, 1],
    ["one object missing", [circle, star], spec, 0.5 * (2 / 3)],
    ["a kind missing", [star, twin], spec, 0.5 * (2 / 3)],
    ["one too many", [circle, star, twin, other], spec, 0.5 * (3 / 4)],
    ["one too many of a kind", [circle, { ...circle, x: 15, y: 45 }, star, twin], spec, 0.5 * (3 / 4)],
    ["another in the place of one", [circle, star, other], spec, 0.5 * (2 / 3)],
    ["others alone", [other], spec, 0],
    ["none", [], spec, 0],
    ["beside each other as told", [circle, star], related("left"), 1],
    ["all there, but the other way round", [circle, star], related("right"), 0.5],
    ["of the size that is told", [circle], sized("large"), 1],
    ["of another size", [circle], sized("small"), 0],
  ])("%s", (_, objects, wanted, expected) => {
    const image = renderScene({ background: [230, 230, 230], objects });
    expect(scoreOf(sceneReward(), { image, metadata: { spec: wanted } })).toBeCloseTo(expected, 12);
  });

  test("needs a picture, and a prompt's meaning", () => {
    const image = renderScene({ background: [230, 230, 230], objects: [] });
    for (const rollout of [{ image }, { metadata: { spec } }])
      expect(() => scoreOf(sceneReward(), rollout)).toThrow("needs a picture, and an example with metadata.spec");
  });
});

test("equations: the share that holds of those that are stated", () => {
  const score = (answer: string) => scoreOf(equationsReward(), { answer });
  expect(score("<think>3 × 6 = 18. 14 + 18 = 32. 32 - 5 = 26.</think>26")).toBeCloseTo(2 / 3, 12);
  expect(score("It is 26.")).toBe(0);
  expect(score("")).toBe(0);
  expect(statedEquations("2+3*4=14, 2 + 3 × 4 = 20; 8 ÷ 2 / 2 = 2 and 5 − 9 = −4, 1.5 + 1.5 = 3")).toEqual([
    ...[true, false, true, true, true],
  ]);
  // Nothing is read into numbers that go on, open sums, or a division by nothing.
  expect(statedEquations("1 + 2 = , 3 = 3, + 4 = 4")).toEqual([]);
  expect(statedEquations("-5 + 3 = -2; 400 + 800 = 1,200; 1,200 + 300 = 1,500; $5 + $3 = $8; −5 × 3 = −15.")).toEqual(
    Array(5).fill(true),
  );
  expect(statedEquations("- 3 + 4 = 7\n2. 3 + 4 = 7\n* 3 + 4 = 7\n**3 + 4 = 7** (3 + 4 = 7), so 3 + 4 = 7.")).toEqual(
    Array(6).fill(true),
  );
  expect(statedEquations("2 \\times 3 + 4 = 10, $8 \\div 2 = 4$, 1,000 + 1 = 1,002, $5 - $3 = $3")).toEqual([
    ...[true, true, false, false],
  ]);
  // The end of a longer equation is none, nor is its beginning.
  for (const longer of [
    ...["(1+2) + 3 + 4 = 10", "x + 3 + 4 = 10", "2 × (3 + 4) + 1 + 1 = 16", "2x -3 + 4 = 10", "2 x 3 + 4 = 10"],
    ...["2 times 3 + 4 = 10", "2^3 + 1 = 9", "\\sqrt{9}+1+1 = 5", "1 1/2 + 1 = 2.5", "1,5 + 2 = 3,5", "2**3 + 1 = 9"],
    ...["3 + 4 = 10 - 3", "6 + 6 = 3 × 4", "6 + 6 = 3(4)", "10 / 3 = 3.3333333333333333", "1 / 2 = 50%", "8 + 1 = 3^2"],
  ])
    expect(statedEquations(longer), longer).toEqual([]);
  expect(score("- ".repeat(1e6))).toBe(0);
  expect(score("1,".repeat(1e6))).toBe(0);
  expect(score("$".repeat(1e6))).toBe(0);
  expect(statedEquations("7 ÷ 0 = 7. 0 ÷ 0 = 0.")).toEqual([false, false]);
  expect(score("1 + ".repeat(1e6))).toBe(0);
  expect(score("1".repeat(1e6))).toBe(0);
  expect(score("1+1=2 ".repeat(1e6))).toBe(1);
});

describe("numeric", () => {
  test.each([
    ["42", 42],
    ["She has 42 pens now.", 42],
    ["17 + 25 = 42", 42],
    ["1,048 clips", 1048],
    ["**42**", 42],
    ["-5", -5],
    ["It is −5.", -5],
    ["x = -5", -5],
    ["3/4", 0.75],
    ["50%", 0.5],
    ["1.5e3", 1500],
    ["$12.50", 12.5],
    ["4 of the 5 apples, so 4", 4],
    ["\\frac{3}{2}", 1.5],
    ["$-\\dfrac{3}{2}$", -1.5],
    ["\\frac{-3}2", -1.5],
    ["2 1/2", 2.5],
    ["-1\\frac12", -1.5],
    ["½", 0.5],
    ["1½ cups", 1.5],
    ["25,\\!000", 25_000],
    ["10\\,000", 10_000],
    ["10 000", 10_000],
    ["10{,}000", 10_000],
    ["(25,000)", 25_000],
    ["–5", -5],
    ["It is –5.", -5],
    ["Answer – 42", 42],
    ["+42", 42],
    ["x = +42", 42],
    ["42 cm^2", 42],
    ["42 m/s^2", 42],
    ["42\\text{ m}^{2}", 42],
    ["12 apples", 12],
    ["The answer is 42!", 42],
    ["not 41 but 42", 42],
  ])("%s states %d", (text, number) => {
    expect(statedNumber(text)).toBeCloseTo(number, 10);
  });

  test.each([
    "",
    "none",
    "17 + 25",
    "50 - 8",
    "6*7",
    "41, 42",
    "41 or 42",
    "41/42 or 43",
    "5 times 8",
    "40–42",
    "40 – 42",
    "6 \\cdot 7",
    "\\sqrt{42}",
    "√42",
    "\\sqrt[3]{42}",
    "\\sqrt{3} - 5",
    "\\frac{\\sqrt{3}}{42}",
    "2^{42}",
    "2^{-42}",
    "x^42",
    "42!",
    "42\\pi",
    "\\frac{\\pi}{42}",
    "-(42)",
    "The answer is not 42",
    "It isn't 42.",
    "40, 41, and 42",
    "1e999",
  ])("%s states none", (text) => {
    // A product without a sign of one states its last number, which is wrong as well.
    expect([undefined, 7]).toContain(statedNumber(text));
  });

  test("is borne within the tolerance, and needs a number to compare with", () => {
    expect(scoreOf(numericReward(), { answer: "0.30000001", expected: "0.3" })).toBe(1);
    expect(scoreOf(numericReward(), { answer: "0.31", expected: "0.3" })).toBe(0);
    expect(scoreOf(numericReward({ tolerance: 0.05 }), { answer: "0.31", expected: "0.3" })).toBe(1);
    expect(scoreOf(numericReward(), { answer: "3/4", expected: "3/4" })).toBe(1);
    expect(scoreOf(numericReward(), { answer: "0.75", expected: "3/4" })).toBe(1);
    expect(scoreOf(numericReward(), { answer: "84/2 = 42", expected: "42" })).toBe(1);
    for (const open of ["84/2", "126/3 pens", "84 / 2", "84÷2", "It is $84/2."])
      expect(scoreOf(numericReward(), { answer: open, expected: "42" }), open).toBe(0);
    expect(scoreOf(numericReward(), { answer: "9".repeat(400), expected: "0.3" })).toBe(0);
    expect(() => scoreOf(numericReward(), { answer: "1", expected: "red" })).toThrow(
      '"red" of the example has no number',
    );
  });
});

test("format: each mark once, and something on both sides of the second", () => {
  const score = (answer: string, rest: Partial<RolloutForReward> = {}) => scoreOf(formatReward(), { answer, ...rest });
  expect(score("<think>2 and 2</think>4")).toBe(1);
  for (const wrong of [
    ...["4", "<think></think>4", "<think>...</think>4", "<think>a</think>", "a<think>b</think>4", "<think>a"],
    ...[
      "<think>a</think>b</think>4",
      "<think>a<think>b</think>4",
      "<think>a</think><think>b</think>4",
      "</think><think>4",
    ],
  ])
    expect(score(wrong), wrong).toBe(0);
  expect(score("<think>2 and 2</think>4", { isFinished: false })).toBe(0);
  const cut = (answer: string) => scoreOf(formatReward({ isEndRequired: false }), { answer, isFinished: false });
  expect(["<think>2 and 2</think>4", "<think>2 and 2</think>", "<think>2 and"].map(cut)).toEqual([1, 0, 0]);
  expect(score("<think>I draw a star.</think>", { task: "r2i" })).toBe(1);
  expect(scoreOf(formatReward(), {})).toBe(0);
});

test("length: free up to a point, then falling, nothing for what was cut off", () => {
  const reward = lengthReward({ free: 50, max: 100, min: 3 });
  const score = (numTokens: number, isFinished = true) => scoreOf(reward, { numTokens, isFinished });
  expect([2, 3, 50, 75, 100, 500].map((numTokens) => score(numTokens))).toEqual([0, 1, 1, 0.5, 0, 0]);
  expect(score(20, false)).toBe(0);
  expect(() => lengthReward({ free: 100, max: 50 })).toThrow("1, 100, 50");
});

describe("choice", () => {
  const choices = ["30°", "60°", "A square", "none of these"];
  test.each([
    ["B", 1],
    ["(B)", 1],
    ["B. 60°", 1],
    ["The answer is B.", 1],
    ["60°", 1],
    ["A square", 2],
    ["A", 0],
    ["\\text{C}", 2],
    ["b", 1],
    ["(b)", 1],
    ["Answer: b.", 1],
    ["I think it is B", 1],
    ["It is B.", 1],
    ["It is B. Angles add up to 180°.", 1],
    ["So the angle at A is larger. The answer is B.", 1],
    ["B, not A", 1],
    ["not (A), but (B)", 1],
    ["It can't be A or C, so it is B.", 1],
    ["I don't know why, so B", 1],
  ])("%s names choice %d", (text, index) => {
    expect(chosen(text, choices)).toBe(index);
  });
  test.each([
    ...["", "A or B", "A, B", "(A) (B)", "E", "Z", "I think so", "30° 60°", "ABCD", "A B C D", "A/B"],
    ...[
      "not (B)",
      "The answer isn't (B)",
      "I don’t think it is B.",
      "neither A nor B",
      "It is A. It is B.",
      "e",
      "a b",
    ],
    ...["a good choice", "It is b"],
  ])("%s names none", (text) => {
    expect(chosen(text, choices)).toBeUndefined();
  });
  test.each([
    ["Answer: B", 1],
    ["ANSWER: B", 1],
    ["The correct answer is **B**.", 1],
    ["Option B", 1],
    ["I choose B", 1],
    ["I'd pick option (B).", 1],
    ["\\boxed{B}", 1],
    ["The answer is \\boxed{\\text{B}}.", 1],
    ["B. Points P and Q", 1],
    ["(B) points P and Q.", 1],
    ["Points P and Q", 1],
    ["The answer is Points P and Q.", 1],
    ["Answer: B. Points P and Q", 1],
    ["B, as P and Q lie on it", 1],
    ["A quick look at it: the answer is B.", 1],
    ["P", 0],
    ["A", 0],
    ["A is right", 0],
    ["Answer: P", 0],
    ["A circle through A and B", 2],
    ["C. A circle through A and B", 2],
    ["C", 2],
  ])("%s names choice %d of those that hold letters", (text, index) => {
    expect(chosen(text, ["P", "Points P and Q", "A circle through A and B", "none"])).toBe(index);
  });
  test.each([
    ...["A. Points P and Q", "Option A or B", "Answer: A. Answer: B", "The answer is not B", "I think so", "P and Q"],
    ...[
      "Answer: E",
      "Points P and Q, or P",
      "\\boxed{A, B}",
      "A circle",
      "not Points P and Q",
      "The answer is P and Q",
      "Answer: A. Answer: none",
      "(".repeat(2000),
    ],
  ])("%s names none of those that hold letters", (text) => {
    expect(chosen(text, ["P", "Points P and Q", "A circle through A and B", "none"])).toBeUndefined();
  });
  test("scores", () => {
    const metadata = { choices: ["P", "Points P and Q"] };
    expect(scoreOf(choiceReward(), { answer: "Answer: B", expected: "Points P and Q", metadata })).toBe(1);
    expect(scoreOf(choiceReward(), { answer: "So \\boxed{B}", expected: "B. Points P and Q", metadata })).toBe(1);
    expect(scoreOf(choiceReward(), { answer: "P", expected: "Points P and Q", metadata })).toBe(0);
    const score = (answer: string) => scoreOf(choiceReward(), { answer, expected: "B", metadata: { choices } });
    expect(score("<think>A? B?</think>B")).toBe(1);
    expect(score("<think>B</think>A")).toBe(0);
    expect(() => scoreOf(choiceReward(), { answer: "B", expected: "F", metadata: { choices } })).toThrow(
      "none of its choices",
    );
  });
});

describe("judges elsewhere", () => {
  let directory: string;
  const bodies: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
      if (request.url === "/slow") return;
      if (request.url === "/endless") {
        response.write("[");
        const timer = setInterval(() => response.write(" ".repeat(20_000)), 1);
        response.on("close", () => clearInterval(timer));
        return;
      }
      const answers: Record<string, string> = {
        "/score": '{"score": 0.25}',
        "/number": "1",
        "/text": "fine",
        "/nothing": '{"score": null}',
      };
      response.statusCode = request.url === "/broken" ? 500 : 200;
      response.end(answers[request.url ?? ""] ?? "out of order");
    });
  });
  let origin: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "mmada-rewards-"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("an address is sent the rollout and gives the score", async () => {
    const reward = httpReward({ url: `${origin}/score`, headers: { authorization: "x" } });
    expect(await scoreOf(reward, { answer: "4", image: blankImage(2, 2) })).toBe(0.25);
    expect(bodies.at(-1)).toMatchObject({
      answer: "4",
      task: "lm_chat",
      image: expect.stringMatching(/^data:image\/png;base64,/),
    });
    expect(await scoreOf(httpReward({ url: `${origin}/number` }), {})).toBe(1);
  });

  test("what is no score is an error, and waiting can be ended", async () => {
    await expect(scoreOf(httpReward({ url: `${origin}/broken` }), {})).rejects.toThrow("answered 500: out of order");
    await expect(scoreOf(httpReward({ url: `${origin}/text` }), {})).rejects.toThrow("answered no JSON: fine");
    await expect(scoreOf(httpReward({ url: `${origin}/nothing` }), {})).rejects.toThrow(
      'answered no score, {"score": number}',
    );
    await expect(scoreOf(httpReward({ url: `${origin}/endless` }), {})).rejects.toThrow("answered no JSON");
    const slow = httpReward({ url: `${origin}/slow` }).score(ROLLOUT, AbortSignal.timeout(100));
    await expect(slow).rejects.toThrow(/abort|timeout/i);
    expect(() => httpReward({ url: "file:///etc/passwd" })).toThrow("begins with http");
  });

  test("a module of one's own", async () => {
    const write = (name: string, text: string) => writeFile(join(directory, name), text);
    await write("plain.mjs", "export const score = ({ answer }) => answer.length;");
    await write(
      "made.mjs",
      "export const createReward = ({ by }) => ({ name: 'times', isSelfTimed: true, by, score() { return this.by * 2; } });",
    );
    await write("empty.mjs", "export const other = 1;");
    expect(await scoreOf(await moduleReward({ path: join(directory, "plain.mjs") }), { answer: "four" })).toBe(4);
    const made = await moduleReward({ path: join(directory, "made.mjs"), options: { by: 3 } });
    expect([made.name, made.isSelfTimed, await scoreOf(made, {})]).toEqual(["times", true, 6]);
    await expect(moduleReward({ path: join(directory, "empty.mjs") })).rejects.toThrow("must export score");
  });
});

type RewardType = RewardConfig["type"];
/** What networks compute: `picture-rewards.test.ts` and `test/parity/reward-models.test.ts` open them. */
const NETWORKS = ["clip", "pick-score", "hps", "image-reward"] as const satisfies readonly RewardType[];
/** A configuration of each, and what it is then called in logs. */
const CONFIGS: Record<Exclude<RewardType, (typeof NETWORKS)[number]>, readonly [config: object, name: string]> = {
  exact: [{}, "exact"],
  numeric: [{ tolerance: 0.1 }, "numeric"],
  equations: [{}, "equations"],
  math: [{}, "math"],
  choice: [{}, "choice"],
  format: [{ name: "shape", isEndRequired: false }, "shape"],
  length: [{ free: 5, max: 9 }, "length"],
  scene: [{}, "scene"],
  objects: [{}, "objects"],
  http: [{ url: "http://127.0.0.1:1/score" }, "http:127.0.0.1:1"],
  module: [{ path: "beside.mjs", options: { name: "own" } }, "own"],
};

test("every reward opens by its name in a recipe", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-rewards-"));
  try {
    await writeFile(
      join(directory, "beside.mjs"),
      "export const createReward = ({ name }) => ({ name, score: () => 1 });",
    );
    const types = rewardSchema.options.flatMap(({ shape }) => [...shape.type.values]);
    expect([...types].sort()).toEqual([...Object.keys(CONFIGS), ...NETWORKS].sort());
    const open = (type: string, settings: object) =>
      openReward(rewardSchema.parse({ type, ...settings }), { directory });
    for (const [type, [settings, name]] of Object.entries(CONFIGS)) {
      const reward = await open(type, settings);
      expect(reward.name, type).toBe(name);
      await reward.dispose?.();
    }
    for (const type of NETWORKS) {
      const opening = open(type, type === "clip" ? { model: "clip" } : {});
      await expect(opening).rejects.toThrow(`the reward ${type} computes a network, which only a training run can`);
    }
    const cut = { ...ROLLOUT, answer: "<think>2 and 2</think>4", isFinished: false };
    expect((await open("format", CONFIGS.format[0])).score(cut, signal)).toBe(1);
  } finally {
    await rm(directory, { recursive: true });
  }
  expect(() => rewardSchema.parse({ type: "numeric", tolerence: 1 })).toThrow("tolerence");
});
