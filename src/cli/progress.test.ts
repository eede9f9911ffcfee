import { expect, test } from "vitest";
import { formatBytes, formatSeconds } from "./progress.js";

test.each([
  [0, "0 B"],
  [999.6, "1.00 kB"],
  [1234, "1.23 kB"],
  [999.4e6, "999 MB"],
  [999.5e6, "1.00 GB"],
  [16e9, "16.0 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [-1, "0 s"],
  [59.6, "1 min 00 s"],
  [3599.6, "1 h 00 min"],
  [7190, "1 h 59 min"],
  [47 * 3600, "47 h 00 min"],
  [60 * 3600, "3 days"],
  [12345 * 86400, "12,345 days"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
