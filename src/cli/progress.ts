/** Progress on stderr: a line that is rewritten in terminals, now and then a plain one elsewhere. */
import { createLogUpdate } from "log-update";
import type { DownloadProgress } from "../weights/hub.js";

/** Where there is no terminal, lines come no faster than this. */
const PLAIN_INTERVAL_MS = 10_000;

export interface StatusLine {
  show(text: string): void;
  /** Takes the line away. */
  clear(): void;
}

/** @param isQuiet shows nothing outside of terminals */
export function statusLine({ isQuiet = false } = {}): StatusLine {
  if (process.stderr.isTTY) {
    const update = createLogUpdate(process.stderr);
    return {
      show: update,
      clear() {
        update.clear();
        update.done(); // gives the cursor back
      },
    };
  }
  let last = Date.now();
  return {
    show(text) {
      if (isQuiet || Date.now() - last < PLAIN_INTERVAL_MS) return;
      last = Date.now();
      process.stderr.write(`${text}\n`);
    },
    clear() {},
  };
}

/** Shows how far a download is, with its speed and the time left. */
export function downloadStatus(status: StatusLine): (progress: DownloadProgress) => void {
  let start: { time: number; bytes: number; totalBytes: number } | undefined;
  return ({ file, loadedBytes, totalBytes }) => {
    // What earlier runs have loaded comes at once, and says nothing about the speed; nor does another model's download.
    if (start?.totalBytes !== totalBytes) start = { time: Date.now(), bytes: loadedBytes, totalBytes };
    const seconds = (Date.now() - start.time) / 1000;
    const speed = (loadedBytes - start.bytes) / seconds;
    const pace =
      seconds > 1 && speed > 0
        ? `  ${formatBytes(speed)}/s  ${formatSeconds((totalBytes - loadedBytes) / speed)} left`
        : "";
    const share = totalBytes === 0 ? 1 : loadedBytes / totalBytes;
    status.show(`${bar(share)} ${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}${pace}  ${file}`);
  };
}

/** A share of 1 as a bar with its percentage. */
export function bar(share: number, width = 24): string {
  const full = Math.round(Math.min(1, share) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${Math.floor(share * 100)
    .toString()
    .padStart(3)} %`;
}

/** Bytes to three digits: `1.23 GB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  // What would be rounded up to 1000 of a unit is one of the next.
  const power = units.findIndex((_, i) => bytes < 999.5 * 1000 ** i || i === units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(value) : value.toPrecision(3)} ${units[power]}`;
}

/** A time to two units, from two days on to one: `2 h 05 min`, `3 days`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours >= 48) return `${Math.round(hours / 24).toLocaleString("en")} days`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
}
