import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { expect, it } from "vitest";
import { encodeRecord, openEvents } from "./tensorboard-node.js";

it("frames records as TFRecord files do", () => {
  // From the official reader's test data: length 1, its masked CRC-32C, "x", its masked CRC-32C are what `tensorboard` accepts.
  const record = Buffer.from(encodeRecord(new TextEncoder().encode("123456789")));
  expect(record.readUInt32LE(0)).toBe(9);
  // CRC-32C of "123456789" is 0xe3069283 (RFC 3720, B.4 has others; this is the check value of the catalogue).
  const crc = 0xe3069283;
  expect(record.readUInt32LE(12 + 9)).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  expect(record.subarray(12, 21).toString()).toBe("123456789");
});

it("tells TensorBoard to forget what a run that begins again did before, its look at the start too", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-events-"));
  try {
    for (const [step, forgotten] of [
      [0, 0],
      [4, 5],
    ]) {
      await rm(directory, { recursive: true });
      await openEvents(directory, step);
      const bytes = readFileSync(join(directory, readdirSync(directory)[0]));
      const second = bytes.readUInt32LE(0) + 16;
      const reader = new BinaryReader(bytes.subarray(second + 12, second + 12 + bytes.readUInt32LE(second)));
      reader.tag();
      reader.double();
      reader.tag();
      expect(Number(reader.int64())).toBe(forgotten);
      // Field 7 of an event: the log of sessions.
      expect(reader.tag()).toEqual([7, 2]);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

it("writes events that say version, step, tag and value", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-events-"));
  try {
    const events = await openEvents(directory, 4);
    await events.scalars(5, { "loss/t2i": 0.25 });
    const bytes = readFileSync(join(directory, readdirSync(directory)[0]));
    const records: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at);
      records.push(bytes.subarray(at + 12, at + 12 + length));
      at += length + 16;
    }
    expect(records).toHaveLength(3);
    expect(records[0].includes("brain.Event:2")).toBe(true);
    const reader = new BinaryReader(records[2]);
    reader.tag();
    reader.double();
    reader.tag();
    expect(Number(reader.int64())).toBe(5);
    expect(records[2].includes("loss/t2i")).toBe(true);
    expect(records[2].readFloatLE(records[2].length - 4)).toBe(0.25);
  } finally {
    await rm(directory, { recursive: true });
  }
});
