/** The bundled model in a browser: its networks against the CPU in Node, and whole tasks through the public API. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import type { Answer } from "../../src/tasks/answer.js";
import type { Picture } from "../../src/tasks/grid.js";
import { MMaDA } from "../../src/tasks/model.js";
import { miniPath } from "../mini.js";
import { expectAgreement } from "../network-agreement.js";
import { computeNetworks, type NetworkNumbers } from "../networks.js";
import { askings, fewAskings, type Traced } from "../requests.js";
import { findChromium, openPage, type Page, SLOW } from "./open-page.js";

const chromium = findChromium();
const path = "/models/mini"; // as the test server serves it

describe.skipIf("reason" in chromium)(
  `the bundled model in Chromium${"reason" in chromium ? `: ${chromium.reason}` : ""}`,
  SLOW,
  () => {
    let page: Page;
    beforeAll(async () => {
      page = await openPage();
    }, SLOW.timeout);
    afterAll(() => page?.close());

    test.each(["wasm", "webgpu"] as const)(
      "%s: transformer, image encoder and decoder agree with Node",
      async (device) => {
        const actual = await page.run<NetworkNumbers>("networks", { device, path });
        expectAgreement(actual, await computeNetworks(await openBackend("cpu"), miniPath));
      },
    );

    test.each([
      ["wasm", askings],
      ["webgpu", fewAskings],
    ] as const)("%s: tasks, together as alone", async (device, asked) => {
      type Ran = Record<string, { together: Traced[]; alone: Traced[] }>;
      const ran = await page.run<Ran>("tasks", { device, path, few: asked === fewAskings });
      expect(Object.keys(ran)).toEqual(Object.keys(asked));
      for (const [name, { together, alone }] of Object.entries(ran)) expect(together, name).toEqual(alone);
      await using model = await MMaDA.fromPretrained(miniPath);
      const inNode = await asked.answer.together(model);
      // Numbers differ in their last bits, so a draw may fall otherwise; most do not.
      const same = inNode.filter(
        (answer, i) => (answer as Answer).text === (ran.answer.together[i].result as Answer).text,
      );
      expect(same.length).toBeGreaterThanOrEqual(inNode.length / 2);
      const side = model.imageCodec?.config.resolution as number;
      for (const { result } of ran.imagine.together) {
        const { image, codes } = result as Picture;
        expect([image.width, image.height, image.data.length]).toEqual([side, side, side ** 2 * 3]);
        expect(codes.every((code) => code >= 0)).toBe(true);
      }
    });
  },
);
