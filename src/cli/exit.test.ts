import { CommanderError } from "commander";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OptionError } from "../tasks/options.js";
import { runToEnd, UsageError, withInterrupt } from "./exit.js";

const { argv } = process;
let printed: string[];
beforeEach(() => {
  printed = [];
  process.argv = [...argv, "--json"];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.argv = argv;
  process.exitCode = undefined;
});

it.each([
  [new CommanderError(1, "commander.unknownOption", "error: unknown option '--sted'"), 2, "unknown option '--sted'"],
  [new UsageError("give a prompt"), 2, "UsageError: give a prompt"],
  [new OptionError("steps must be more"), 2, "OptionError: steps must be more"],
  [new Error("no space"), 1, "Error: no space"],
])("with --json, %s is said as JSON", async (error, code, message) => {
  await runToEnd(() => Promise.reject(error));
  expect(process.exitCode).toBe(code);
  expect(printed.map((line) => JSON.parse(line))).toEqual([{ error: message }]);
});

it("an output that cannot be written is told of in a line", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  await runToEnd(async () =>
    process.stdout.emit("error", Object.assign(new Error("no space left"), { code: "ENOSPC" })),
  );
  expect(process.stderr.write).toHaveBeenCalledWith("the output cannot be written: no space left\n");
  expect(exit).toHaveBeenCalledWith(1);
});

it("work whose output nobody reads any more ends in order, and says nothing", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const unread = () => process.stdout.emit("error", Object.assign(new Error("closed"), { code: "EPIPE" }));
  let isSaved = false;
  await runToEnd(() =>
    withInterrupt(async (signal) => {
      unread();
      unread();
      isSaved = signal.aborted;
      signal.throwIfAborted();
    }),
  );
  expect({ isSaved, code: process.exitCode, printed }).toEqual({ isSaved: true, code: 141, printed: [] });
  expect(process.stderr.write).not.toHaveBeenCalled();
  expect(exit).not.toHaveBeenCalled();
});

it("a reader that goes away with Ctrl-C is no second press", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  await runToEnd(() =>
    withInterrupt(async (signal) => {
      process.emit("SIGINT");
      now.mockReturnValue(10_000);
      process.stdout.emit("error", Object.assign(new Error("closed"), { code: "EPIPE" }));
      signal.throwIfAborted();
    }),
  );
  expect(exit).not.toHaveBeenCalled();
  expect(process.exitCode).toBe(130);
});

it("a help that was asked for is no failure", async () => {
  await runToEnd(() => Promise.reject(new CommanderError(0, "commander.helpDisplayed", "(outputHelp)")));
  expect(process.exitCode).toBe(0);
  expect(printed).toEqual([]);
});
