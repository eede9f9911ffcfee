/** Progress on stderr: a line that is rewritten in terminals, now and then a plain one elsewhere. */
import { createLogUpdate } from "log-update";
import type { DownloadProgress } from "../weights/hub.js";
import { bar, formatBytes, formatSeconds } from "./figures.js";

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
