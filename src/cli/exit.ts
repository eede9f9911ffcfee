/** How commands end: 0 done, 1 failed, 2 used wrongly, 130 interrupted (143 terminated). */
import { CommanderError } from "commander";
import { OptionError } from "../tasks/options.js";

/** What was asked cannot be asked like that. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Ctrl-C, or a request from outside to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals = "SIGINT") {
    super("stopped");
    this.exitCode = signal === "SIGTERM" ? 143 : 130;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError || error instanceof OptionError) return 2;
  return error instanceof Interrupted ? error.exitCode : 1;
}

/** What is said of an error; commander has already said its own. */
export function messageOf(error: unknown): string | undefined {
  if (error instanceof CommanderError) return undefined;
  if (error instanceof Interrupted) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * Runs with a signal that Ctrl-C aborts, for work to end at its next step. Whoever presses it twice does not want to wait.
 * @throws Interrupted when work ended because of it
 */
export async function withInterrupt<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    const reason = new Interrupted(name);
    if (controller.signal.aborted) process.exit(reason.exitCode);
    controller.abort(reason);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await use(controller.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
