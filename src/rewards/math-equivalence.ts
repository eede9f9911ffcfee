/**
 * Whether two answers mean the same: structures part by part, units by their sizes, formulas by the compute engine (equal, or their
 * difference is simplified to 0), else by their values at a few points. May take long on hostile input: `math-node.ts` runs it in a worker.
 */
import { ComputeEngine } from "@cortex-js/compute-engine"; // 0.27 is the last release for Node 20
import { isLetters, type MathValue, parseMath } from "./math-text.js";

/** What is used of the engine's expressions; its own declarations cannot be resolved from ES modules. */
interface Expression {
  readonly isValid: boolean;
  readonly operator: string;
  readonly ops: readonly Expression[] | null;
  readonly unknowns: readonly string[];
  sub(other: Expression): Expression;
  subs(values: Readonly<Record<string, number>>): Expression;
  simplify(): Expression;
  is(value: number): boolean;
  isEqual(other: Expression): boolean | undefined;
  N(): Expression & Value;
}

interface Engine {
  parse(latex: string): Expression;
}

let engine: Engine | undefined;

/** @returns false for what cannot be read as mathematics, unless both are the same text */
export function areEquivalent(answer: string, expected: string): boolean {
  const [given, wanted] = [parseMath(answer), parseMath(expected)];
  if (given === undefined || wanted === undefined) return false;
  try {
    return areAlike(given, wanted);
  } catch {
    return false; // the engine throws at some of what is no mathematics
  }
}

type Formula = Extract<MathValue, { kind: "formula" }>;

function areAlike(a: MathValue, b: MathValue): boolean {
  if (a.name !== undefined && b.name !== undefined && a.name !== b.name) return false;
  if (a.kind === "formula" && b.kind === "formula") return areEqualFormulas(a, b);
  if (a.kind === "formula" || b.kind === "formula") return false;
  if (a.kind !== b.kind) return false;
  if (a.kind === "unordered" && b.kind === "unordered" && (a.isSet || b.isSet))
    return isWithin(a.items, b.items) && isWithin(b.items, a.items);
  if (a.items.length !== b.items.length) return false;
  if (a.kind === "ordered" && b.kind === "ordered")
    return a.brackets === b.brackets && a.items.every((item, i) => areAlike(item, b.items[i]));
  // Each is matched with one of the others that is still free. "Alike" is an equivalence, so the first that fits will do.
  const free = [...b.items];
  return a.items.every((item) => {
    const match = free.findIndex((other) => areAlike(item, other));
    if (match >= 0) free.splice(match, 1);
    return match >= 0;
  });
}

/** Whether each is one of the others. Two sets are equal where both are, however often they name one. */
function isWithin(items: readonly MathValue[], others: readonly MathValue[]): boolean {
  return items.every((item) => others.some((other) => areAlike(item, other)));
}

function areEqualFormulas(answer: Formula, expected: Formula): boolean {
  if (answer.text === expected.text && answer.unit === expected.unit) return true;
  if (isLetters(answer.text) && isLetters(expected.text)) {
    const [given, wanted] = [answer, expected].map(({ text }) => text.toLowerCase().replaceAll(" ", ""));
    // Two letters may be a word or a product, one is a variable.
    if (answer.isWords || expected.isWords || (given === wanted && given.length > 1)) return given === wanted;
  }
  const factor = conversion(answer.unit, expected.unit);
  if (factor === undefined || (isPlain(expected.text) && !isWorkedOut(answer))) return false;
  const isEquation = [answer, expected].some(({ text }) => text.includes("="));
  const [a, b] = [answer, expected].map((formula) => sidesOf(isEquation ? asEquation(formula) : formula.text));
  if (!a || !b || a.length !== b.length) return false;
  if (a.length === 2 && b.length === 2) return areEqualEquations(difference(a), difference(b));
  if (factor === 1) return areEqual(a[0], b[0]);
  const value = valueAt(a[0], {});
  const wanted = valueAt(b[0], {});
  return value !== undefined && wanted !== undefined && areClose(scaled(value, factor), wanted);
}

/** "y = 2x + 1" again, where that was read as 2x + 1; but "x = 3/2", which says more than an equation such as 2x = 3. */
function asEquation({ name, text }: Formula): string {
  const hasVariables = /[a-z]/i.test(text.replaceAll(/\\[a-z]+/gi, ""));
  return name !== undefined && hasVariables ? `${name}=${text}` : text;
}

/** One side, or the two of an equation; undefined for what is no mathematics. */
function sidesOf(text: string): Expression[] | undefined {
  const sides = text.split("=");
  if (sides.length > 2) return undefined;
  engine ??= new ComputeEngine();
  const expressions = sides.map((side) => (engine as Engine).parse(side.trim()));
  return expressions.every((expression) => expression.isValid) ? expressions : undefined;
}

function difference([left, right]: readonly Expression[]): Expression {
  return left.sub(right);
}

/** "42", "-0.5": digits alone. */
function isPlain(text: string): boolean {
  return /^[-+]?\s*(?:\d+\.?\d*|\.\d+)%?$/.test(text);
}

/**
 * What may answer a plain number: another, or a fraction in lowest terms, also after a whole number. All else is work left undone, though it is
 * equal: 17 + 25, (6)(7), 84/2, \sqrt{1764}. Radians have multiples of π.
 */
function isWorkedOut({ text, unit }: Formula): boolean {
  const isAngle = unit !== undefined && /^rad/.test(unit);
  const number = isAngle ? text.replace(/([\d}])?\s*\\pi(?![a-zA-Z])/, (_, before?: string) => before ?? "1") : text;
  const inBrackets = /^([-+]?)\s*[({](.*)[)}]$/s.exec(number);
  const inside = inBrackets ? `${inBrackets[1]}${inBrackets[2]}` : number;
  return isPlain(inside) || isReduced(inside.replace(/^[-+]?\s*(?:\d+\s*(?=\\frac))?/, ""));
}

/** "1/2", "\frac{1}{2}", "\frac12", and no "2/4" nor "2/1". */
function isReduced(fraction: string): boolean {
  const [, top, bottom] =
    /^\\frac\s*(\{\s*-?\d{1,15}\s*\}|\d)\s*(\{\s*\d{1,15}\s*\}|\d)$/.exec(fraction) ??
    /^(\d{1,15})\s*\/\s*(\d{1,15})$/.exec(fraction) ??
    [];
  if (top === undefined) return false;
  const [a, b] = [top, bottom].map((digits) => Math.abs(Number(digits.replaceAll(/[{}]/g, ""))));
  return b > 1 && commonDivisor(a, b) === 1;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function areEqual(a: Expression, b: Expression): boolean {
  // Nothing is equal to what a division by 0 gives, itself not either.
  if ([a, b].some((expression) => expression.N().im === Number.POSITIVE_INFINITY)) return false;
  const verdict = a.isEqual(b);
  if (verdict !== undefined && a.unknowns.length === 0 && b.unknowns.length === 0) return verdict;
  if (verdict === true) return true;
  if (a.sub(b).simplify().is(0)) return true;
  const pairs = sampled(a, b);
  return pairs.length > 0 && pairs.every(([x, y]) => areClose(x, y));
}

/** The same up to a factor: x = y and 2y = 2x. */
function areEqualEquations(a: Expression, b: Expression): boolean {
  const ratios = sampled(a, b).flatMap(([x, y]) => (Math.abs(y.re) > 1e-9 ? [x.re / y.re] : []));
  return (
    ratios.length >= MIN_POINTS &&
    Math.abs(ratios[0]) > 1e-9 &&
    ratios.every((ratio) => Math.abs(ratio - ratios[0]) < 1e-8 * Math.abs(ratios[0]))
  );
}

interface Value {
  readonly re: number;
  readonly im: number;
}

const NUM_POINTS = 32;
const MIN_POINTS = 5;
const MAX_UNKNOWNS = 6;

/**
 * Values of both at points where both are real all the way, as roots and logarithms are of positive numbers alone; where these are too few, as
 * with i, at all points where both have values. None where those are too few as well. What one has and the other has not counts for nothing:
 * 2 ln x answers ln x².
 */
function sampled(a: Expression, b: Expression): (readonly [Value, Value])[] {
  const unknowns = [...new Set([...a.unknowns, ...b.unknowns])];
  if (unknowns.length > MAX_UNKNOWNS) return [];
  const points = unknowns.length === 0 ? [{}] : Array.from({ length: NUM_POINTS }, (_, n) => pointOf(unknowns, n));
  const found = points.flatMap((point) => {
    const [x, y] = [valueAt(a, point), valueAt(b, point)];
    return x && y ? [{ point, pair: [x, y] as const }] : [];
  });
  const isEnough = (pairs: readonly unknown[]) => pairs.length >= Math.min(MIN_POINTS, points.length);
  const sound = found.filter(({ point }) => isSound(a, point) && isSound(b, point));
  return isEnough(sound) ? sound.map(({ pair }) => pair) : isEnough(found) ? found.map(({ pair }) => pair) : [];
}

const PRIMES = [2, 3, 5, 7, 11, 13];

/** Sizes from 0.2 to 60, in irrational steps: no point is special to a formula. Half of the points are positive, the others of all signs. */
function pointOf(unknowns: readonly string[], n: number): Record<string, number> {
  const isPositive = n < NUM_POINTS / 2;
  return Object.fromEntries(
    unknowns.map((name, i) => {
      const size = 0.2 * 300 ** (((n + 1) * Math.sqrt(PRIMES[i])) % 1);
      return [name, isPositive || (n >> i) % 2 === 1 ? size : -size];
    }),
  );
}

/** What is never 0 itself, but may become too small. */
const VANISHING = new Set(["Power", "Exp", "Divide"]);

/**
 * Whether each part of it is real there, no sum has lost the digits that are compared, as 10^20 + x - 10^20 has, and no part is so small that the
 * engine takes it for 0, as e^{-3x} may be.
 */
function isSound(expression: Expression, point: Readonly<Record<string, number>>): boolean {
  const value = valueAt(expression, point);
  if (value?.im !== 0) return false;
  if (value.re === 0 && VANISHING.has(expression.operator)) return false;
  const parts = expression.ops ?? [];
  const largest = 1e6 * Math.max(SMALL, Math.abs(value.re));
  const isLost = (part: Expression) => Math.abs(valueAt(part, point)?.re ?? 0) > largest;
  return !(expression.operator === "Add" && parts.some(isLost)) && parts.every((part) => isSound(part, point));
}

/** Undefined where there is no finite value. */
function valueAt(expression: Expression, point: Readonly<Record<string, number>>): Value | undefined {
  const { re, im } = expression.subs({ ...point }).N();
  return Number.isFinite(re) && Number.isFinite(im) ? { re, im } : undefined;
}

/** The engine takes what is below 1e-10 for 0: smaller numbers are compared by no more than that. */
const SMALL = 0.01;

function areClose(a: Value, b: Value): boolean {
  return Math.hypot(a.re - b.re, a.im - b.im) <= 1e-8 * Math.max(SMALL, Math.hypot(b.re, b.im));
}

function scaled({ re, im }: Value, factor: number): Value {
  return { re: re * factor, im: im * factor };
}

/** What it measures, and its size in that dimension's first unit. */
const UNITS: Readonly<Record<string, readonly [dimension: string, size: number]>> = {
  ...sizes("angle", { deg: 1, degree: 1, rad: 180 / Math.PI, radian: 180 / Math.PI }),
  ...sizes("share", { "%": 0.01, percent: 0.01 }),
  ...sizes("money", { dollar: 1, cent: 0.01 }),
  ...sizes("length", {
    mm: 0.001,
    millimeter: 0.001,
    cm: 0.01,
    centimeter: 0.01,
    dm: 0.1,
    m: 1,
    meter: 1,
    km: 1000,
    kilometer: 1000,
  }),
  ...sizes("length", {
    in: 0.0254,
    inch: 0.0254,
    inche: 0.0254,
    ft: 0.3048,
    foot: 0.3048,
    feet: 0.3048,
    yard: 0.9144,
    mile: 1609.344,
  }),
  ...sizes("mass", { mg: 1e-6, milligram: 1e-6, g: 0.001, gram: 0.001, kg: 1, kilogram: 1 }),
  ...sizes("time", {
    ms: 0.001,
    millisecond: 0.001,
    s: 1,
    sec: 1,
    second: 1,
    min: 60,
    minute: 60,
    h: 3600,
    hr: 3600,
    hour: 3600,
  }),
  ...sizes("time", { day: 86_400, week: 604_800 }),
  ...sizes("volume", { ml: 0.001, milliliter: 0.001, millilitre: 0.001, l: 1, liter: 1, litre: 1 }),
};

function sizes(dimension: string, units: Readonly<Record<string, number>>): Record<string, readonly [string, number]> {
  return Object.fromEntries(Object.entries(units).map(([name, size]) => [name, [dimension, size]]));
}

/** By what the answer's number is to be multiplied; undefined where units do not go together. One that is left out is the other's. */
function conversion(given: string | undefined, wanted: string | undefined): number | undefined {
  const [a, b] = [unitOf(given), unitOf(wanted)];
  // 50 % is 0.5 wherever no percentages are asked for: here alone the unit is part of the number.
  if (a?.dimension === "share" && !b) return a.size;
  if (b?.dimension === "share" && !a) return given === undefined ? 1 / b.size : undefined;
  if (!a || !b) return 1;
  return a.dimension === b.dimension ? a.size / b.size : undefined;
}

function unitOf(text: string | undefined): { dimension: string; size: number } | undefined {
  if (text === undefined || /^units?$/.test(text)) return undefined;
  const [, prefix, stem, power] = /^(square|cubic)?(.*?)(\^[23])?$/.exec(text) ?? [];
  const exponent = prefix === "square" ? 2 : prefix === "cubic" ? 3 : power ? Number(power[1]) : 1;
  const found = UNITS[stem] ?? UNITS[stem.replace(/s$/, "")];
  if (!found) return { dimension: text.replace(/s$/, ""), size: 1 };
  return { dimension: `${found[0]}${exponent === 1 ? "" : `^${exponent}`}`, size: found[1] ** exponent };
}
