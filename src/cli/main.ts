#!/usr/bin/env node
/** The command `mmada`: finds the command that was asked for. Each is a file in `commands/`. */
import { Command } from "commander";
import { chatCommand } from "./commands/chat.js";
import { demoCommand } from "./commands/demo.js";
import { describeCommand } from "./commands/describe.js";
import { forwardCommand } from "./commands/forward.js";
import { imagineCommand } from "./commands/imagine.js";
import { tokenizeImageCommand } from "./commands/tokenize-image.js";

const program = new Command("mmada")
  .description("Multimodal diffusion language models: one model that answers, describes and draws.")
  .addCommand(chatCommand())
  .addCommand(describeCommand())
  .addCommand(imagineCommand())
  .addCommand(forwardCommand())
  .addCommand(tokenizeImageCommand())
  .addCommand(demoCommand())
  .showHelpAfterError();

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  process.exitCode = 1;
});
