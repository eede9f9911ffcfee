/** `mmada chat`: a question, a conversation, or a file of questions. */
import { createInterface } from "node:readline";
import { Command } from "commander";
import type { AnswerRequest } from "../../tasks/answer.js";
import type { LoadedModel } from "../../tasks/model.js";
import { OptionError } from "../../tasks/options.js";
import type { Prompt } from "../../tasks/text.js";
import { THINKING_OPTIONS } from "../../tasks/thinking.js";
import type { Message } from "../../tokens/chat-template.js";
import { checkNoBatchOptions, runBatchCommand } from "../batch.js";
import { promptOf } from "../batch-requests.js";
import { messageOf, UsageError } from "../exit.js";
import { samplingOf, withModel } from "../model-options.js";
import { answersOfBatch, printAnswer, type TextCommandOptions, withTextOptions } from "../text-command.js";

interface ChatOptions extends TextCommandOptions {
  readonly system?: string;
}

export function chatCommand(): Command {
  const command = new Command("chat")
    .description("answer a question; without one, hold a conversation (a line of input is a turn)")
    .argument("[question]", "what is asked")
    .option("--system <text>", "what the model is told ahead of the conversation")
    .addHelpText(
      "after",
      `
Examples:
  mmada chat "What is 17 plus 25?"
  mmada chat "Tell a story." --gen-length 64 --block-length 16 --temperature 0.7 --seed 3
  mmada chat                                   a conversation; /new forgets it, Ctrl-D ends it
  mmada chat --batch questions.jsonl --output answers.jsonl

Lines of a batch: {"id": "a", "prompt": "What is 2 plus 2?", "genLength": 16}`,
    );
  return withTextOptions(command).action(async (question: string | undefined, options: ChatOptions, own: Command) => {
    const first: Message[] = options.system === undefined ? [] : [{ role: "system", content: options.system }];
    const asked = (prompt: Prompt): Prompt => {
      if (first.length === 0) return prompt;
      if (typeof prompt === "string") return [...first, { role: "user", content: prompt }];
      // What is neither a text nor a list is said where messages are checked.
      const isTold = !Array.isArray(prompt) || prompt.some((message) => message?.role === "system");
      return isTold ? prompt : [...first, ...prompt];
    };
    if (options.batch !== undefined) {
      if (question !== undefined) throw new UsageError("give a question or --batch, not both");
      return runBatchCommand(options, {
        ...answersOfBatch,
        inputs: ["prompt", "question", ...THINKING_OPTIONS],
        requestOf(fields): AnswerRequest {
          const { prompt, rest } = promptOf(fields);
          return { messages: asked(prompt as Prompt), ...rest };
        },
        runAll: (model, requests, signal) => model.answerAll(requests, { signal }),
      });
    }
    checkNoBatchOptions(own);
    if (options.output !== undefined) throw new UsageError("--output goes with --batch; redirect stdout otherwise");
    await withModel(options, async (model, signal) => {
      if (question === undefined) await converse(model, first, options, signal);
      else await printAnswer(model.answer(asked(question), { ...samplingOf(options, "text"), signal }), options.json);
    });
  });
}

/** Turns until the input ends. What the model cannot take is said, and the conversation goes on. */
async function converse(
  model: LoadedModel,
  first: readonly Message[],
  options: ChatOptions,
  signal: AbortSignal,
): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stderr, prompt: "> " } : {}),
    signal,
  });
  // While it reads from a terminal, readline keeps Ctrl-C to itself.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  let said: Message[] = [];
  const { maxTurns = Number.POSITIVE_INFINITY } = model;
  let isTold = false;
  if (isTerminal) lines.prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (text === "/new") said = [];
    else if (text !== "") {
      // A turn is two messages, the last one's answer still to come.
      const seen = said.slice(Math.max(0, said.length - 2 * (maxTurns - 1)));
      if (seen.length < said.length && !isTold) {
        const seenTurns = maxTurns === 1 ? "each question by itself" : `at the end of ${maxTurns} turns`;
        process.stderr.write(
          `(this model has learnt to answer ${seenTurns}: what was said before is not shown to it)\n`,
        );
        isTold = true;
      }
      const question: Message = { role: "user", content: text };
      try {
        const answer = await printAnswer(
          model.answer([...first, ...seen, question], { ...samplingOf(options, "text"), signal }),
          options.json,
        );
        said.push(question, { role: "assistant", content: answer.text });
      } catch (error) {
        if (!(error instanceof OptionError)) throw error;
        const message = messageOf(error);
        process.stderr.write(`${message} (/new forgets what was said)\n`);
        // Whoever types sees it; a script looks at how it ended.
        if (!isTerminal) process.exitCode = 1;
        if (options.json) console.log(JSON.stringify({ error: message }));
      }
    }
    if (isTerminal) lines.prompt();
  }
  signal.throwIfAborted();
}
