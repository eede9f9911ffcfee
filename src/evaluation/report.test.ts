import { expect, it } from "vitest";
import { type Outcome, type Section, shareRow } from "./benchmark.js";
import { markdownTable, reportOf, textTable } from "./report.js";

const sections: Section[] = [
  {
    title: "Sums",
    benchmarks: [],
    rows: [
      shareRow("sums/plain", "plain sums", 0.7),
      {
        name: "sums/noise",
        title: "noise",
        of: ["sums/plain"],
        measure: { kind: "mean", unit: "dB", of: ({ numbers }) => numbers?.psnr },
        wanted: 30,
      },
      shareRow("sums/none", "not asked"),
    ],
  },
];

function outcomes(numRight: number): ReadonlyMap<string, readonly Outcome[]> {
  const list = Array.from({ length: 100 }, (_, item) => ({
    item,
    asked: "",
    wanted: "",
    given: "",
    isRight: item < numRight,
    numbers: { psnr: 28 + (item % 3) },
  }));
  return new Map([["sums/plain", list]]);
}

const one = reportOf(sections, [{ name: "mini", outcomes: outcomes(75) }]);
const two = reportOf(sections, [
  { name: "stage1", outcomes: outcomes(60) },
  { name: "stage2", outcomes: outcomes(75) },
]);

it("shows a model with intervals and the figures asked", () => {
  expect(textTable(one)).toBe(
    [
      "                  mini  95 % interval    asked  items",
      "Sums",
      "  plain sums  ✓ 75.0 %      65.7–82.5     70 %    100",
      "  noise        29.0 dB      28.8–29.2  30.0 dB    100",
    ].join("\n"),
  );
});

it("shows models beside each other, with the change from one to the next", () => {
  const [header, , row] = textTable(two).split("\n");
  expect(header.trim().split(/ {2,}/)).toEqual(["stage1", "stage2", "change", "asked", "items"]);
  expect(row.trim().split(/ {2,}/)).toEqual([
    "plain sums",
    "60.0 % 50.2–69.1",
    "✓ 75.0 % 65.7–82.5",
    "+15.0 ± 7.1",
    "70 %",
    "100",
  ]);
});

it("shows what one model was not asked, and leaves out what none was", () => {
  const later = new Map([...outcomes(75), ["sums/none", outcomes(10).get("sums/plain")!]]);
  const both = [
    { name: "a", outcomes: outcomes(60) },
    { name: "b", outcomes: later },
  ];
  const lines = textTable(reportOf(sections, both)).split("\n");
  expect(
    lines
      .find((line) => line.includes("not asked"))
      ?.trim()
      .split(/ {2,}/),
  ).toEqual(["not asked", "–", "10.0 % 5.5–17.4", "100"]);
  expect(textTable(one)).not.toContain("not asked");
});

it("is a Markdown table with a line for every row", () => {
  const lines = markdownTable(one).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "|  | mini | 95 % interval | asked | items |",
    "| --- | --: | --: | --: | --: |",
    "| **Sums** |  |  |  |  |",
    "| plain sums | ✓ 75.0 % | 65.7–82.5 | 70 % | 100 |",
  ]);
  expect(lines.length).toBe(5);
});

it("is plain data", () => {
  expect(JSON.parse(JSON.stringify(two))).toEqual(two);
  expect(two.sections[0].rows[0].figures[1]).toMatchObject({ value: 0.75, numItems: 100 });
});
