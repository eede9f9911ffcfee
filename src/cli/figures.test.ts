import { expect, test } from "vitest";
import { bar, formatBytes, formatCount, formatMemory, formatSeconds } from "./figures.js";

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
  [24_790_000, "24.8 MB"],
  [0.15e9, "0.15 GB"],
  [166.52e9, "166.5 GB"],
])("%d bytes of memory are %s", (bytes, text) => {
  expect(formatMemory(bytes)).toBe(text);
});

test.each([
  [999, "999"],
  [24_576, "24.6 k"],
  [999_950, "1.00 M"],
  [6.2e6, "6.20 M"],
  [999_996_000, "1.00 B"],
  [8.08e9, "8.08 B"],
])("%d are %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [0, `${"░".repeat(24)}   0 %`],
  [0.5, `${"█".repeat(12)}${"░".repeat(12)}  50 %`],
  [1, `${"█".repeat(24)} 100 %`],
])("a share of %d is a bar", (share, text) => {
  expect(bar(share)).toBe(text);
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
