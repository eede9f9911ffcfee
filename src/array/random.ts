/**
 * Seeded random numbers: Threefry-2x32 (Salmon et al. 2011, the generator of JAX), a counter-based generator. A stream is a
 * key and a counter, so its state is three numbers, and streams forked by label are independent of how many numbers
 * were drawn: a result depends on the seed and its own request, never on what else was computed.
 */

/** Everything that needs chance takes one of these; tests pass a mock. */
export interface Random {
  /** The next number, uniform in the open interval (0, 1), on a grid of 2^-32. */
  uniform(): number;
  /** An independent stream; the same label gives the same stream, whatever was drawn before. */
  fork(label: string | number): Random;
  /** What `createRandom` needs to go on from here. */
  state(): RandomState;
}

/** Where a generator stands; plain JSON. */
export interface RandomState {
  readonly key: readonly [number, number];
  readonly counter: number;
}

/** A stream from a seed (any number or string) or from a state saved earlier. */
export function createRandom(seed: number | string | RandomState): Random {
  const { key, counter: start } =
    typeof seed === "object" ? seed : { key: hashLabel([0x6d6d6164, 0x61], seed), counter: 0 };
  let counter = start;
  let spare: number | undefined;
  const pairAt = (index: number) => threefry(key, [index >>> 0, Math.floor(index / 2 ** 32)]);
  if (counter % 2 === 1) spare = pairAt((counter - 1) / 2)[1];
  const nextUint32 = (): number => {
    const isSecond = counter++ % 2 === 1;
    if (isSecond) return spare as number;
    const [first, second] = pairAt(Math.floor((counter - 1) / 2));
    spare = second;
    return first;
  };
  return {
    uniform: () => (nextUint32() + 0.5) / 2 ** 32,
    fork: (label) => createRandom({ key: hashLabel(key, label), counter: 0 }),
    state: () => ({ key, counter }),
  };
}

/** A whole number, uniform in [0, bound). */
export function integer(rng: Random, bound: number): number {
  return Math.floor(rng.uniform() * bound);
}

/** A whole number, uniform in [low, high], both included. */
export function integerBetween(rng: Random, low: number, high: number): number {
  return low + integer(rng, high - low + 1);
}

/** One element, each as likely as the others. @throws RangeError when there is none. */
export function choose<T>(rng: Random, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError("cannot choose from an empty list");
  return items[integer(rng, items.length)];
}

/** A normal deviate of mean 0 and deviation 1 (Box–Muller). */
export function normal(rng: Random): number {
  return Math.sqrt(-2 * Math.log(rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform());
}

/** A copy of `items` in random order (Fisher–Yates). */
export function shuffle<T>(rng: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = integer(rng, i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** `count` uniforms in (0, 1) as float32, kept off 0 and 1 so that log u and log(1 − u) are finite. */
export function uniforms(rng: Random, count: number): Float32Array {
  const result = new Float32Array(count);
  for (let i = 0; i < count; i++) result[i] = Math.min(Math.max(rng.uniform(), 2 ** -24), 1 - 2 ** -24);
  return result;
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** The block function, Threefry-2x32 with 20 rounds: two 32-bit words from a key and a counter. */
export function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  let x0 = (counter[0] + keys[0]) | 0;
  let x1 = (counter[1] + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const rotation = ROTATIONS[(group % 2) * 4 + round];
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + keys[(group + 1) % 3]) | 0;
    x1 = (x1 + keys[(group + 2) % 3] + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

function hashLabel(key: readonly [number, number], label: string | number): [number, number] {
  let state: [number, number] = [key[0], key[1]];
  const text = String(label);
  state = threefry(state, [text.length, typeof label === "number" ? 1 : 2]);
  for (let i = 0; i < text.length; i++) state = threefry(state, [text.charCodeAt(i), i]);
  return state;
}
