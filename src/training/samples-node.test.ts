import { expect, test, vi } from "vitest";
import type { Example } from "../data/example.js";
import { OptionError } from "../tasks/options.js";
import type { Tasks } from "../tasks/tasks.js";
import { drawSamples } from "./samples-node.js";

const example = (content: string, more: Partial<Example>): Example => ({
  task: "lm_chat",
  messages: [{ role: "user", content }],
  answer: "4",
  ...more,
});

test("samples are asked as their examples are: thought through where they have reasoning", async () => {
  const tasks = {
    async answer(_: unknown, { thinking }: { thinking?: boolean }) {
      return thinking ? { text: "5", reasoning: "2 + 2 = 5." } : { text: "3" };
    },
    describe: async () => ({ text: "a circle" }),
  } as unknown as Tasks;
  const pixel = { key: "pixel", load: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }) };
  const examples = [
    example("2 + 2?", {}),
    example("2 + 2?", { reasoning: "2 + 2 = 4." }),
    example("What is it?", { task: "mmu", image: pixel, answer: "a star" }),
  ];
  const { answers, pictures } = await drawSamples(tasks, examples, 3);
  expect(answers).toEqual([
    { question: "2 + 2?", expected: "4", answer: "3" },
    { question: "2 + 2?", expected: "<think>2 + 2 = 4.</think>4", answer: "<think>2 + 2 = 5.</think>5" },
    { question: "What is it?", expected: "a star", answer: "a circle" },
  ]);
  expect(pictures).toEqual({});
});

test("a sample that the model has no room for is told of, and other errors are not swallowed", async () => {
  const failing = (error: Error) => ({ answer: () => Promise.reject(error) }) as unknown as Tasks;
  const asked = [example("2 + 2?", { reasoning: "2 + 2 = 4." })];
  const { answers } = await drawSamples(failing(new OptionError("takes 600 places")), asked, 1);
  expect(answers[0].answer).toBe("(not asked: takes 600 places)");
  await expect(drawSamples(failing(new Error("out of memory")), asked, 1)).rejects.toThrow("out of memory");
});

test("a picture whose prompt the model has no room for is left out, the others are drawn", async () => {
  const drawn: [string, number][] = [];
  const imagine = async (prompt: string, { seed }: { seed: number }) => {
    if (prompt.length > 20) throw new OptionError("takes 600 places");
    drawn.push([prompt, seed]);
    return { image: { width: 1, height: 1, data: new Uint8Array(3) } };
  };
  const imagineAll = async (requests: readonly { prompt: string; seed: number }[]) => {
    if (requests.some(({ prompt }) => prompt.length > 20)) throw new OptionError("takes 600 places");
    return Promise.all(requests.map((request) => imagine(request.prompt, request)));
  };
  const tasks = { imagine, imagineAll } as unknown as Tasks;
  const prompts = ["a red circle", "a red circle ".repeat(20), "a blue star"];
  const { pictures } = await drawSamples(
    tasks,
    prompts.map((prompt) => example(prompt, { task: "t2i" })),
    3,
  );
  expect(drawn).toEqual([
    ["a red circle", 0],
    ["a blue star", 2],
  ]);
  expect(Object.keys(pictures)).toEqual(["drawn"]);
  await drawSamples(tasks, [example("a star", { task: "t2i" })], 1);
  expect(drawn.at(-1)).toEqual(["a star", 0]);
  const { pictures: none } = await drawSamples(tasks, [example(prompts[1], { task: "t2i" })], 1);
  expect(none).toEqual({});
});

test("pictures that are reasoned about are drawn so, and what is under way ends with the signal", async () => {
  const signal = AbortSignal.abort();
  const imagineAll = vi.fn(async (requests: readonly object[], _: { signal?: AbortSignal }) =>
    requests.map(() => ({ image: { width: 1, height: 1, data: new Uint8Array(3) } })),
  );
  const answer = vi.fn(async (_: unknown, __: { signal?: AbortSignal }) => ({ text: "4" }));
  const examples = [
    example("a tricycle's wheels", { task: "r2i", reasoning: "three" }),
    example("a star", { task: "t2i" }),
    example("2 + 2?", {}),
  ];
  const { pictures } = await drawSamples({ imagineAll, answer } as unknown as Tasks, examples, 2, signal);
  expect(Object.keys(pictures)).toEqual(["drawn"]);
  const [[requests, drawing]] = imagineAll.mock.calls;
  expect(requests).toMatchObject([{ prompt: "a tricycle's wheels", thinking: true }, { prompt: "a star" }]);
  expect(requests[1]).not.toHaveProperty("thinking");
  expect(drawing.signal).toBe(signal);
  expect(answer.mock.calls[0][1].signal).toBe(signal);
});
