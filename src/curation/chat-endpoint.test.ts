import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blankImage } from "../images/image.js";
import { askEndpoint, EndpointError } from "./chat-endpoint.js";

describe("askEndpoint", () => {
  const requests: {
    url?: string;
    key?: string;
    body: { messages: { content: unknown }[] } & Record<string, unknown>;
  }[] = [];
  let numFailures = 0;
  let numBroken = 0;
  const MESSAGES: Readonly<Record<string, unknown>> = {
    reasoning: { content: "4", reasoning_content: "2 and 2" },
    renamed: { content: "4", reasoning: "2 and 2" },
    thinking: { content: null, reasoning_content: "2 and" },
    parts: { content: [{ text: "4" }] },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url, headers } = request;
      requests.push({ url, key: headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
      const message = MESSAGES[url?.split("/")[1] ?? ""] ?? { content: "4" };
      const status = /^\/status(\d+)/.exec(url ?? "")?.[1];
      response.statusCode =
        status !== undefined ? Number(status) : url?.startsWith("/busy") && numFailures-- > 0 ? 429 : 200;
      if (url?.startsWith("/broken") && numBroken-- > 0) {
        response.writeHead(200, { "content-length": 100 });
        response.write('{"choices": [', () => response.destroy());
        return;
      }
      if (url?.startsWith("/endless")) {
        const timer = setInterval(() => response.write(" ".repeat(1_000_000)), 1);
        response.on("close", () => clearInterval(timer));
        return;
      }
      response.end(url?.startsWith("/text") ? "hello" : JSON.stringify({ choices: [{ message }] }));
    });
  });
  let origin = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const ask = (path: string, options = {}) =>
    askEndpoint(
      { url: origin + path, model: "m", apiKey: "k", retryDelayMs: 1 },
      [{ role: "user", content: "2+2?" }],
      options,
    );

  test("asks as others do, with pictures, and takes reasoning that is given apart", async () => {
    expect(await ask("/v1/", { image: blankImage(2, 2), seed: 3 })).toBe("4");
    const { url, key, body } = requests.at(-1)!;
    expect([url, key, body.model, body.seed]).toEqual(["/v1/chat/completions", "Bearer k", "m", 3]);
    expect(body.messages[0].content).toMatchObject([{ type: "image_url" }, { type: "text", text: "2+2?" }]);
    expect(await ask("/reasoning")).toBe("<think>2 and 2</think>4");
    expect(await ask("/renamed")).toBe("<think>2 and 2</think>4");
    expect(await ask("/thinking")).toBe("<think>2 and</think>");
  });

  test("tries again what may pass, and says what does not", async () => {
    numFailures = 2;
    expect(await ask("/busy")).toBe("4");
    numFailures = 9;
    await expect(ask("/busy")).rejects.toThrow("answered 429 (5 tries)");
    await expect(ask("/status401")).rejects.toThrow(EndpointError);
    await expect(ask("/text")).rejects.toThrow("answered no JSON: hello");
    await expect(ask("/endless")).rejects.toThrow("answered no JSON");
    await expect(ask("/v1", { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  });

  test("an answer that breaks off is one that may come whole", async () => {
    numBroken = 2;
    expect(await ask("/broken")).toBe("4");
    numBroken = 9;
    const error = await ask("/broken").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(EndpointError);
    expect(error).toMatchObject({ message: expect.stringContaining("answered 200 and broke off (5 tries)") });
    expect(error).toMatchObject({ isOfQuestion: false });
  });

  test("tells what is wrong with a question from what is wrong with the address", async () => {
    const faultOf = (path: string) =>
      ask(path).then(
        () => undefined,
        (error: EndpointError) => error.isOfQuestion,
      );
    for (const path of ["/status400", "/status413", "/status422", "/text", "/parts"])
      expect([path, await faultOf(path)]).toEqual([path, true]);
    for (const path of ["/status401", "/status403", "/status404", "/status429", "/status503"])
      expect([path, await faultOf(path)]).toEqual([path, false]);
  });
});
