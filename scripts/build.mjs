// Builds `dist`, and removes from it what is of no source any more: the compiler never deletes, and the package holds all of `dist`.
import { execSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

try {
  execSync("npx tsc -p tsconfig.json", { stdio: "inherit" });
} catch {
  process.exit(1); // the compiler has said why
}
for (const path of readdirSync("dist", { recursive: true })) {
  const [, stem] = /^(.*)\.(?:js|js\.map|d\.ts)$/.exec(path) ?? [];
  if (stem !== undefined && !existsSync(join("src", `${stem}.ts`))) rmSync(join("dist", path));
}
