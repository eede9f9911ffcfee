/** Rollouts in words, for terminals. */
import type { RolloutRecord } from "../rl/rollout-log-node.js";

/** A line a group, and a line for each of its answers. */
export function describeIteration(records: readonly RolloutRecord[]): string {
  const groups = [...new Set(records.map(({ group }) => group))];
  const lines = groups.flatMap((group) => {
    const members = records.filter((record) => record.group === group);
    return [headOf(members), ...members.map((member) => `  ${resultOf(member)}`), ""];
  });
  const kept = new Set(records.filter(({ isKept }) => isKept).map(({ group }) => group)).size;
  const mean = records.reduce((sum, { reward }) => sum + reward, 0) / records.length;
  return [
    `iteration ${records[0].iteration}: ${groups.length} groups, ${kept} learnt from, mean reward ${mean.toFixed(3)}`,
    "",
    ...lines,
  ].join("\n");
}

/** Every answer of a group in full: rewards by kind, advantages, the noise it was learnt from in. */
export function describeGroup(members: readonly RolloutRecord[]): string {
  const full = members.flatMap((member) => {
    const { rewards, failed, partialRewards, advantages, seed, steps, nfe, noise, answer } = member;
    const scores = Object.entries(rewards).map(
      ([name, value]) => `${name} ${value.toFixed(3)}${failed.includes(name) ? " (failed)" : ""}`,
    );
    const partial =
      partialRewards.length > 0 ? [`  on the way  ${partialRewards.map((r) => r.toFixed(3)).join(", ")}`] : [];
    return [
      resultOf(member),
      `  rewards     ${scores.join(", ")}`,
      ...partial,
      `  advantage   ${advantages.map(({ steps, advantage }) => `${advantage.toFixed(3)} up to step ${steps}`).join(", ")}`,
      `  drawn with  seed ${seed}, ${steps} steps, ${nfe} evaluations`,
      ...noise.map(
        (copies, update) => `  update ${update}    ${copies.map((copy) => noiseStrip(member, copy)).join("  ")}`,
      ),
      ...(answer !== undefined && answer.length > SHORT ? ["", answer, ""] : []),
    ];
  });
  return [headOf(members), ...full].join("\n");
}

/** Characters of an answer in a list. */
const SHORT = 100;

function headOf(members: readonly RolloutRecord[]): string {
  const { group, task, source, messages, expected, hasSignal } = members[0];
  // Of a group with signal a rollout may be left out: its own advantage is 0.
  const isKept = members.some((member) => member.isKept);
  const prompt = messages.at(-1)?.content ?? "";
  const state = isKept ? (hasSignal ? "" : ", without signal") : ", dropped";
  return `${group} [${task}, ${source}${state}] ${prompt}${expected === undefined ? "" : ` → ${expected}`}`;
}

function resultOf({ member, reward, advantages, answer, codes, numTokens, isFinished }: RolloutRecord): string {
  const advantage = advantages.at(-1)?.advantage ?? 0;
  const line = (answer ?? "").replace(/\s+/g, " ");
  const text = line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
  const what = [text, codes ? `a picture of ${codes.length} codes` : ""].filter(Boolean).join(" ");
  const sign = advantage >= 0 ? "+" : "−";
  const length = codes ? "" : ` (${numTokens} tokens${isFinished ? "" : ", cut"})`;
  return `${member}  ${reward.toFixed(3)}  ${sign}${Math.abs(advantage).toFixed(2)}  ${what}${length}`;
}

/** The places that were filled: ■ scored, ▒ masked only, · seen. */
function noiseStrip(
  { revealSteps }: RolloutRecord,
  { masked, scored }: RolloutRecord["noise"][number][number],
): string {
  const filled = revealSteps.flatMap((step, place) => (step >= 0 ? [place] : []));
  return filled.map((place) => (scored.includes(place) ? "■" : masked.includes(place) ? "▒" : "·")).join("");
}
