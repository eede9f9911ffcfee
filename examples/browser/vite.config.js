import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// Cross-origin isolation gives WebAssembly threads; without it the page works, on one core.
const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export default defineConfig({
  root: path("."),
  base: "./",
  // The page finds models/mini at mini/; when it is built, that model alone goes along.
  publicDir: path("../../models"),
  plugins: [
    {
      name: "bundled-model",
      apply: "build",
      writeBundle: ({ dir }) => cp(path("../../models/mini"), `${dir}/mini`, { recursive: true }),
    },
  ],
  // This repository's own build stands in for the installed package: leave it out in a project of yours.
  resolve: { alias: { mmada: path("../../dist/index.js") } },
  // ONNX Runtime finds its .wasm beside itself, so it must stay where it is.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  build: { outDir: path("../../out/browser"), emptyOutDir: true, copyPublicDir: false, target: "esnext" },
  server: { headers },
  preview: { headers },
});
