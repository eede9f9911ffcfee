import { mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { float16ToFloat32, float32ToFloat16 } from "../array/float16.js";
import { type Tensor, tensor } from "../array/tensor.js";
import { castFloats, type FloatDType, PIECE } from "./float-cast.js";
import { encodeHeader, SafetensorsError } from "./safetensors.js";
import { openTensorFile, saveTensorFile } from "./tensor-file.js";

const parity = (path: string) => fileURLToPath(new URL(`../../test/parity/${path}`, import.meta.url));

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-tensors-"));
  path = join(directory, "x.safetensors");
});
afterEach(() => rm(directory, { recursive: true }));

it("reads what PyTorch wrote, and writes the same bytes of tensors", async () => {
  const file = await openTensorFile(parity("mha/model.safetensors"));
  expect(file.metadata).toEqual({ format: "pt" });
  expect(file.names).toContain("model.transformer.wte.weight");
  expect(file.info("model.transformer.wte.weight")).toEqual({ dtype: "float32", shape: [96, 64] });
  const tensors = new Map<string, Tensor>();
  for (const name of file.names) tensors.set(name, await file.read(name));
  await file.close();
  const norm = tensors.get("model.transformer.ln_f.weight") as Tensor<"float32">;
  expect(norm.data).toHaveLength(64);
  expect([...norm.data].every((value) => Math.abs(value) > 0 && Math.abs(value) < 10)).toBe(true);
  await saveTensorFile(path, tensors, { format: "pt" });
  const [ours, theirs] = await Promise.all([readFile(path), readFile(parity("mha/model.safetensors"))]);
  expect(ours.subarray(8 + Number(ours.readBigUInt64LE()))).toEqual(
    theirs.subarray(8 + Number(theirs.readBigUInt64LE())),
  );
});

it("reads bfloat16 as float32: the upper halves", async () => {
  const file = await openTensorFile(parity("tied-bf16/model.safetensors"));
  const name = "model.transformer.wte.weight";
  const raw = await file.read(name);
  const floats = await file.readAs(name, "float32");
  expect([raw.dtype, floats.dtype, floats.shape]).toEqual(["bfloat16", "float32", [96, 48]]);
  expect(new Uint32Array(floats.data.buffer)).toEqual(
    Uint32Array.from(raw.data as Uint16Array, (bits) => bits * 65536),
  );
  expect((await file.readAs(name, "bfloat16")).data).toEqual(raw.data);
  await file.close();
});

it("converts by pieces, whatever the dtypes", async () => {
  const count = PIECE + 3;
  const halves = float32ToFloat16(Float32Array.from({ length: count }, (_, i) => ((i % 4096) - 2048) / 32));
  const values = float16ToFloat32(halves);
  await saveTensorFile(path, [["w", tensor("float16", [count], halves)]]);
  const file = await openTensorFile(path);
  expect(Buffer.compare(Buffer.from((await file.readAs("w", "float32")).data.buffer), Buffer.from(values.buffer))).toBe(
    0,
  );
  const doubles = await file.readAs("w", "float64");
  expect(doubles.data.every((value, i) => value === values[i])).toBe(true);
  const brains = await file.readAs("w", "bfloat16");
  const again = castFloats(castFloats(tensor("float32", [count], values), "bfloat16"), "float32");
  expect(castFloats(brains, "float32").data.every((value, i) => value === again.data[i])).toBe(true);
  await file.close();
  const dtypes: FloatDType[] = ["float64", "float32", "float16", "bfloat16"];
  const source = tensor("float64", [3], Float64Array.of(1, -0.5, 96));
  for (const from of dtypes) {
    for (const to of dtypes)
      expect([...castFloats(castFloats(castFloats(source, from), to), "float64").data]).toEqual([1, -0.5, 96]);
  }
});

it("keeps whole numbers, truths, scalars and empty tensors", async () => {
  const tensors: [string, Tensor][] = [
    ["ids", tensor("int64", [2], BigInt64Array.of(-1n, 2n ** 60n))],
    ["isMasked", tensor("bool", [1, 3], Uint8Array.of(0, 1, 1))],
    ["step", tensor("float64", [], Float64Array.of(0.1))],
    ["none", tensor("float32", [0, 4], new Float32Array(0))],
  ];
  await saveTensorFile(path, tensors, { note: "x" });
  const file = await openTensorFile(path);
  for (const [name, value] of tensors) expect(await file.read(name)).toEqual(value);
  expect(file.metadata).toEqual({ note: "x" });
  await expect(file.readAs("ids", "float32")).rejects.toThrow(/tensor ids is int64/);
  expect(() => file.info("nothing")).toThrow(/x.safetensors: has no tensor nothing. It holds 4: /);
  await expect(file.read("nothing")).rejects.toThrow(SafetensorsError);
  await file.close();
});

it("reads tensors on the far side of 4 GB", async () => {
  const farBytes = 2 ** 32 + 8;
  const { header, order } = encodeHeader([
    ["far", { dtype: "float32", shape: [2] }],
    ["filler", { dtype: "float32", shape: [farBytes / 4] }],
  ]);
  expect(order).toEqual(["far", "filler"]);
  // The same header with the two in the other order, so that the small one lies behind.
  const text = new TextDecoder()
    .decode(header.subarray(8))
    .replace("[0,8]", `[${farBytes},${farBytes + 8}]`)
    .replace(`[8,${farBytes + 8}]`, `[0,${farBytes}]`);
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
  const handle = await open(path, "w");
  await handle.write(Buffer.concat([length, bytes]), 0);
  await handle.write(new Uint8Array(Float32Array.of(1.5, -2).buffer), 0, 8, 8 + bytes.length + farBytes);
  await handle.close();
  const file = await openTensorFile(path);
  expect(await file.read("far")).toEqual(tensor("float32", [2], Float32Array.of(1.5, -2)));
  await file.close();
});

it("refuses a file cut short, and one that is something else", async () => {
  await saveTensorFile(path, [["w", tensor("float32", [4], new Float32Array(4))]]);
  await truncate(path, (await readFile(path)).length - 1);
  await expect(openTensorFile(path)).rejects.toThrow(/ends at byte \d+, but the file has only \d+. It is damaged/);
  await writeFile(path, "<!DOCTYPE html><title>Log in</title>");
  await expect(openTensorFile(path)).rejects.toThrow(/is a page of HTML/);
  await writeFile(path, "");
  await expect(openTensorFile(path)).rejects.toThrow(/has 0 bytes/);
});
