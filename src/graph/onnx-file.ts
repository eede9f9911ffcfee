/**
 * The bytes of an ONNX model: the few messages of `onnx.proto` that a graph needs, written with protobuf's wire encoding.
 * Field numbers are those of the ONNX specification (IR version 10). Knows nothing of this project's operations.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { DType } from "../array/tensor.js";
import type { Dim } from "./dims.js";

/** Where the bytes of an initializer stand: inside of the model, or in a file beside it. */
export type InitializerData =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "external"; readonly location: string; readonly offset: number; readonly length: number };

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: InitializerData;
}

export type OnnxAttribute = number | string | readonly number[];

export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** `TensorProto.DataType`. */
export const DATA_TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

const IR_VERSION = 10;
/** The operator set that the models use. */
const OPSET_VERSION = 21;

/** A model as the bytes of an `.onnx` file. */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(IR_VERSION);
  text(writer, 2, "mmada");
  message(writer, 7, (w) => writeGraph(w, graph));
  message(writer, 8, (w) => {
    text(w, 1, ""); // the domain of the standard operators
    w.tag(2, WireType.Varint).int64(OPSET_VERSION);
  });
  for (const [key, value] of Object.entries(graph.metadata ?? {})) entry(writer, 14, key, value);
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, write: (writer: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function entry(writer: BinaryWriter, field: number, key: string, value: string): void {
  message(writer, field, (w) => {
    text(w, 1, key);
    text(w, 2, value);
  });
}

function writeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, (w) => writeNode(w, node));
  text(writer, 2, graph.name);
  for (const initializer of graph.initializers) message(writer, 5, (w) => writeInitializer(w, initializer));
  for (const value of graph.inputs) message(writer, 11, (w) => writeValue(w, value));
  for (const value of graph.outputs) message(writer, 12, (w) => writeValue(w, value));
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const name of node.inputs) text(writer, 1, name);
  for (const name of node.outputs) text(writer, 2, name);
  text(writer, 3, node.outputs[0]);
  text(writer, 4, node.opType);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, (w) => writeAttribute(w, name, value));
}

/** `AttributeProto`: i = 3 (type 2), s = 4 (type 3), ints = 8 (type 7). */
function writeAttribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  let type: number;
  if (typeof value === "number") {
    type = 2;
    writer.tag(3, WireType.Varint).int64(value);
  } else if (typeof value === "string") {
    type = 3;
    text(writer, 4, value);
  } else {
    type = 7;
    for (const item of value) writer.tag(8, WireType.Varint).int64(item);
  }
  writer.tag(20, WireType.Varint).int32(type);
}

function writeInitializer(writer: BinaryWriter, { name, dtype, shape, data }: OnnxInitializer): void {
  for (const dim of shape) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(DATA_TYPES[dtype]);
  text(writer, 8, name);
  if (data.kind === "inline") {
    writer.tag(9, WireType.LengthDelimited).bytes(data.bytes);
  } else {
    entry(writer, 13, "location", data.location);
    entry(writer, 13, "offset", String(data.offset));
    entry(writer, 13, "length", String(data.length));
    writer.tag(14, WireType.Varint).int32(1);
  }
}

function writeValue(writer: BinaryWriter, { name, dtype, shape }: OnnxValue): void {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensorType) => {
      tensorType.tag(1, WireType.Varint).int32(DATA_TYPES[dtype]);
      message(tensorType, 2, (shapeWriter) => {
        for (const dim of shape) {
          message(shapeWriter, 1, (w) => {
            if (typeof dim === "number") w.tag(1, WireType.Varint).int64(dim);
            else text(w, 2, dim);
          });
        }
      });
    }),
  );
}
