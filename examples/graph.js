// Build a graph, differentiate it, run both, and write them as an ONNX file. Run it: node examples/graph.js
import { mkdir, writeFile } from "node:fs/promises";
import { compileGraph, gradient, graph, openBackend, tensor, toOnnx } from "mmada";

// y = mean(silu(x·w)); the number of rows of x is open until the graph runs.
const x = graph.input("x", "float32", ["B", 2]);
const w = graph.parameter("w", [2, 3]);
const y = graph.meanAll(graph.silu(graph.matmul(x, w)));
const [dw] = gradient(y, [w]);

const compiled = await compileGraph(await openBackend("cpu"), { y, dw });
const values = Float32Array.of(1, -2, 0.5, 0.25, 1, -1);
const inputs = { x: tensor("float32", [2, 2], Float32Array.of(1, 2, -1, 0.5)), w: tensor("float32", [2, 3], values) };
const results = await compiled.run(inputs);
console.log(`y = ${results.y.data[0]}`);
console.log(`dy/dw = ${results.dw.data}`);

// The derivative, checked the slow way.
const step = 1e-2;
const moved = async (change) => {
  const w = tensor("float32", [2, 3], values.with(0, values[0] + change));
  return Number((await compiled.run({ ...inputs, w })).y.data[0]);
};
console.log(`dy/dw[0] by differences = ${((await moved(step)) - (await moved(-step))) / (2 * step)}`);

await mkdir("out", { recursive: true });
await writeFile("out/graph.onnx", toOnnx({ y, dw }));
console.log("out/graph.onnx runs in any ONNX runtime; look at it with netron.app");

await compiled.dispose();
