import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The package's own "imports" map points at dist; tests run the sources.
    alias: {
      "#backends": source("runtime/backends-node.ts"),
      "#image-codec": source("images/codec-node.ts"),
      "#files": source("weights/files-node.ts"),
      "#hub": source("weights/hub-node.ts"),
    },
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
