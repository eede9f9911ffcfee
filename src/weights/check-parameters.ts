/** Whether a file holds the parameters that a network has: all that is wrong, in one error. */
import type { DType } from "../array/tensor.js";
import { isFloat } from "./float-cast.js";

/** A parameter of the network: its shape, and its dtype where any floating-point one will not do. */
export interface ExpectedParameter {
  readonly shape: readonly number[];
  readonly dtype?: DType;
}

export interface FoundParameter {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Lines of each kind that a message shows. */
const MAX_LINES = 20;

/** Weights that are not those of the network. Each list has a line for every parameter concerned. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];
  constructor(source: string, missing: readonly string[], unexpected: readonly string[], misshapen: readonly string[]) {
    super(
      [
        `${source} does not fit the model:`,
        ...section("missing", missing),
        ...section("unexpected", unexpected),
        ...section("of another shape or dtype", misshapen),
        "Check that config.json belongs to these weights.",
      ].join("\n"),
    );
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

/**
 * Compares what a file holds with what a network needs.
 * @param options.ignore names that may be there though the network has no use for them
 * @param options.source what to call the file in the error
 * @throws ParameterError that lists what is missing, unexpected and of another shape or dtype
 */
export function checkParameters(
  expected: ReadonlyMap<string, ExpectedParameter>,
  found: Iterable<FoundParameter>,
  { ignore = [], source = "the file of weights" }: { ignore?: readonly RegExp[]; source?: string } = {},
): void {
  const missing = new Map(expected);
  const unexpected: string[] = [];
  const misshapen: string[] = [];
  for (const { name, dtype, shape } of found) {
    const wanted = expected.get(name);
    missing.delete(name);
    if (!wanted) {
      if (!ignore.some((pattern) => name.search(pattern) >= 0)) unexpected.push(`${name} ${describe(shape, dtype)}`);
    } else if (!isSameShape(shape, wanted.shape) || !(wanted.dtype ? dtype === wanted.dtype : isFloat(dtype))) {
      const wantedDType = wanted.dtype ?? (isFloat(dtype) ? dtype : "a float");
      misshapen.push(`${name}: ${describe(wanted.shape, wantedDType)} expected, ${describe(shape, dtype)} found`);
    }
  }
  if (missing.size + unexpected.length + misshapen.length === 0) return;
  const lacking = [...missing].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
  throw new ParameterError(source, lacking, unexpected, misshapen);
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const rest = lines.length - MAX_LINES;
  return [
    `  ${lines.length} ${title}:`,
    ...lines.slice(0, MAX_LINES).map((line) => `    ${line}`),
    ...(rest > 0 ? [`    … and ${rest} more`] : []),
  ];
}

function describe(shape: readonly number[], dtype: string): string {
  return `[${shape.join(", ")}] ${dtype}`;
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
