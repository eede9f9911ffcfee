#!/usr/bin/env node
/** The command `mmada`: finds the command that was asked for, and says how it ended. Each command is a file in `commands/`. */
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { runToEnd } from "./exit.js";

/** In the order of the help. Each is loaded when it is asked for: none needs most of what the others do. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  chat: async () => (await import("./commands/chat.js")).chatCommand(),
  describe: async () => (await import("./commands/describe.js")).describeCommand(),
  imagine: async () => (await import("./commands/imagine.js")).imagineCommand(),
  edit: async () => (await import("./commands/edit.js")).editCommand(),
  train: async () => (await import("./commands/train.js")).trainCommand(),
  rl: async () => (await import("./commands/rl.js")).rlCommand(),
  data: async () => (await import("./commands/data.js")).dataCommand(),
  eval: async () => (await import("./commands/eval.js")).evalCommand(),
  inspect: async () => (await import("./commands/inspect.js")).inspectCommand(),
  download: async () => (await import("./commands/download.js")).downloadCommand(),
  merge: async () => (await import("./commands/merge.js")).mergeCommand(),
  widen: async () => (await import("./commands/widen.js")).widenCommand(),
  export: async () => (await import("./commands/export.js")).exportCommand(),
  forward: async () => (await import("./commands/forward.js")).forwardCommand(),
  "tokenize-image": async () => (await import("./commands/tokenize-image.js")).tokenizeImageCommand(),
  demo: async () => (await import("./commands/demo.js")).demoCommand(),
};

/** @param asked the command on the command line: it alone is loaded, and all are where there is no such */
async function createProgram(asked: string): Promise<Command> {
  const program = new Command("mmada")
    .description("Multimodal diffusion language models: one model that answers, describes and draws.")
    .version(await packageVersion(), "--version", "say which version this is")
    .addHelpText(
      "after",
      `
Examples:
  mmada chat "What is 17 plus 25?"
  mmada imagine "a red circle" --output drawn.png
  mmada describe drawn.png "What color is the circle?"

Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted.`,
    );

  for (const name of Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS)) {
    program.addCommand(await COMMANDS[name]());
  }
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    const parent = command.parent && command.parent !== program ? `${command.parent.name()} ` : "";
    const name = command === program ? "mmada" : `mmada ${parent}${command.name()}`;
    command.exitOverride().showHelpAfterError(`(${name} --help says what there is)`);
  }
  return program;
}

async function packageVersion(): Promise<string> {
  return JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")).version;
}

await runToEnd(async () => {
  const program = await createProgram(process.argv[2]);
  await program.parseAsync();
});
