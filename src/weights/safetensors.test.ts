import { describe, expect, it } from "vitest";
import { createRandom, integer } from "../array/random.js";
import { type Tensor, tensor, zeros } from "../array/tensor.js";
import { encodeHeader, encodeSafetensors, parseHeader, readHeaderLength, SafetensorsError } from "./safetensors.js";

/** A file with this header and so many bytes after it. */
function fileOf(header: string | object, numDataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + numDataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

const parse = (bytes: Uint8Array) => parseHeader(bytes, bytes.length, "x.safetensors");
const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: "F32", shape, data_offsets });

describe("parseHeader", () => {
  it("gives dtype, shape and place of each tensor, in the order of the header", () => {
    const bytes = fileOf({ __metadata__: { format: "pt" }, b: f32([2], [4, 12]), a: f32([], [0, 4]) }, 12);
    const { tensors, metadata } = parse(bytes);
    const dataStart = bytes.length - 12;
    expect([...tensors]).toEqual([
      ["b", { dtype: "float32", shape: [2], offset: dataStart + 4, length: 8 }],
      ["a", { dtype: "float32", shape: [], offset: dataStart, length: 4 }],
    ]);
    expect(metadata).toEqual({ format: "pt" });
  });

  it("accepts no tensors, empty tensors, trailing spaces, and names that objects have of their own", () => {
    expect(parse(fileOf("{}  ")).tensors.size).toBe(0);
    const header =
      '{"__proto__":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]},"toString":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    expect([...parse(fileOf(header, 1)).tensors.keys()]).toEqual(["__proto__", "toString"]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /has 0 bytes/],
    ["seven bytes", new Uint8Array(7), /has 7 bytes/],
    ["a header longer than the file", fileOf("{}").subarray(0, 9), /header would be 2 bytes long, the file has 9/],
    [
      "an absurd header length",
      new Uint8Array(16).fill(255),
      /18446744073709552000 bytes long, the limit is 100000000/,
    ],
    ["an HTML page", new TextEncoder().encode("<!DOCTYPE html><html>no</html>"), /is a page of HTML/],
    ["a pointer of Git LFS", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1"), /git lfs pull/],
    ["a PyTorch file", new TextEncoder().encode("PK\x03\x04\0\0\0\0\xff\xff\xff\xff"), /zip archive/],
    ["no JSON", fileOf("{nothing}"), /not valid JSON/],
    ["no UTF-8", fileOf("{}").map((byte, i) => (i === 8 ? 0xff : byte)), /not valid JSON in UTF-8/],
    ["an array", fileOf("[]"), /is \[\], not an object/],
    ["null", fileOf("null"), /is null, not an object/],
    ["an unknown dtype", fileOf({ w: { ...f32([1], [0, 4]), dtype: "F31" } }, 4), /"w" has the dtype "F31".*F32, F16/],
    ["a dtype of Object's", fileOf({ w: { ...f32([1], [0, 4]), dtype: "toString" } }, 4), /has the dtype "toString"/],
    ["no dtype", fileOf({ w: { shape: [1], data_offsets: [0, 4] } }, 4), /has the dtype missing/],
    ["an entry that is a number", fileOf({ w: 4 }, 4), /is described by 4/],
    ["a negative dimension", fileOf({ w: f32([-1], [0, 4]) }, 4), /has the shape \[-1\]/],
    ["a fractional dimension", fileOf({ w: f32([0.5], [0, 2]) }, 2), /has the shape \[0.5\]/],
    ["a shape beyond counting", fileOf({ w: f32([2 ** 53], [0, 4]) }, 4), /has the shape \[9007199254740992\]/],
    ["a product beyond counting", fileOf({ w: f32([2 ** 40, 2 ** 40], [0, 4]) }, 4), /gives? it 4/],
    ["negative offsets", fileOf({ w: f32([1], [-4, 0]) }, 4), /data_offsets \[-4,0\]/],
    ["offsets that run backwards", fileOf({ w: f32([1], [4, 0]) }, 4), /data_offsets \[4,0\]/],
    ["three offsets", fileOf({ w: f32([1], [0, 4, 8]) }, 8), /data_offsets \[0,4,8\]/],
    [
      "a size that is not shape times dtype",
      fileOf({ w: f32([2], [0, 4]) }, 4),
      /needs 8 bytes, its data_offsets give it 4/,
    ],
    ["offsets beyond the file", fileOf({ w: f32([2], [0, 8]) }, 4), /ends at byte \d+, but the file has only/],
    ["an overlap", fileOf({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, 8), /"b".*overlaps/],
    ["a gap", fileOf({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12), /"b".*leaves a gap/],
    ["bytes after the last tensor", fileOf({ a: f32([1], [0, 4]) }, 9), /tensors end at byte/],
    [
      "a name that comes twice",
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]} , "\\u0061" :{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      /has the name a twice/,
    ],
    ["deep nesting", fileOf("[".repeat(1_000_000)), /nested more than 3 deep/],
    ["metadata that are no texts", fileOf({ __metadata__: { epoch: 3 } }), /metadata "epoch" is 3/],
    ["metadata that are a list", fileOf({ __metadata__: [] }), /__metadata__ is \[\]/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(SafetensorsError);
    expect(() => parse(bytes)).toThrow(message);
    expect(() => parse(bytes)).toThrow(/^x\.safetensors: .{10,400}$/);
  });

  it("survives every truncation and a thousand mutations of a sound file with nothing but its own error", () => {
    const sound = joined(
      encodeSafetensors(
        [
          [
            "weight",
            tensor(
              "float32",
              [2, 3],
              Float32Array.from({ length: 6 }, (_, i) => i),
            ),
          ],
          ["ids", tensor("int64", [2], BigInt64Array.of(1n, -1n))],
          ["half", tensor("float16", [1], Uint16Array.of(15360))],
        ],
        { format: "pt" },
      ),
    );
    for (let length = 0; length < sound.length; length++) {
      expect(() => parse(sound.subarray(0, length))).toThrow(SafetensorsError);
    }
    const rng = createRandom("safetensors");
    const headerEnd = 8 + readHeaderLength(sound, sound.length);
    let numRefused = 0;
    for (let i = 0; i < 1000; i++) {
      const bytes = sound.slice();
      for (let k = integer(rng, 3); k >= 0; k--) {
        const place = integer(rng, headerEnd);
        bytes[place] = rng.uniform() < 0.5 ? integer(rng, 256) : bytes[integer(rng, headerEnd)];
      }
      try {
        for (const { offset, length } of parse(bytes).tensors.values()) {
          expect(offset + length).toBeLessThanOrEqual(bytes.length);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SafetensorsError);
        numRefused++;
      }
    }
    expect(numRefused).toBeGreaterThan(500);
  });
});

describe("encodeSafetensors", () => {
  it("is read back, every dtype, aligned, without copying data", () => {
    const tensors: [string, Tensor][] = (
      ["bool", "uint8", "int8", "float16", "bfloat16", "int32", "float32", "int64", "float64"] as const
    ).map((dtype) => [`a ${dtype}`, zeros(dtype, [3])]);
    const chunks = encodeSafetensors(tensors, { note: "ü" });
    const bytes = joined(chunks);
    const header = parse(bytes);
    expect(header.metadata).toEqual({ note: "ü" });
    expect(header.tensors.size).toBe(9);
    for (const [name, { dtype, data }] of tensors) {
      const stored = header.tensors.get(name);
      expect(stored).toMatchObject({ dtype, shape: [3], length: data.byteLength });
      expect((stored?.offset ?? 1) % data.BYTES_PER_ELEMENT).toBe(0);
    }
    expect(chunks.some((chunk) => chunk.buffer === tensors[6][1].data.buffer)).toBe(true);
  });

  it("keeps names that are numbers in their place", () => {
    const { order } = encodeHeader([
      ["w", { dtype: "uint8", shape: [1] }],
      ["0", { dtype: "uint8", shape: [2] }],
    ]);
    const bytes = joined(
      encodeSafetensors([
        ["w", zeros("uint8", [1])],
        ["0", zeros("uint8", [2])],
      ]),
    );
    const { tensors } = parse(bytes);
    expect(order).toEqual(["w", "0"]);
    expect(tensors.get("w")?.offset).toBe(bytes.length - 3);
  });

  it("refuses a name twice, the reserved name, and data that do not fill the shape", () => {
    const one = zeros("float32", [1]);
    expect(() =>
      encodeSafetensors([
        ["a", one],
        ["a", one],
      ]),
    ).toThrow(/the name "a" is taken/);
    expect(() => encodeSafetensors([["__metadata__", one]])).toThrow(/is taken/);
    expect(() => encodeSafetensors([["a", { ...one, shape: [2] }]])).toThrow(/has 1 elements, not 2/);
  });
});
