import { expect, test } from "vitest";
import { blankImage } from "./image.js";
import { detectPictureProtocol, halfBlocks, itermPicture, kittyPicture } from "./terminal-picture.js";

test("two rows of pixels make one line of half blocks", () => {
  const image = { width: 2, height: 2, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9) };
  expect(halfBlocks(image)).toBe("\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;0;255;0;48;2;9;9;9m▀\x1b[0m");
});

test("an odd last row leaves the ground alone; equal neighbours share their colour", () => {
  expect(halfBlocks(blankImage(3, 1, [1, 2, 3]))).toBe("\x1b[38;2;1;2;3;49m▀▀▀\x1b[0m");
});

test("wide pictures are shrunk to the columns, keeping proportions", () => {
  const lines = halfBlocks(blankImage(200, 100), 40).split("\n");
  expect(lines).toHaveLength(10);
  expect([...lines[0]].filter((letter) => letter === "▀")).toHaveLength(40);
});

test("the protocols carry the file whole", () => {
  const png = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256);
  const chunks = kittyPicture(png, 10).split("\x1b\\");
  expect(chunks.pop()).toBe("");
  const kitty = chunks.map((chunk) => chunk.split(";"));
  expect(kitty[0][0]).toBe("\x1b_Ga=T,f=100,c=10,m=1");
  expect(kitty.slice(1, -1).every(([control]) => control === "\x1b_Gm=1")).toBe(true);
  expect(kitty[kitty.length - 1][0]).toBe("\x1b_Gm=0");
  expect(kitty.every(([, payload]) => payload.length <= 4096)).toBe(true);
  expect(Buffer.from(kitty.map(([, payload]) => payload).join(""), "base64")).toEqual(Buffer.from(png));
  const [control, payload] = itermPicture(png).split(":");
  expect(control).toBe("\x1b]1337;File=inline=1;size=20000;width=32;preserveAspectRatio=1");
  expect(payload.endsWith("\x07")).toBe(true);
  expect(Buffer.from(payload.slice(0, -1), "base64")).toEqual(Buffer.from(png));
});

test.each([
  [{ TERM: "xterm-kitty" }, "kitty"],
  [{ TERM: "xterm-256color", KITTY_WINDOW_ID: "1" }, "kitty"],
  [{ TERM: "xterm-256color", KITTY_WINDOW_ID: "1", TMUX: "/tmp/x" }, "blocks"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, "iterm"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "WezTerm" }, "iterm"],
  [{ TERM: "xterm", COLORTERM: "truecolor" }, "blocks"],
  [{ TERM: "xterm-256color" }, "blocks"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "Apple_Terminal" }, "none"],
  [{ TERM: "xterm-256color", NO_COLOR: "1" }, "none"],
  [{ TERM: "dumb", COLORTERM: "truecolor" }, "none"],
  [{}, "none"],
] as const)("%j: %s", (env, protocol) => {
  expect(detectPictureProtocol(env, true)).toBe(protocol);
  expect(detectPictureProtocol(env, false)).toBe("none");
});
