/** From a graph to a function: the graph's ONNX form, compiled by a backend. */
import type { Backend, CompileOptions, Executable } from "../runtime/backend.js";
import { toOnnx } from "./onnx.js";
import type { Symbolic } from "./symbolic.js";

/** Compiles a graph whose inputs and parameters are all given at every run. */
export function compileGraph(
  backend: Backend,
  outputs: Readonly<Record<string, Symbolic>>,
  options?: CompileOptions,
): Promise<Executable> {
  return backend.compile({ bytes: toOnnx(outputs) }, options);
}
