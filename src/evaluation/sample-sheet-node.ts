/** A contact sheet of a benchmark's first items: what was asked, what was given, and whether it is right. */
import { contactSheet } from "../images/captions-node.js";
import type { Image } from "../images/image.js";
import type { SheetCell } from "../images/sheet.js";
import { decodePicture } from "../tasks/picture.js";
import { codecOf } from "./ask.js";
import type { Benchmark, Outcome, Subject } from "./benchmark.js";
import { benchmarkRandom } from "./runner.js";

const NUM_SAMPLES = 24;
const CELL_SIZE = 192;

/**
 * The sheet: the first items as they come, neither the best nor the worst.
 * @returns undefined where there are no pictures to show
 */
export async function sampleSheet(
  subject: Subject,
  benchmark: Benchmark,
  outcomes: readonly Outcome[],
  seed: number,
): Promise<Image | undefined> {
  const rng = benchmarkRandom(seed, benchmark);
  const cells: SheetCell[] = [];
  for (const outcome of outcomes.slice(0, NUM_SAMPLES)) {
    const mark = outcome.isRight ? "✓" : "✗";
    switch (benchmark.task) {
      case "text": {
        const { image } = await benchmark.item(outcome.item, rng.fork(outcome.item));
        const wanted = outcome.isRight ? "" : ` (${outcome.wanted})`;
        if (image) cells.push({ image, caption: `${outcome.asked} ${mark} ${outcome.given}${wanted}` });
        break;
      }
      case "drawing":
        cells.push({ image: await decoded(subject, outcome), caption: `${mark} ${outcome.asked}` });
        break;
      case "reconstruction": {
        const { image } = await benchmark.item(outcome.item, rng.fork(outcome.item));
        cells.push({ image, caption: outcome.wanted });
        const psnr = outcome.numbers?.psnr;
        const wrong = outcome.reasons?.join(", ") ?? "";
        cells.push({ image: await decoded(subject, outcome), caption: `${mark} ${psnr?.toFixed(1)} dB ${wrong}` });
        break;
      }
    }
  }
  return cells.length === 0 ? undefined : contactSheet(cells, { columns: 6, cellSize: CELL_SIZE });
}

/** The picture of an outcome's codes, which are a square. */
function decoded(subject: Subject, { codes = [] }: Outcome): Promise<Image> {
  const side = Math.sqrt(codes.length);
  return decodePicture({ codec: codecOf(subject) }, codes, side, side);
}
