import { expect, test } from "vitest";
import { DataError, type ExampleSource } from "./example.js";
import { inspectData } from "./inspection.js";

test("an inspection counts what is there, broken, too long and repeated", async () => {
  const lengths = [3, 5, 5, 30];
  const source: ExampleSource = {
    name: "test",
    length: 6,
    async read(index) {
      if (index === 4) throw new DataError("test:5", "broken");
      const answer = "x".repeat(lengths[index] ?? 5);
      return { task: "lm", messages: [], answer, ...(index === 3 ? { reasoning: "r" } : {}) };
    },
  };
  const layOut = async ({ answer = "" }: { answer?: string }) => ({
    task: "lm" as const,
    ids: new Int32Array(answer.length + 2),
    spans: {},
    isMaskable: new Uint8Array(answer.length + 2).fill(1, 2),
    isReal: new Uint8Array(answer.length + 2).fill(1),
  });
  const inspection = await inspectData(source, { layOut, maxLength: 20, areImagesLoaded: true });
  expect(inspection).toEqual({
    ...{ numRecords: 6, numBroken: 1, numPictureless: 0, numTooLong: 1, numRepeated: 2 },
    tasks: {
      lm: {
        ...{ count: 5, numReasoned: 1 },
        rows: { min: 5, median: 7, p95: 32, max: 32 },
        targets: { min: 3, median: 5, p95: 30, max: 30 },
      },
    },
    faults: [
      { index: 3, message: "record 4: 32 places, more than 20" },
      { index: 4, message: "test:5: broken" },
    ],
  });
});
