// Makes a fresh clone ready: installs what is missing, builds what is out of date. Run by `npm run demo` and `npm test`.
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";

const run = (command) =>
  execSync(command, { stdio: "inherit", env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" } });
if (!existsSync("node_modules/.package-lock.json")) run("npm install --no-fund --no-audit");
run("npx tsc -p tsconfig.json");
