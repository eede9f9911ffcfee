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
