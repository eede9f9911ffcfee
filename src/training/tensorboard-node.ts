/**
 * TensorBoard's event files: records of `tensorboard.Event` messages, each with its length and two masked CRC-32C sums. Scalars and
 * pictures only. A run that goes on starts another file, which tells TensorBoard to forget the steps that are done again.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { attempt } from "../weights/files-node.js";

/** A picture as TensorBoard takes it. */
export interface EventPicture {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

export interface EventWriter {
  /** Values of a step, by tag such as `loss/t2i`. @throws FileError when the disk is full and the like */
  scalars(step: number, values: Readonly<Record<string, number>>): Promise<void>;
  pictures(step: number, values: Readonly<Record<string, EventPicture>>): Promise<void>;
}

/** Session status that has TensorBoard drop what other files say of this and later steps. */
const SESSION_START = 1;

/** A new event file in `directory`, for a run that stands at `step`. */
export async function openEvents(directory: string, step: number): Promise<EventWriter> {
  const seconds = Date.now() / 1000;
  const path = join(directory, `events.out.tfevents.${Math.floor(seconds)}.${process.pid}.mmada`);
  const append = (event: BinaryWriter) =>
    attempt(path, "write", async () => appendFileSync(path, encodeRecord(event.finish())));
  await attempt(directory, "create", async () => mkdirSync(directory, { recursive: true }));
  await append(event(0).uint32(tag(3, 2)).string("brain.Event:2"));
  // A look at the start has step 0, and is taken again where nothing was saved since.
  const next = step === 0 ? 0 : step + 1;
  await append(event(next).uint32(tag(7, 2)).fork().uint32(tag(1, 0)).int32(SESSION_START).join());
  const summary = async (at: number, write: (writer: BinaryWriter) => void) => {
    const writer = event(at).uint32(tag(5, 2)).fork();
    write(writer);
    await append(writer.join());
  };
  return {
    scalars: (at, values) =>
      summary(at, (writer) => {
        for (const [name, value] of Object.entries(values)) {
          writer.uint32(tag(1, 2)).fork().uint32(tag(1, 2)).string(name).uint32(tag(2, 5)).float(value).join();
        }
      }),
    pictures: (at, values) =>
      summary(at, (writer) => {
        for (const [name, { width, height, png }] of Object.entries(values)) {
          writer.uint32(tag(1, 2)).fork().uint32(tag(1, 2)).string(name).uint32(tag(4, 2)).fork();
          writer.uint32(tag(1, 0)).int32(height).uint32(tag(2, 0)).int32(width).uint32(tag(3, 0)).int32(3); // 3: RGB
          writer.uint32(tag(4, 2)).bytes(png).join().join();
        }
      }),
  };
}

/** An event at a step, timed now, to which one more field is added. */
function event(step: number): BinaryWriter {
  return new BinaryWriter()
    .uint32(tag(1, 1))
    .double(Date.now() / 1000)
    .uint32(tag(2, 0))
    .int64(step);
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Length (8 bytes), its sum, the data, its sum; little-endian. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** CRC-32C, turned and shifted as TFRecord files do, so that sums of data that hold sums stay useful. */
function maskedCrc(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  const sum = ~crc >>> 0;
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
