import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { editCommand } from "./commands/edit.js";
import { UsageError } from "./exit.js";
import { picturePaths, prepareDirectories } from "./picture-command.js";

it("an animation and a sheet are named as the picture is, or as asked", () => {
  expect(picturePaths({}, "a.b.webp")).toEqual({ output: "a.b.webp" });
  expect(picturePaths({ stepsGif: true, grid: true }, "out/a.jpg")).toEqual({
    output: "out/a.jpg",
    stepsGif: "out/a.gif",
    grid: "out/a-steps.png",
  });
  expect(picturePaths({ stepsGif: "b.GIF", grid: "c.webp" }, "a.png")).toMatchObject({
    stepsGif: "b.GIF",
    grid: "c.webp",
  });
});

it.each([
  [{ stepsGif: "a.png" }, /a.png: give the animation a name that ends in .gif/],
  [{ grid: "./a.png" }, /--output and --grid are both a.png/],
  [{ grid: "a.gif", stepsGif: "a.gif" }, /a.gif: give the picture a name that ends in .png/],
])("%j beside a.png is refused", (options, message) => {
  expect(() => picturePaths(options, "a.png")).toThrow(message);
});

it("where no file can be is said before anything is drawn", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-outputs-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const at = (name: string) => join(directory, name);
  await writeFile(at("file"), "");
  await prepareDirectories({ output: at("new/a.png"), grid: at("other/b.png") });
  expect((await readdir(directory)).sort()).toEqual(["file", "new", "other"]);
  await expect(prepareDirectories({ output: at("a.png"), stepsGif: at("new") })).rejects.toThrow(
    `${at("new")}: is a directory`,
  );
  await expect(prepareDirectories({ output: at("file/a.png") })).rejects.toThrow("a file and a directory are mixed up");
});

it("a picture that is edited, and one that says where, are not written over", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-edit-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const [image, mask, link] = ["scene.png", "mask.png", "link.png"].map((name) => join(directory, name));
  for (const path of [image, mask]) await writeFile(path, "a picture");
  await symlink(image, link);
  const edit = (...more: string[]) =>
    editCommand().parseAsync(["--image", image, "--region", mask, ...more], { from: "user" });
  for (const output of [image, link, join(directory, ".", "scene.png")]) {
    await expect(edit("--output", output)).rejects.toThrow(UsageError);
    await expect(edit("--output", output)).rejects.toThrow(`--image and --output are both ${image}: give another`);
  }
  const aside = ["--output", join(directory, "other.png")];
  await expect(edit(...aside, "--grid", mask)).rejects.toThrow(`--region and --grid are both ${mask}`);
});
