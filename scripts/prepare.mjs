// Makes a fresh clone ready: installs what is missing, builds what is out of date. Run by `npm run demo` and `npm test`.
import { execSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const INSTALLED = "node_modules/.package-lock.json";

/** Packages of a lock file with their versions; those for other platforms only are not installed, so they do not count. */
function versions(path) {
  const { packages } = JSON.parse(readFileSync(path, "utf8"));
  return Object.entries(packages).filter(([place, { optional }]) => place !== "" && !optional);
}

function isUpToDate() {
  const installed = Object.fromEntries(versions(INSTALLED));
  return versions("package-lock.json").every(([place, { version }]) => installed[place]?.version === version);
}

function run(command) {
  try {
    execSync(command, { stdio: "inherit" });
  } catch {
    process.exit(1); // the command has said why
  }
}

if (!existsSync(INSTALLED)) run("npm ci");
else if (!isUpToDate()) run("npm install --no-save");
run("node scripts/build.mjs");
