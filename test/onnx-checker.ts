/** ONNX's own checker, which is Python's package `onnx`: the system's, or the one that `.ci/run` put beside. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PACKAGES = fileURLToPath(new URL("../.ci-cache/python", import.meta.url));

async function python(script: string, ...args: string[]): Promise<string> {
  const path = [PACKAGES, process.env.PYTHONPATH].filter(Boolean).join(process.platform === "win32" ? ";" : ":");
  // Not where the user is: the README's export writes a folder `onnx` there, which Python would take for the package.
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const options = { cwd, env: { ...process.env, PYTHONPATH: path } };
  return (await promisify(execFile)("python3", ["-c", script, ...args], options)).stdout.trim();
}

/** Why there is no checker here, or undefined when there is one. */
export async function missingChecker(): Promise<string | undefined> {
  return python("import onnx.checker").then(
    () => undefined,
    () => "no python3 with the package onnx: python3 -m pip install --target .ci-cache/python onnx",
  );
}

/** Checks a file with its external data, shapes inferred. @throws Error with what is wrong with it */
export async function checkOnnx(path: string): Promise<void> {
  await python("import onnx.checker, sys; onnx.checker.check_model(sys.argv[1], full_check=True)", path);
}
