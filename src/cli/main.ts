#!/usr/bin/env node
/** The command `mmada`: finds the command that was asked for, and says how it ended. Each command is a file in `commands/`. */
import { Command } from "commander";
import { chatCommand } from "./commands/chat.js";
import { dataCommand } from "./commands/data.js";
import { demoCommand } from "./commands/demo.js";
import { describeCommand } from "./commands/describe.js";
import { downloadCommand } from "./commands/download.js";
import { editCommand } from "./commands/edit.js";
import { evalCommand } from "./commands/eval.js";
import { exportCommand } from "./commands/export.js";
import { forwardCommand } from "./commands/forward.js";
import { imagineCommand } from "./commands/imagine.js";
import { inspectCommand } from "./commands/inspect.js";
import { rlCommand } from "./commands/rl.js";
import { tokenizeImageCommand } from "./commands/tokenize-image.js";
import { trainCommand } from "./commands/train.js";
import { exitCodeOf, messageOf } from "./exit.js";

const program = new Command("mmada")
  .description("Multimodal diffusion language models: one model that answers, describes and draws.")
  .addCommand(chatCommand())
  .addCommand(describeCommand())
  .addCommand(imagineCommand())
  .addCommand(editCommand())
  .addCommand(trainCommand())
  .addCommand(rlCommand())
  .addCommand(dataCommand())
  .addCommand(evalCommand())
  .addCommand(inspectCommand())
  .addCommand(downloadCommand())
  .addCommand(exportCommand())
  .addCommand(forwardCommand())
  .addCommand(tokenizeImageCommand())
  .addCommand(demoCommand())
  .addHelpText(
    "after",
    `
Examples:
  mmada chat "What is 17 plus 25?"
  mmada imagine "a red circle" --output drawn.png
  mmada describe drawn.png "What color is the circle?"

Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted.`,
  );

for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
  const parent = command.parent && command.parent !== program ? `${command.parent.name()} ` : "";
  const name = command === program ? "mmada" : `mmada ${parent}${command.name()}`;
  command.exitOverride().showHelpAfterError(`(${name} --help says what there is)`);
}

// Whoever reads the output may stop before its end, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

program.parseAsync().catch((error: unknown) => {
  const message = messageOf(error);
  if (message !== undefined) {
    process.stderr.write(`${message}\n`);
    if (process.argv.includes("--json")) console.log(JSON.stringify({ error: message }));
  }
  process.exitCode = exitCodeOf(error);
});
