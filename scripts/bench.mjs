// `npm run bench -- NAME [options]`: builds and runs one benchmark of bench/; with `--help` says what it measures, and its options.
import { execSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import "./prepare.mjs";

const [name, ...options] = process.argv.slice(2);
const names = readdirSync("bench").flatMap((file) => (/^(?!measure)(.*)\.ts$/.exec(file) ? [file.slice(0, -3)] : []));
if (!names.includes(name)) {
  console.error(`which benchmark? npm run bench -- ${names.join(" | ")}, with --help for what it measures`);
  process.exit(2);
}
if (options.includes("--help") || options.includes("-h")) {
  const [, head] = /^\/\*\*\n(.*?) \*\//s.exec(readFileSync(`bench/${name}.ts`, "utf8")) ?? [];
  console.log(head.replaceAll(/^ \* ?/gm, ""));
  process.exit(0);
}
execSync("npx tsc -p bench/tsconfig.json", { stdio: "inherit" });
process.exitCode = spawnSync(process.execPath, [`out/bench/${name}.js`, ...options], { stdio: "inherit" }).status ?? 1;
