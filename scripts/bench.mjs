// `npm run bench -- NAME [options]`: builds and runs one benchmark of bench/.
import { execSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import "./prepare.mjs";

const [name, ...options] = process.argv.slice(2);
const names = readdirSync("bench").flatMap((file) => (/^(?!measure)(.*)\.ts$/.exec(file) ? [file.slice(0, -3)] : []));
if (!names.includes(name)) {
  console.error(`which benchmark? npm run bench -- ${names.join(" | ")}`);
  process.exit(2);
}
execSync("npx tsc -p bench/tsconfig.json", { stdio: "inherit" });
process.exitCode = spawnSync(process.execPath, [`out/bench/${name}.js`, ...options], { stdio: "inherit" }).status ?? 1;
