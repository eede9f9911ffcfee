import { expect, test } from "vitest";
import { textSettings } from "./sampler-settings.js";
import { parseTaskDefaults } from "./task-defaults.js";

const { text } = parseTaskDefaults({ text: { genLength: 32, blockLength: 8, steps: 16 } });
const blocksOf = (options: { genLength?: number; steps?: number; blockLength?: number }) => {
  const { settings } = textSettings(options, text);
  return [settings.blockLength, settings.steps];
};

test("blocks are the model's, or larger where these cannot share the steps that are asked for", () => {
  expect(blocksOf({})).toEqual([8, 16]);
  expect(blocksOf({ steps: 4 })).toEqual([8, 4]);
  expect(blocksOf({ steps: 6 })).toEqual([11, 6]);
  expect(blocksOf({ steps: 1 })).toEqual([32, 1]);
  expect(blocksOf({ genLength: 9, steps: 3 })).toEqual([9, 3]);
  expect(() => blocksOf({ steps: 6, blockLength: 8 })).toThrow("6 steps cannot be shared out evenly among 4 blocks");
});

test("no canvas, however long, is counted through", () => {
  // It would take hours; the runner gives up after seconds.
  expect(blocksOf({ genLength: 1e12, steps: 7 })).toEqual([Math.ceil(1e12 / 7), 7]);
  expect(() => blocksOf({ genLength: 1e12, steps: 1e12 - 11 })).toThrow("cannot be shared out evenly");
});
