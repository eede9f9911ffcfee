/** The ONNX form of every operation, in terms of the standard operator set alone. */
import type { Tensor } from "../array/tensor.js";
import type { Dim, Shape } from "./dims.js";
import { DATA_TYPES, type OnnxAttribute } from "./onnx-file.js";
import type { Attributes, OperationName, Padding, Symbolic } from "./symbolic.js";

/** What a form may ask of the file that is being written. Values are known by their names in it. */
export interface Emitter {
  /** Adds a node and returns the name of its (first) output. */
  emit(opType: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string;
  /** A vector of int64, one for all of the same values. */
  int64s(values: readonly number[]): string;
  constant(value: Tensor): string;
  /** A shape as a vector of int64, computed from the graph's inputs where dimensions are named. */
  shapeVector(shape: Shape): string;
}

type OnnxForms = {
  readonly [Name in OperationName]: (
    emitter: Emitter,
    inputs: readonly string[],
    attributes: Attributes[Name],
    node: Symbolic<Name>,
  ) => string;
};

const plain =
  (opType: string) =>
  ({ emit }: Emitter, inputs: readonly string[]): string =>
    emit(opType, inputs);

const reduction =
  (opType: string) =>
  ({ emit, int64s }: Emitter, [x]: readonly string[], { axes }: { axes: readonly number[] }): string =>
    emit(opType, [x, int64s(axes)], { keepdims: 1, noop_with_empty_axes: 1 });

const overLastAxis =
  (opType: string) =>
  ({ emit }: Emitter, inputs: readonly string[]): string =>
    emit(opType, inputs, { axis: -1 });

const source = (): string => {
  throw new Error("sources are declared, not emitted");
};

export const onnxForms: OnnxForms = {
  input: source,
  parameter: source,
  constant: ({ constant }, _, { value }) => constant(value),
  neg: plain("Neg"),
  exp: plain("Exp"),
  log: plain("Log"),
  sqrt: plain("Sqrt"),
  sin: plain("Sin"),
  cos: plain("Cos"),
  tanh: plain("Tanh"),
  sigmoid: plain("Sigmoid"),
  erf: plain("Erf"),
  abs: plain("Abs"),
  sign: plain("Sign"),
  floor: plain("Floor"),
  not: plain("Not"),
  stopGradient: plain("Identity"),
  checkpoint: (_, [x]) => x,
  cast: ({ emit }, inputs, { to }) => emit("Cast", inputs, { to: DATA_TYPES[to] }),
  add: plain("Add"),
  sub: plain("Sub"),
  mul: plain("Mul"),
  div: plain("Div"),
  maximum: plain("Max"),
  minimum: plain("Min"),
  equal: plain("Equal"),
  less: plain("Less"),
  lessOrEqual: plain("LessOrEqual"),
  and: plain("And"),
  or: plain("Or"),
  where: plain("Where"),
  sum: reduction("ReduceSum"),
  mean: reduction("ReduceMean"),
  max: reduction("ReduceMax"),
  argMax: ({ emit }, inputs, { axis }) =>
    emit("Cast", [emit("ArgMax", inputs, { axis, keepdims: 1 })], { to: DATA_TYPES.int32 }),
  cumSum: ({ emit, int64s }, [x], { axis }) => emit("CumSum", [x, int64s([axis])]),
  softmax: overLastAxis("Softmax"),
  logSoftmax: overLastAxis("LogSoftmax"),
  dequantize: (emitter, [values, plainScales, ...others], { bits, blockSize }, { shape }) => {
    const { emit, int64s, constant, shapeVector } = emitter;
    const whenAllAre = (value: string) => others.reduce((made, other) => madeAfter(emitter, made, other), value);
    // A row for each block: a scale for each row is three times as fast in ONNX Runtime as a scale for each block of an axis.
    const inBlocks = (name: string) => emit("Reshape", [name, int64s([-1, blockSize])]);
    const scales = emit("Reshape", [whenAllAre(plainScales), int64s([-1])]);
    const sizes = targetSizes(shape);
    const restored = (name: string) => emit("Reshape", [name, sizes ? int64s(sizes) : shapeVector(shape)]);
    if (bits === 8) return restored(emit("DequantizeLinear", [inBlocks(values), scales], { axis: 0 }));
    // Runtimes take ONNX's own type of 4 bits as an initializer at most, so two numbers of a byte are parted here; each has 8 added. What
    // they are parted with depends on `others` too, or the bytes would be kept.
    const uint8 = (value: number) => {
      const float = constant({ dtype: "float32", shape: [], data: Float32Array.of(value) });
      return emit("Cast", [whenAllAre(float)], { to: DATA_TYPES.uint8 });
    };
    const low = emit("BitwiseAnd", [values, uint8(15)]);
    const high = emit("BitShift", [values, uint8(4)], { direction: "RIGHT" });
    const all = inBlocks(emit("Concat", [low, high], { axis: -1 }));
    const zeroPoints = emit("Expand", [uint8(8), emit("Shape", [scales])]);
    return restored(emit("DequantizeLinear", [all, scales, zeroPoints], { axis: 0 }));
  },
  matmul: ({ emit }, [a, b], { transposeA, transposeB }, { inputs, shape }) => {
    // Gemm transposes for free, but takes matrices only; runtimes fuse the transpositions into the product otherwise.
    if (shape.length === 2 && (transposeA || transposeB)) {
      return emit("Gemm", [a, b], { transA: Number(transposeA), transB: Number(transposeB) });
    }
    const turned = (name: string, rank: number) =>
      emit("Transpose", [name], { perm: [...Array(rank - 2).keys(), rank - 1, rank - 2] });
    return emit("MatMul", [
      transposeA ? turned(a, inputs[0].shape.length) : a,
      transposeB ? turned(b, inputs[1].shape.length) : b,
    ]);
  },
  conv2d: ({ emit }, inputs, { stride, padding }, node) =>
    emit("Conv", inputs, { kernel_shape: kernelOf(node.inputs[1]), pads: [...padding], strides: [stride, stride] }),
  convTranspose2d: ({ emit }, inputs, { stride, padding, outputSize }, node) => {
    // The output's size says how many rows and columns the forward convolution left out at the end.
    const kernel = kernelOf(node.inputs[1]);
    const [, , height, width] = node.inputs[0].shape.map(Number);
    const missing = (size: Dim, input: number, kernelSize: number, before: number, after: number) =>
      Number(size) - ((input - 1) * stride + kernelSize - before - after);
    const [top, left, bottom, right] = padding satisfies Padding;
    return emit("ConvTranspose", inputs, {
      kernel_shape: kernel,
      pads: [...padding],
      strides: [stride, stride],
      output_padding: [
        missing(outputSize[0], height, kernel[0], top, bottom),
        missing(outputSize[1], width, kernel[1], left, right),
      ],
    });
  },
  reshape: ({ emit, int64s, shapeVector }, [x], { shape }, { inputs }) => {
    // An axis of no elements, which would be taken for the shorthand.
    if (shape.includes(0)) return emit("Reshape", [x, shapeVector(shape)], { allowzero: 1 });
    const target = targetShape(inputs[0].shape, shape);
    return emit("Reshape", [x, target ? int64s(target) : shapeVector(shape)]);
  },
  broadcastTo: ({ emit, shapeVector }, [x], { shape }) => emit("Expand", [x, shapeVector(shape)]),
  transpose: ({ emit }, inputs, { permutation }) => emit("Transpose", inputs, { perm: [...permutation] }),
  concat: ({ emit }, inputs, { axis }) => emit("Concat", inputs, { axis }),
  slice: ({ emit, int64s }, [x], { axis, start, end, step }) =>
    emit("Slice", [x, int64s([start]), int64s([end]), int64s([axis]), int64s([step])]),
  pad: ({ emit, int64s }, [x], { axis, before, after }) =>
    emit("Pad", [x, int64s([before, after]), "", int64s([axis])]),
  upsample: ({ emit, constant }, [x], { factor }, { shape }) => {
    const scales = Float32Array.from(shape, (_, i) => (i >= shape.length - 2 ? factor : 1));
    return emit("Resize", [x, "", constant({ dtype: "float32", shape: [scales.length], data: scales })], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    });
  },
  flip: ({ emit, int64s }, [x], { axes }) => {
    const each = (value: number) => int64s(axes.map(() => value));
    return emit("Slice", [x, each(-1), each(Number.MIN_SAFE_INTEGER), int64s(axes), each(-1)]);
  },
  gather: ({ emit }, inputs) => emit("Gather", inputs, { axis: 0 }),
  // Not `ScatterND`, which on several threads of a CPU loses additions to rows that come more than once (onnxruntime#18048).
  scatterAdd: (emitter, [updates, indices], _, node) => {
    const { emit, int64s, shapeVector } = emitter;
    const rest = node.inputs[0].shape.slice(node.inputs[1].shape.length);
    const shape = rest.length > 0 ? emit("Concat", [int64s([-1]), shapeVector(rest)], { axis: 0 }) : int64s([-1]);
    const flat = emit("Reshape", [updates, shape]);
    const rows = emit("Reshape", [indices, int64s([-1, ...rest.map(() => 1)])]);
    const places = emit("Expand", [rows, emit("Shape", [flat])]);
    return emit("ScatterElements", [zeros(emitter, node), places, flat], { axis: 0, reduction: "add" });
  },
  takeAlong: ({ emit }, inputs) => emit("GatherElements", inputs, { axis: -1 }),
  putAlong: (emitter, [updates, indices], _, node) =>
    emitter.emit("ScatterElements", [zeros(emitter, node), indices, updates], { axis: -1, reduction: "add" }),
};

/** The same float32 values, but not before another tensor of them is there: 0 times its first element is added. */
function madeAfter({ emit, int64s, constant }: Emitter, value: string, other: string): string {
  const float = (number: number) => constant({ dtype: "float32", shape: [], data: Float32Array.of(number) });
  const first = emit("Slice", [emit("Reshape", [other, int64s([-1])]), int64s([0]), int64s([1])]);
  return emit("Add", [value, emit("Mul", [first, float(0)])]);
}

/** Zeros of a node's dtype and shape. */
function zeros({ emit, shapeVector }: Emitter, { dtype, shape }: Symbolic): string {
  const floats = emit("ConstantOfShape", [shapeVector(shape)]);
  return dtype === "float32" ? floats : emit("Cast", [floats], { to: DATA_TYPES[dtype] });
}

function kernelOf(weight: Symbolic): number[] {
  return weight.shape.slice(2).map(Number);
}

/**
 * A reshape's target without computing on shapes, where ONNX's two shorthands reach: 0 keeps the dimension at the same
 * place, one −1 is what remains.
 */
function targetShape(from: Shape, to: Shape): number[] | undefined {
  const target = to.map((dim, i) => (typeof dim === "number" ? dim : dim === from[i] ? 0 : -1));
  return target.filter((dim) => dim === -1).length <= 1 ? target : undefined;
}

/** A reshape's target where at most one dimension has a name, which is then what remains. */
function targetSizes(shape: Shape): number[] | undefined {
  const sizes = shape.map((dim) => (typeof dim === "number" ? dim : -1));
  return sizes.filter((size) => size === -1).length <= 1 ? sizes : undefined;
}
