import { expect, test } from "vitest";
import { parseTaskDefaults } from "./task-defaults.js";

test("how many turns a model has learnt to see is read from its configuration, or refused", () => {
  expect(parseTaskDefaults({ conversation: { maxTurns: 2 } }).maxTurns).toBe(2);
  expect(parseTaskDefaults({}).maxTurns).toBeUndefined();
  expect(() => parseTaskDefaults({ conversation: { maxTurns: 0 } })).toThrow(
    'a whole number from 1), got {"maxTurns":0}',
  );
  expect(() => parseTaskDefaults({ conversation: { turns: 2 } })).toThrow('got {"turns":2}');
});

test("how a description is asked for is the model's, and else the released words", () => {
  expect(parseTaskDefaults({}).descriptionQuestion).toBe("Please describe this image in detail.");
  expect(parseTaskDefaults({ description: { question: "What is it?" } }).descriptionQuestion).toBe("What is it?");
  expect(() => parseTaskDefaults({ description: { question: 3 } })).toThrow(
    'takes question (a text), got {"question":3}',
  );
});

test.each([
  [[], /generation_config.json must hold an object/],
  [null, /generation_config.json must hold an object/],
  [{ conversation: 3 }, /"conversation" must be an object, got 3/],
  [{ thinking: [] }, /"thinking" must be an object/],
  [{ text: "fast" }, /"text" must be an object, got "fast"/],
  [{ text: { seed: 5 } }, /"text": every request has a seed of its own, 0 unless it says so: leave seed out/],
])("settings that are none, %j, are refused", (json, message) => {
  expect(() => parseTaskDefaults(json)).toThrow(message);
});
