/** Conversions between float32 and the two 16-bit floats, whole arrays at a time, rounding to nearest even. */

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** bfloat16 bits → float32: exact, the upper half of a float32. */
export function bfloat16ToFloat32(
  source: Uint16Array,
  target: Float32Array = new Float32Array(source.length),
): Float32Array {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i] << 16;
  return target;
}

/** float32 → bfloat16 bits, to nearest even; NaN stays NaN. */
export function float32ToBfloat16(
  source: Float32Array,
  target: Uint16Array = new Uint16Array(source.length),
): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < source.length; i++) {
    const value = bits[i];
    target[i] =
      (value & 0x7fffffff) > 0x7f800000 ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return target;
}

/** float16 bits → float32: exact. */
export function float16ToFloat32(
  source: Uint16Array,
  target: Float32Array = new Float32Array(source.length),
): Float32Array {
  const table = float16Table();
  for (let i = 0; i < source.length; i++) target[i] = table[source[i]];
  return target;
}

/** float32 → float16 bits, to nearest even; overflow becomes infinity. */
export function float32ToFloat16(
  source: Float32Array,
  target: Uint16Array = new Uint16Array(source.length),
): Uint16Array {
  for (let i = 0; i < source.length; i++) target[i] = float16Bits(source[i]);
  return target;
}

function float16Bits(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65520 or more: infinity
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 puts the rounded 10 bits at the low end of the mantissa.
    scratchBits[0] = magnitude;
    scratchFloat[0] = scratchFloat[0] + 0.5;
    return sign | (scratchBits[0] - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

let float16Values: Float32Array | undefined;

function float16Table(): Float32Array {
  if (float16Values) return float16Values;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const mantissa = bits & 1023;
    if (exponent === 31) table[bits] = mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else
      table[bits] = exponent
        ? sign * 2 ** (exponent - 15) * (1 + mantissa / 1024)
        : sign * 2 ** -14 * (mantissa / 1024);
  }
  float16Values = table;
  return table;
}
