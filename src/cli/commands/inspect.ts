/** `mmada inspect`: what a model is, what it takes, and what it can run on here. */
import { Command } from "commander";
import { withInterrupt } from "../exit.js";
import { formatBytes, formatCount } from "../figures.js";
import { inspectModel, type ModelReport, type NetworkReport } from "../inspection.js";
import { findModelFiles, loadOptionsOf, type ModelOptions, withJson, withModelFiles } from "../model-options.js";
import { refuseOptions } from "../stray-options.js";

export function inspectCommand(): Command {
  const command = new Command("inspect")
    .description("show a model's settings, parameters, vocabulary and memory, and which devices work here")
    .argument("[model]", "as --model")
    .addHelpText(
      "after",
      `
Examples:
  mmada inspect
  mmada inspect Gen-Verse/MMaDA-8B-Base --json
  mmada inspect models/mini/image-tokenizer`,
    );
  withJson(withModelFiles(command));
  return command.action(async (model: string | undefined, options: ModelOptions, own: Command) => {
    if (model !== undefined) refuseOptions(own, ["model"], `${model} is the model already, give one of them`);
    const report = await withInterrupt(async (signal) => {
      const files = await findModelFiles(model ?? options.model, { ...loadOptionsOf(options), signal });
      const report = await inspectModel(files, signal);
      // A terminal's Ctrl-C ends the probes of devices too, which may be heard of first.
      signal.throwIfAborted();
      return report;
    });
    console.log(options.json ? JSON.stringify(report, null, 2) : describeReport(report));
  });
}

function describeReport({ files, transformer, vocabulary, imageTokenizer, defaults, devices }: ModelReport): string {
  const sections: [title: string, lines: string[]][] = [["Model", [files.directory]]];
  if (transformer) {
    const { width, numLayers, numHeads, numKeyValueHeads, mlpWidth, maxSequenceLength, hasTiedEmbeddings } =
      transformer.config;
    sections.push([
      "Transformer",
      [
        ...networkLines(transformer),
        `${numLayers} layers of width ${width}, ${numHeads} heads (${numKeyValueHeads} for keys and values), MLP ${mlpWidth}`,
        `up to ${maxSequenceLength} places${hasTiedEmbeddings ? "; tied embeddings" : ""}`,
      ],
    ]);
  }
  if (vocabulary) {
    const { size, textSize, codebookSize, special } = vocabulary;
    const tokens = `mask ${special.mask}, end ${special.eos}, padding ${special.pad}`;
    sections.push(["Vocabulary", [`${size} ids: ${textSize} of text, ${codebookSize} image codes`, tokens]]);
  }
  if (imageTokenizer) {
    const { pictureSide, gridSide, codebookSize } = imageTokenizer;
    sections.push([
      "Image tokenizer",
      [
        files.imageTokenizer ?? files.directory,
        ...networkLines(imageTokenizer),
        `${pictureSide}×${pictureSide} pixels are ${gridSide}×${gridSide} codes out of ${codebookSize}`,
      ],
    ]);
  } else sections.push(["Image tokenizer", ["none: the model knows text alone"]]);
  if (defaults) {
    const show = (settings: object) =>
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ");
    sections.push(["Defaults", [`text: ${show(defaults.text)}`, `pictures: ${show(defaults.image)}`]]);
  }
  const memoryBytes = (transformer?.memoryBytes ?? 0) + (imageTokenizer?.memoryBytes ?? 0);
  sections.push([
    "Memory",
    [`${formatBytes(memoryBytes)} for the weights in float32; runtimes keep a copy of their own`],
  ]);
  sections.push([
    "Devices",
    devices.map(({ device, dtypes, fault }) =>
      fault === undefined
        ? `${device}: works, in ${dtypes.join(", ")}`
        : `${device}: does not work here: ${shortened(fault)}`,
    ),
  ]);
  return sections
    .flatMap(([title, lines]) => lines.map((line, i) => `${(i === 0 ? title : "").padEnd(17)}${line}`))
    .join("\n");
}

function networkLines({ numParameters, parts, dtypes, fileBytes }: NetworkReport<unknown>): string[] {
  const list = (counts: object) => Object.entries(counts).map(([name, count]) => `${name} ${formatCount(count)}`);
  const kinds = Object.keys(dtypes).length > 1 ? list(dtypes).join(", ") : Object.keys(dtypes).join();
  return [`${formatCount(numParameters)} parameters in ${kinds} (${formatBytes(fileBytes)})`, list(parts).join(", ")];
}

/** Without the place in the runtime's own source that comes ahead of it. */
function shortened(fault: string): string {
  return fault.split("\n")[0].replace(/^.* was false\. /, "");
}
