/**
 * The description of weights that PyTorch saves: Python's pickle format, of which only what describes tensors is understood. Nothing
 * that a file names is ever run: calls other than those below are refused.
 */

/** A tensor of a storage: where it begins, and its shape and strides, all in elements. */
export interface PickledTensor {
  /** The storage's type, such as `torch.FloatStorage`, and its name in the archive. */
  readonly storageType: string;
  readonly storage: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** What is wrong with a pickle. */
export class PickleError extends Error {
  override readonly name = "PickleError";
}

/** Something that the file names: a class or a function. */
class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const MARK = Symbol("mark");

/** The axes of PyTorch's tensors. */
const MAX_RANK = 64;

/** The tensors of a state dictionary by name. @throws PickleError when it holds something else, or is damaged */
export function readStateDict(bytes: Uint8Array): Map<string, PickledTensor> {
  let value: unknown;
  try {
    value = unpickle(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new PickleError("it ends too early");
    throw error;
  }
  // Trainers save more beside the weights.
  if (value instanceof Map && value.get("state_dict") instanceof Map) value = value.get("state_dict");
  if (!(value instanceof Map)) throw new PickleError("it holds no dictionary of tensors");
  const tensors = new Map<string, PickledTensor>();
  for (const [name, tensor] of value as Map<unknown, unknown>) {
    if (!isTensor(tensor)) continue;
    if (typeof name !== "string") throw new PickleError("it has a tensor whose name is no text");
    tensors.set(name, tensor);
  }
  if (tensors.size === 0) throw new PickleError("it holds no tensors");
  return tensors;
}

function unpickle(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;

  const take = (length: number) => {
    at += length;
    if (at > bytes.length) throw new RangeError();
    return at - length;
  };
  const u8 = () => view.getUint8(take(1));
  const u16 = () => view.getUint16(take(2), true);
  const u32 = () => view.getUint32(take(4), true);
  const part = (length: number) => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const text = (length: number) => new TextDecoder().decode(part(length));
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw new RangeError();
    const value = text(end - at);
    at++;
    return value;
  };
  const pop = () => {
    if (stack.length === 0) throw new PickleError("its stack is empty");
    return stack.pop();
  };
  const popToMark = () => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) throw new PickleError("a mark is missing");
    return stack.splice(mark).slice(1);
  };
  const recall = (key: number) => {
    if (!memo.has(key)) throw new PickleError(`it refers to ${key}, which it has not said`);
    stack.push(memo.get(key));
  };
  const setItems = (items: readonly unknown[]) => {
    const target = stack.at(-1);
    if (!(target instanceof Map)) throw new PickleError("it puts items into what is no dictionary");
    for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  const append = (items: readonly unknown[]) => {
    const target = stack.at(-1);
    if (!Array.isArray(target)) throw new PickleError("it appends to what is no list");
    for (const item of items) target.push(item);
  };

  for (;;) {
    const code = u8();
    switch (code) {
      case 0x80: // PROTO
        take(1);
        break;
      case 0x95: // FRAME
        take(8);
        break;
      case 0x2e: // STOP
        return pop();
      case 0x28: // MARK
        stack.push(MARK);
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(code === 0x88);
        break;
      case 0x4b: // BININT1
        stack.push(u8());
        break;
      case 0x4d: // BININT2
        stack.push(u16());
        break;
      case 0x4a: // BININT
        stack.push(view.getInt32(take(4), true));
        break;
      case 0x8a: // LONG1: little-endian, of as many bytes as it says
        stack.push(longOf(part(u8())));
        break;
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(take(8)));
        break;
      case 0x58: // BINUNICODE
        stack.push(text(u32()));
        break;
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        stack.push(text(u8()));
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        break;
      case 0x74: // TUPLE
        stack.push(popToMark());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(Array.from({ length: code - 0x84 }, pop).reverse());
        break;
      case 0x61: // APPEND
        append([pop()]);
        break;
      case 0x65: // APPENDS
        append(popToMark());
        break;
      case 0x73: // SETITEM
        setItems([pop(), pop()].reverse());
        break;
      case 0x75: // SETITEMS
        setItems(popToMark());
        break;
      case 0x71: // BINPUT
        memo.set(u8(), stack.at(-1));
        break;
      case 0x72: // LONG_BINPUT
        memo.set(u32(), stack.at(-1));
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, stack.at(-1));
        break;
      case 0x68: // BINGET
        recall(u8());
        break;
      case 0x6a: // LONG_BINGET
        recall(u32());
        break;
      case 0x63: // GLOBAL
        stack.push(new Global(`${line()}.${line()}`));
        break;
      case 0x93: {
        // STACK_GLOBAL: tuples in tuples, written out as a name, would have no end.
        const [name, module] = [pop(), pop()];
        if (typeof name !== "string" || typeof module !== "string")
          throw new PickleError("it names something by what is no text");
        stack.push(new Global(`${module}.${name}`));
        break;
      }
      case 0x52: {
        // REDUCE
        const args = pop();
        stack.push(call(pop(), args));
        break;
      }
      case 0x62: // BUILD: attributes of an object, which no tensor needs
        pop();
        break;
      case 0x51: // BINPERSID
        stack.push({ persistent: pop() });
        break;
      default:
        throw new PickleError(`it has the code 0x${code.toString(16)}, which descriptions of weights do not need`);
    }
  }
}

function longOf(bytes: Uint8Array): number {
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return Number(BigInt.asIntN(8 * bytes.length, value));
}

/** The few calls that make dictionaries and tensors. */
function call(callee: unknown, args: unknown): unknown {
  const name = callee instanceof Global ? callee.name : undefined;
  if (!Array.isArray(args)) throw new PickleError("it calls without arguments");
  switch (name) {
    case "collections.OrderedDict":
      return new Map();
    case "torch._utils._rebuild_parameter":
      return args[0];
    case "torch._utils._rebuild_tensor_v2":
      return tensorOf(args);
    default:
      throw new PickleError(`it calls ${name ?? "what is no function"}: only weights are read, nothing is run`);
  }
}

/** `(("storage", type, key, device, size), offset, shape, strides, …)` */
function tensorOf([reference, offset, shape, strides]: readonly unknown[]): PickledTensor {
  const persistent = (reference as { persistent?: unknown } | null)?.persistent;
  const [kind, type, key] = Array.isArray(persistent) ? persistent : [];
  const tensor = { storageType: type instanceof Global ? type.name : "", storage: key, offset, shape, strides };
  if (kind === "storage" && isTensor(tensor)) return tensor;
  throw new PickleError("it has a tensor that is none");
}

function isTensor(value: unknown): value is PickledTensor {
  const { storage, offset, shape, strides } = (value ?? {}) as Partial<PickledTensor>;
  const isCount = (x: unknown) => Number.isSafeInteger(x) && (x as number) >= 0;
  const areCounts = (list: unknown) => Array.isArray(list) && list.length <= MAX_RANK && list.every(isCount);
  return (
    typeof storage === "string" &&
    isCount(offset) &&
    areCounts(shape) &&
    areCounts(strides) &&
    shape?.length === strides?.length
  );
}
