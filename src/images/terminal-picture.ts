/**
 * Pictures for terminals, as strings: half blocks in 24-bit colour anywhere, or the protocols of kitty and iTerm2 for real pixels.
 * Writes nothing itself, and learns about the terminal only from what it is given.
 */
import { base64 } from "./data-url.js";
import type { Image } from "./image.js";
import { resizeImage } from "./resize.js";

/** How a terminal can show a picture. */
export type PictureProtocol = "kitty" | "iterm" | "blocks" | "none";

const ESC = "\x1b";

/**
 * What the environment says of the terminal.
 * @param env the environment variables, such as `process.env`
 * @param isTerminal whether the output is one at all
 */
export function detectPictureProtocol(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): PictureProtocol {
  const { TERM = "", TERM_PROGRAM = "", COLORTERM = "" } = env;
  if (!isTerminal || TERM === "dumb" || TERM === "" || env.NO_COLOR) return "none";
  // Multiplexers swallow the protocols, but pass colours on.
  const isMultiplexed = Boolean(env.TMUX || env.STY) || /^(screen|tmux)/.test(TERM);
  if (!isMultiplexed) {
    if (env.KITTY_WINDOW_ID || TERM === "xterm-kitty" || TERM === "xterm-ghostty" || TERM_PROGRAM === "ghostty")
      return "kitty";
    if (TERM_PROGRAM === "iTerm.app" || TERM_PROGRAM === "WezTerm" || env.LC_TERMINAL === "iTerm2") return "iterm";
  }
  if (/truecolor|24bit/i.test(COLORTERM)) return "blocks";
  // Apple's terminal says 256 colours and means it; the others that say so know 24 bits.
  return /256color|direct/.test(TERM) && TERM_PROGRAM !== "Apple_Terminal" ? "blocks" : "none";
}

/**
 * Two pixels a letter: the upper half block in one colour on a ground of the other. Lines end without a trailing line break.
 * @param columns letters in a line, at most; a picture is never magnified
 */
export function halfBlocks(image: Image, columns = 64): string {
  const width = Math.min(columns, image.width);
  const height = Math.max(Math.round((image.height * width) / image.width), 1);
  const { data } = resizeImage(image, width, height);
  const color = (x: number, y: number) => data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3).join(";");
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = "";
    let last = "";
    for (let x = 0; x < width; x++) {
      const ground = y + 1 < height ? `48;2;${color(x, y + 1)}` : "49";
      const style = `${ESC}[38;2;${color(x, y)};${ground}m`;
      line += style === last ? "▀" : `${style}▀`;
      last = style;
    }
    lines.push(`${line}${ESC}[0m`);
  }
  return lines.join("\n");
}

/** A PNG file in kitty's graphics protocol, scaled to `columns` letters. */
export function kittyPicture(png: Uint8Array, columns = 32): string {
  const payload = base64(png);
  const chunks: string[] = [];
  for (let start = 0; start < payload.length; start += 4096) {
    const isLast = start + 4096 >= payload.length;
    const control = start === 0 ? `a=T,f=100,c=${columns},m=${isLast ? 0 : 1}` : `m=${isLast ? 0 : 1}`;
    chunks.push(`${ESC}_G${control};${payload.slice(start, start + 4096)}${ESC}\\`);
  }
  return chunks.join("");
}

/** A PNG file in the protocol of iTerm2 (and WezTerm), scaled to `columns` letters. */
export function itermPicture(png: Uint8Array, columns = 32): string {
  return `${ESC}]1337;File=inline=1;size=${png.length};width=${columns};preserveAspectRatio=1:${base64(png)}\x07`;
}
