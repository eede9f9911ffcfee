/** Floating-point tensors from one dtype to another, by pieces, so that a large one is never held in a third copy. */
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "../array/float16.js";
import type { DType, Tensor, TypedArrays } from "../array/tensor.js";
import { zeros } from "../array/tensor.js";

export type FloatDType = "float64" | "float32" | "float16" | "bfloat16";

/** Elements converted at a time. */
export const PIECE = 2 ** 20;

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float64" || dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
}

/**
 * The tensor in another dtype, rounded to nearest even; itself when it has that dtype already. From float64 to 16 bits it is rounded twice, by
 * way of float32.
 */
export function castFloats<T extends FloatDType>(source: Tensor<FloatDType>, dtype: T): Tensor<T> {
  if (source.dtype === dtype) return source as Tensor as Tensor<T>;
  const target = zeros(dtype, source.shape);
  for (let start = 0; start < source.data.length; start += PIECE) {
    const piece = source.data.subarray(start, start + PIECE);
    castPiece(source.dtype, piece, dtype, target.data.subarray(start, start + PIECE) as TypedArrays[T]);
  }
  return target;
}

/** Converts the elements of `source` into `target`, which has as many. */
export function castPiece(
  from: FloatDType,
  source: TypedArrays[FloatDType],
  to: FloatDType,
  target: TypedArrays[FloatDType],
) {
  if (from === to || (isWide(from) && isWide(to))) target.set(source);
  else if (to === "float32") widen(from, source, target as Float32Array);
  else if (to === "float64") target.set(widen(from, source));
  else {
    const floats = isWide(from) ? Float32Array.from(source) : widen(from, source);
    if (to === "float16") float32ToFloat16(floats, target as Uint16Array);
    else float32ToBfloat16(floats, target as Uint16Array);
  }
}

function isWide(dtype: FloatDType): boolean {
  return dtype === "float32" || dtype === "float64";
}

function widen(
  from: FloatDType,
  source: TypedArrays[FloatDType],
  target: Float32Array = new Float32Array(source.length),
) {
  const bits = source as Uint16Array;
  return from === "float16" ? float16ToFloat32(bits, target) : bfloat16ToFloat32(bits, target);
}
