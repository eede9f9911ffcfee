/** How commands end: 0 done, 1 failed, 2 used wrongly, 130 interrupted (143 terminated, 141 where long work ended since nobody read what it said any more). */
import { CommanderError } from "commander";
import { OptionError } from "../tasks/options.js";

/** What was asked cannot be asked like that. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const SIGNAL_CODES: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 };

/** Ctrl-C, a request from outside to end, or a reader that went away. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals = "SIGINT") {
    super("stopped");
    this.exitCode = SIGNAL_CODES[signal] ?? 130;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError || error instanceof OptionError) return 2;
  return error instanceof Interrupted ? error.exitCode : 1;
}

/** What is said of an error. */
export function messageOf(error: unknown): string {
  if (error instanceof CommanderError && error.code === "commander.help")
    return "no command given: --help says which there are";
  if (error instanceof CommanderError) return error.message.replace(/^error: /, "");
  if (error instanceof Interrupted) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Says why a command has failed, on stderr and with `--json` on stdout too, and has the process exit accordingly. */
function fail(error: unknown): void {
  const message = messageOf(error);
  process.exitCode = exitCodeOf(error);
  if (process.exitCode === SIGNAL_CODES.SIGPIPE) return;
  // Commander has already said its own, helps among them, which are no failures.
  if (!(error instanceof CommanderError)) process.stderr.write(`${message}\n`);
  if (process.exitCode !== 0 && process.argv.includes("--json")) console.log(JSON.stringify({ error: message }));
}

/** What wants to end in order; where nothing does, Ctrl-C ends the process. */
let onInterrupt: ((reason: Interrupted) => void) | undefined;

/** Runs a command. However it ends, that is said and made the exit code. */
export async function runToEnd(command: () => Promise<unknown>): Promise<void> {
  let isReaderGone = false;
  // Whoever reads the output may stop before its end, as `head` does: what has something to save still ends in order.
  const stopUnread = () => {
    if (isReaderGone) return;
    isReaderGone = true;
    if (onInterrupt) onInterrupt(new Interrupted("SIGPIPE"));
    else process.exit();
  };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return stopUnread();
      if (stream === process.stdout) process.stderr.write(`the output cannot be written: ${error.message}\n`);
      process.exit(1);
    });
  }
  const interrupt = (signal: NodeJS.Signals) => {
    const reason = new Interrupted(signal);
    if (onInterrupt) return onInterrupt(reason);
    fail(reason);
    process.exit();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    await command();
  } catch (error) {
    fail(error);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** npx passes on the Ctrl-C that the terminal has sent to this process as well: so close together they are one. */
const ONE_PRESS_MS = 500;

/**
 * Runs with a signal that Ctrl-C aborts, for work to end at its next step. Whoever presses it twice does not want to wait.
 * @param onStop called when it was pressed, for what should be said at once
 * @throws Interrupted when work ended because of it
 */
export async function withInterrupt<T>(use: (signal: AbortSignal) => Promise<T>, onStop?: () => void): Promise<T> {
  const controller = new AbortController();
  let pressedAt = 0;
  onInterrupt = (reason) => {
    if (!controller.signal.aborted) {
      pressedAt = performance.now();
      controller.abort(reason);
      onStop?.();
    } else if (reason.exitCode !== SIGNAL_CODES.SIGPIPE && performance.now() - pressedAt > ONE_PRESS_MS) {
      fail(reason);
      process.exit();
    }
  };
  try {
    return await use(controller.signal);
  } finally {
    onInterrupt = undefined;
  }
}
