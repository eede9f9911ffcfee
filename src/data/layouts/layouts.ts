/** The public layouts that are known, by the name of their source type. */
import { clevr } from "./clevr.js";
import { conversations } from "./conversations.js";
import { gsm8k } from "./gsm8k.js";
import type { Layout } from "./layout.js";
import { math } from "./math.js";
import { pictureQuestions } from "./picture-questions.js";
import { reasoningTraces } from "./reasoning-traces.js";

export const LAYOUTS = {
  conversations,
  gsm8k,
  math,
  "reasoning-traces": reasoningTraces,
  "picture-questions": pictureQuestions,
  clevr,
} as const satisfies Readonly<Record<string, Layout>>;

export type LayoutName = keyof typeof LAYOUTS;
export const LAYOUT_NAMES = Object.keys(LAYOUTS) as LayoutName[];
