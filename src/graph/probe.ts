/** Whether a backend computes here, found out by letting it. */
import { tensor } from "../array/tensor.js";
import type { Backend } from "../runtime/backend.js";
import { compileGraph } from "./compile.js";
import { input, mul } from "./ops.js";

/** Compiles and runs a graph of one product. @returns why it does not work, or undefined when it does */
export async function findFault(backend: Backend): Promise<string | undefined> {
  try {
    const x = input("x", "float32", ["N"]);
    const executable = await compileGraph(backend, { y: mul(x, 2) });
    try {
      const values = Float32Array.from({ length: 64 }, (_, i) => i - 31.5);
      const { y } = await executable.run({ x: tensor("float32", [64], values) });
      return values.every((value, i) => y.data[i] === 2 * value) ? undefined : "it computes wrong numbers";
    } finally {
      await executable.dispose();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
