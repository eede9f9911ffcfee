/**
 * Matrices in few bits: neighbours of a row share a scale, the largest of them over the largest whole number, and each is rounded to a
 * multiple of it. Symmetric, without calibration. What a graph makes of it is the operation `dequantize`.
 */
import { sizeOf, type Tensor, tensor } from "../array/tensor.js";

/** Numbers of 8 bits are int8; of 4 a byte holds column i in its lower half and column i + C/2 in its upper half, each plus 8. */
export interface QuantizedTensor {
  /** [R, C] of int8, or [R, C/2] of uint8. */
  readonly values: Tensor<"int8"> | Tensor<"uint8">;
  /** [R, C / blockSize] */
  readonly scales: Tensor<"float32">;
  readonly bits: 8 | 4;
}

/** Numbers that share a scale, where rows divide into so many. */
const BLOCK_SIZE = 64;

/** The block size for rows of so many columns; undefined where they do not divide into blocks of 16 or more. */
export function blockSizeOf(numColumns: number): number | undefined {
  for (let size = BLOCK_SIZE; size >= 16; size /= 2) if (numColumns % size === 0) return size;
  return undefined;
}

/** The largest whole number of so many bits; the smallest one, which has no counterpart, is not used. */
function limitOf(bits: 8 | 4): number {
  return bits === 8 ? 127 : 7;
}

/**
 * A matrix [R, C] in few bits. No number moves by more than half of its block's scale: 1/254 of the block's largest with 8 bits, 1/14
 * with 4.
 * @throws RangeError when C is no multiple of `blockSize`
 */
export function quantize({ shape, data }: Tensor<"float32">, bits: 8 | 4, blockSize: number): QuantizedTensor {
  const [numRows, numColumns] = shape;
  if (shape.length !== 2 || numColumns % blockSize !== 0)
    throw new RangeError(`a tensor of [${shape}] does not divide into blocks of ${blockSize} columns`);
  const limit = limitOf(bits);
  const scales = new Float32Array(data.length / blockSize);
  const whole = bits === 8 ? new Int8Array(data.length) : undefined;
  const halves = bits === 4 ? new Uint8Array(data.length / 2) : undefined;
  const half = numColumns / 2;
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockSize;
    let largest = 0;
    for (let i = start; i < start + blockSize; i++) largest = Math.max(largest, Math.abs(data[i]));
    const scale = largest / limit;
    scales[block] = scale;
    const factor = scale === 0 ? 0 : 1 / scale;
    for (let i = start; i < start + blockSize; i++) {
      // Rounding of the scale itself could lead one further.
      const value = Math.max(-limit, Math.min(limit, Math.round(data[i] * factor)));
      if (whole) whole[i] = value;
      else if (halves) {
        const row = Math.floor(i / numColumns);
        const column = i % numColumns;
        const isUpper = column >= half;
        halves[row * half + (isUpper ? column - half : column)] |= (value + 8) << (isUpper ? 4 : 0);
      }
    }
  }
  const values = whole
    ? tensor("int8", shape, whole)
    : tensor("uint8", [numRows, half], halves as Uint8Array<ArrayBuffer>);
  return { values, scales: tensor("float32", [numRows, numColumns / blockSize], scales), bits };
}

/** The floats that a matrix in few bits stands for, [R, C]. */
export function dequantize({ values, scales, bits }: QuantizedTensor): Tensor<"float32"> {
  const [numRows, stored] = values.shape;
  const numColumns = bits === 8 ? stored : 2 * stored;
  const blockSize = sizeOf([numRows, numColumns]) / scales.data.length;
  const result = new Float32Array(numRows * numColumns);
  for (let row = 0; row < numRows; row++) {
    for (let column = 0; column < numColumns; column++) {
      const i = row * numColumns + column;
      const isUpper = bits === 4 && column >= stored;
      const raw = values.data[row * stored + (isUpper ? column - stored : column)];
      const value = bits === 8 ? raw : ((isUpper ? raw >> 4 : raw) & 15) - 8;
      result[i] = value * scales.data[Math.floor(i / blockSize)];
    }
  }
  return tensor("float32", [numRows, numColumns], result);
}
