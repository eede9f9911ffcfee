/** Options that would make no difference are refused: whoever gives one expects something of it. */
import type { Command } from "commander";
import { UsageError } from "./exit.js";

/**
 * Refuses options where they do nothing; defaults are none that were given.
 * @param names as the parsed options have them
 * @param what they are for, or what stands in their place
 * @throws UsageError naming those on the command line
 */
export function refuseOptions(command: Command, names: readonly string[], what: string): void {
  const stray = command.options.filter(
    (option) =>
      names.includes(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (stray.length > 0) throw new UsageError(`${stray.map(({ long }) => long).join(", ")}: ${what}`);
}
