/** The package as npm packs it, in a project of its own: what is in it, that its API and its command run there, and that it needs no file from here. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../", import.meta.url));
const timeout = 300_000;
const execute = async (command: string, options: readonly string[], cwd: string) =>
  (await promisify(execFile)(command, options, { cwd, timeout, maxBuffer: 2 ** 26 })).stdout;

describe("the packed package", { timeout }, () => {
  let project: string;
  let files: string[];
  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), "mmada-package-")));
    const [packed] = JSON.parse(await execute("npm", ["pack", "--json", "--pack-destination", project], repository));
    files = packed.files.map(({ path }: { path: string }) => path);
    const installed = join(project, "node_modules/mmada");
    await mkdir(installed, { recursive: true });
    await execute("tar", ["-xzf", join(project, packed.filename), "--strip-components=1", "-C", installed], project);
    // Its dependencies, and no others, stand beside it: linked, so that this needs no network.
    const { dependencies } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    for (const name of Object.keys(dependencies)) {
      const link = join(project, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(repository, "node_modules", name), link);
    }
  }, timeout);
  afterAll(() => rm(project, { recursive: true, force: true }));

  test("holds the build, the bundled model and its papers, the recipes that need no more, and nothing else", () => {
    const isExpected = (path: string) =>
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path) ||
      /^dist\/.*\.(js|js\.map|d\.ts)$/.test(path) ||
      /^models\/mini\/.*\.(json|safetensors|md)$/.test(path) ||
      /^recipes\/tiny[a-z-]*\.yaml$/.test(path);
    expect(files.filter((path) => !isExpected(path) || path.includes(".test."))).toEqual([]);
    const built = files.flatMap((path) => path.match(/^dist\/(.*)\.js$/)?.[1] ?? []);
    expect(built.filter((stem) => !existsSync(join(repository, "src", `${stem}.ts`)))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["dist/index.js", "dist/cli/main.js", "models/mini/config.json"]));
  });

  test("answers in three lines", async () => {
    const program = [
      'import { MMaDA } from "mmada";',
      'import { BUNDLED_MODEL } from "mmada/node";',
      'import.meta.resolve("mmada/models/mini/config.json"); // for those who bundle it',
      "const model = await MMaDA.fromPretrained(BUNDLED_MODEL);",
      'console.log(JSON.stringify(await model.answer("What is 2 plus 2?", { steps: 2, genLength: 4 })));',
    ];
    await writeFile(join(project, "program.mjs"), program.join("\n"));
    const answer = JSON.parse(await execute(process.execPath, ["program.mjs"], project));
    expect(answer).toMatchObject({ steps: 2, nfe: 2, seed: 0, text: expect.any(String) });
  });

  test("says which version it is, and what the recipes that it brings would take", async () => {
    const mmada = (...args: string[]) =>
      execute(process.execPath, ["node_modules/mmada/dist/cli/main.js", ...args], project);
    const { version } = JSON.parse(await readFile(join(project, "node_modules/mmada/package.json"), "utf8"));
    expect(await mmada("--version")).toBe(`${version}\n`);
    const recipes = files.filter((path) => path.startsWith("recipes/"));
    expect(recipes).toHaveLength(3);
    for (const recipe of recipes)
      expect(await mmada("train", `node_modules/mmada/${recipe}`, "--dry-run")).not.toBe("");
  });

  test("brings the command", async () => {
    const { bin } = JSON.parse(await readFile(join(project, "node_modules/mmada/package.json"), "utf8"));
    const help = await execute(process.execPath, [join("node_modules/mmada", bin.mmada), "--help"], project);
    for (const command of ["chat", "describe", "imagine", "train", "eval"]) expect(help).toContain(command);
  });

  test("sends nothing from a bundle either: what is imported for its effect alone is kept", async () => {
    await writeFile(join(project, "bundled.mjs"), 'export { MMaDA } from "mmada";');
    const { output } = (await build({
      root: project,
      logLevel: "silent",
      build: { ssr: "bundled.mjs", write: false },
      ssr: { noExternal: ["mmada"] },
    })) as Rolldown.RolldownOutput;
    const code = output.map((file) => (file.type === "chunk" ? file.code : "")).join();
    expect(code).toContain("onnxruntime-node");
    expect(code).toContain("ORT_DISABLE_TELEMETRY");
  });

  test("loads what needs Node from mmada/node", async () => {
    const program = 'import * as node from "mmada/node"; console.log(Object.keys(node).join());';
    const names = await execute(process.execPath, ["--input-type=module", "--eval", program], project);
    expect(names).toContain("jsonlSource");
  });
});
