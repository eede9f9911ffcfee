import { describe, expect, it } from "vitest";
import { askToThink, createChatTemplate, type Message, THINKING_PROMPT } from "./chat-template.js";

const messages: Message[] = [
  { role: "user", content: " What is 2 plus 2? " },
  { role: "assistant", content: "4" },
  { role: "user", content: "And 3 plus 3?" },
];

describe("createChatTemplate", () => {
  it("writes the released models' format where a tokenizer has none", () => {
    const chat =
      "<|startoftext|><|start_header_id|>user<|end_header_id|>\nWhat is 2 plus 2?<|eot_id|>" +
      "<|start_header_id|>assistant<|end_header_id|>\n4<|eot_id|><|start_header_id|>user<|end_header_id|>\nAnd 3 plus 3?<|eot_id|>";
    const render = createChatTemplate();
    expect(render(messages)).toBe(`${chat}<|start_header_id|>assistant<|end_header_id|>\n`);
    expect(render(messages, { addGenerationPrompt: false })).toBe(chat);
  });

  it("uses a tokenizer's own template and tokens, of several the default", () => {
    const template =
      "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content | trim }}{{ eos_token }}{% endfor %}";
    const tokens = { bos_token: "<s>", eos_token: { content: "</s>" } };
    const expected = "<s>[user] What is 2 plus 2?</s>";
    expect(createChatTemplate({ ...tokens, chat_template: template })(messages.slice(0, 1))).toBe(expected);
    const several = [
      { name: "tools", template: "wrong" },
      { name: "default", template },
    ];
    expect(createChatTemplate({ ...tokens, chat_template: several })(messages.slice(0, 1))).toBe(expected);
  });

  it("says what is wrong with a template", () => {
    expect(() => createChatTemplate({ chat_template: "{% for %}" })).toThrow(/cannot be parsed/);
    expect(() => createChatTemplate({ chat_template: [{ name: "tools", template: "" }] })).toThrow(/only: tools/);
    const picky = createChatTemplate({ chat_template: "{{ raise_exception('no system messages') }}" });
    expect(() => picky([{ role: "system", content: "x" }])).toThrow(/\(system\).*no system messages/);
  });
});

describe("askToThink", () => {
  it("puts the request ahead of the user's last text", () => {
    const asked = askToThink(messages);
    expect(asked.slice(0, 2)).toEqual(messages.slice(0, 2));
    expect(asked[2]?.content).toBe(`${THINKING_PROMPT}\nAnd 3 plus 3?`);
    expect(askToThink([])).toEqual([]);
  });
});
