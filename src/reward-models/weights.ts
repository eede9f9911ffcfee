/** Weights of reward models from their public files, whatever the format. */
import { joinPath, listDirectory } from "#files";
import { sizeOf, type Tensor, tensor } from "../array/tensor.js";
import type { ParameterSpec } from "../model/parameters.js";
import type { WeightMap } from "../model/weight-source.js";
import { checkParameters } from "../weights/check-parameters.js";
import { openModelWeights } from "../weights/model-weights.js";
import { openTensorFile, type TensorFile } from "../weights/tensor-file.js";
import { openTorchFile } from "../weights/torch-file.js";
import { inOpenClip, OPEN_CLIP_MARK, type StoredParameter } from "./open-clip.js";

/** What PyTorch saves ends so, whatever is before it. */
const TORCH_FILE = /\.(pt|pth|bin|ckpt)$/;

/**
 * Weights of a directory: as `openModelWeights` finds them, else the only file of PyTorch that is there.
 * @throws as `openModelWeights`
 */
export async function openDirectoryWeights(directory: string): Promise<TensorFile> {
  const names = await listDirectory(directory);
  const torch = names.filter((name) => TORCH_FILE.test(name));
  const hasOthers = names.some((name) => name.includes(".safetensors")) || names.includes("pytorch_model.bin");
  if (!hasOthers && torch.length === 1) return openTorchFile(joinPath(directory, torch[0]));
  return openModelWeights(directory);
}

/** A file of weights by its ending. @throws FileError, SafetensorsError when it cannot be read as that */
export function openWeightsFile(path: string): Promise<TensorFile> {
  return TORCH_FILE.test(path) ? openTorchFile(path) : openTensorFile(path);
}

/**
 * All parameters as float32; the file is closed. CLIP's may have open_clip's names.
 * @param ignore names that may be there though the network has no use for them
 * @throws ParameterError that lists what is missing, unexpected and of another shape
 */
export async function readWeights(
  file: TensorFile,
  specs: readonly ParameterSpec[],
  { source, ignore }: { readonly source: string; readonly ignore: readonly RegExp[] },
): Promise<WeightMap> {
  try {
    const find = file.names.includes(OPEN_CLIP_MARK) ? inOpenClip : (name: string): StoredParameter => ({ name });
    const expected = new Map(
      specs.map(({ name, shape }) => {
        const stored = find(name);
        return [stored.name, { shape: storedShape(shape, stored) }];
      }),
    );
    const found = file.names.map((name) => ({ name, ...file.info(name) }));
    checkParameters(expected, found, { ignore, source });
    const weights = new Map<string, Tensor<"float32">>();
    for (const { name, shape } of specs) {
      const stored = find(name);
      weights.set(name, partOf(await file.readAs(stored.name, "float32"), shape, stored));
    }
    return weights;
  } finally {
    await file.close();
  }
}

function storedShape(shape: readonly number[], { third, isTransposed }: StoredParameter): readonly number[] {
  if (isTransposed) return [...shape].reverse();
  return third === undefined ? shape : [3 * shape[0], ...shape.slice(1)];
}

function partOf(
  { data }: Tensor<"float32">,
  shape: readonly number[],
  { third, isTransposed }: StoredParameter,
): Tensor<"float32"> {
  if (isTransposed) return tensor("float32", shape, transposed(data, shape));
  const size = sizeOf(shape);
  return tensor("float32", shape, third === undefined ? data : data.slice(third * size, (third + 1) * size));
}

/** A matrix of this shape from its transpose. */
function transposed(data: Float32Array, [rows, columns]: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % columns) * rows + Math.floor(i / columns)]);
}
