/** `mmada data`: looking at data before it is trained on, and making reasoning data. */
import { Command } from "commander";
import { dataCheckCommand } from "../data-check.js";
import { dataCurateCommand } from "../data-curate.js";

export function dataCommand(): Command {
  return new Command("data")
    .description("check files of examples, and curate reasoning traces")
    .addCommand(dataCheckCommand())
    .addCommand(dataCurateCommand());
}
