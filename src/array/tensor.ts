/**
 * Host tensors: a dtype, a shape and a typed array, in row-major order. What flows between the parts of this project
 * outside of a graph. Knows no arithmetic.
 */

/** The element types, with the typed array that holds each. float16 and bfloat16 are kept as their raw 16 bits. */
export interface TypedArrays {
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  float64: Float64Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

/** The names of the element types. */
export type DType = keyof TypedArrays;

/** Values in row-major order. */
export interface Tensor<T extends DType = DType> {
  readonly dtype: T;
  readonly shape: readonly number[];
  readonly data: TypedArrays[T];
}

/** Bytes of one element. */
export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  int8: 1,
  uint8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
};

const CONSTRUCTORS = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * A tensor over existing data (not copied).
 * @throws RangeError when the data does not have as many elements as the shape.
 */
export function tensor<T extends DType>(dtype: T, shape: readonly number[], data: TypedArrays[T]): Tensor<T> {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`a ${dtype} tensor of shape [${shape}] needs ${sizeOf(shape)} elements, got ${data.length}`);
  }
  return { dtype, shape, data };
}

/** A tensor of one axis, of these values. */
export function vector<T extends "float32" | "int32">(dtype: T, values: ArrayLike<number>): Tensor<T> {
  const data = CONSTRUCTORS[dtype].from(values) as TypedArrays[T];
  return { dtype, shape: [data.length], data };
}

/** A tensor of zeros. */
export function zeros<T extends DType>(dtype: T, shape: readonly number[]): Tensor<T> {
  return { dtype, shape, data: new CONSTRUCTORS[dtype](sizeOf(shape)) as TypedArrays[T] };
}

/** A tensor that views `buffer` from `byteOffset` on. @throws RangeError when the buffer is too short or misaligned. */
export function tensorView<T extends DType>(
  dtype: T,
  shape: readonly number[],
  buffer: ArrayBufferLike,
  byteOffset = 0,
): Tensor<T> {
  const View = CONSTRUCTORS[dtype] as unknown as new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ) => TypedArrays[T];
  return { dtype, shape, data: new View(buffer, byteOffset, sizeOf(shape)) };
}

/** The raw bytes of a tensor's data, as a view. */
export function bytesOf(value: Tensor): Uint8Array {
  const { data } = value;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
