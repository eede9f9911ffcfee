/**
 * Weights as PyTorch saves them (`pytorch_model.bin`), for models that were published in no other format: an archive with a
 * description of the tensors and their bytes. Read like a safetensors file; the description is data here, nothing in it is run.
 */
import { openFile } from "#files";
import { BYTES_PER_ELEMENT, type DType, sizeOf } from "../array/tensor.js";
import { FileError, type RandomAccessFile } from "./files.js";
import type { StoredTensor } from "./safetensors.js";
import { type TensorFile, tensorFile } from "./tensor-file.js";
import { type PickledTensor, PickleError, readStateDict } from "./torch-pickle.js";
import { readZipEntries, type ZipEntry } from "./zip.js";

const DTYPES: Readonly<Record<string, DType>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/** Descriptions of the largest models have a few hundred kilobytes. */
const MAX_DESCRIPTION_BYTES = 50_000_000;

const CONVERSION =
  "import sys, torch, safetensors.torch as s; d = torch.load(sys.argv[1], 'cpu'); d = d.get('state_dict', d); " +
  "s.save_file({k: v.clone().contiguous() for k, v in d.items()}, sys.argv[2])";
const WAY_OUT = `load it with PyTorch and save it as safetensors: python -c "${CONVERSION}" OLD.pt NEW.safetensors`;

/**
 * Opens weights that `torch.save` has written (PyTorch 1.6 or later).
 * @throws FileError when it cannot be read, is none, is damaged, or holds something else than tensors
 */
export async function openTorchFile(path: string): Promise<TensorFile> {
  const file = await openFile(path);
  try {
    const [first] = await file.read(0, Math.min(1, file.size));
    if (first === 0x80) throw new FileError(path, `is of PyTorch before 1.6, or no weights: ${WAY_OUT}`);
    const entries = await readZipEntries(file);
    const description = [...entries.keys()].find((name) => name.endsWith("/data.pkl"));
    if (description === undefined) throw new FileError(path, `is an archive without weights of PyTorch: ${WAY_OUT}`);
    const folder = description.slice(0, -"data.pkl".length);
    if ((await readText(file, entries.get(`${folder}byteorder`))) === "big") {
      throw new FileError(path, `was saved on a machine with another order of bytes: ${WAY_OUT}`);
    }
    const { offset, length } = entries.get(description) as ZipEntry;
    if (length > MAX_DESCRIPTION_BYTES)
      throw new FileError(path, `describes its tensors in ${length} bytes: ${WAY_OUT}`);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, pickled] of readStateDict(await file.read(offset, length))) {
      tensors.set(name, locate(path, name, pickled, entries.get(`${folder}data/${pickled.storage}`)));
    }
    return tensorFile(file, tensors, {});
  } catch (error) {
    await file.close();
    if (error instanceof PickleError)
      throw new FileError(path, `its description cannot be read: ${error.message}; ${WAY_OUT}`);
    throw error;
  }
}

async function readText(file: RandomAccessFile, entry: ZipEntry | undefined): Promise<string | undefined> {
  return entry && new TextDecoder().decode(await file.read(entry.offset, Math.min(entry.length, 16)));
}

/** Where a tensor's bytes are. @throws FileError unless they are all there, one after the other */
function locate(
  path: string,
  name: string,
  { storageType, offset, shape, strides }: PickledTensor,
  entry: ZipEntry | undefined,
): StoredTensor {
  const dtype = DTYPES[storageType];
  if (dtype === undefined) throw new FileError(path, `tensor ${name} is of ${storageType}: ${WAY_OUT}`);
  // Where there are no elements, strides say nothing.
  const isRowByRow =
    sizeOf(shape) === 0 || shape.every((size, axis) => size === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));
  if (!isRowByRow)
    throw new FileError(path, `tensor ${name} has its elements in another order (strides ${strides}): ${WAY_OUT}`);
  const [start, length] = [offset, sizeOf(shape)].map((count) => count * BYTES_PER_ELEMENT[dtype]);
  if (entry === undefined || start + length > entry.length) {
    throw new FileError(path, `the bytes of tensor ${name} are not all there. Download or copy it again`);
  }
  return { dtype, shape, offset: entry.offset + start, length };
}
