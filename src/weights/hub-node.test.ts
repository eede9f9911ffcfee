import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tensor } from "../array/tensor.js";
import { FileError } from "./files.js";
import { type DownloadProgress, HubError } from "./hub.js";
import { modelCache } from "./hub-cache-node.js";
import { neededFiles, resolveModel } from "./hub-node.js";
import { openModelWeights } from "./model-weights.js";
import { encodeSafetensors } from "./safetensors.js";

const ID = "some-owner/tiny.model";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS = Buffer.concat(
  encodeSafetensors([["w", tensor("float32", [100_000], new Float32Array(100_000).fill(0.5))]]),
);
const FILES: Record<string, Buffer> = {
  "config.json": Buffer.from('{"d_model": 8}'),
  "tokenizer.json": Buffer.from('{"model": {}}'),
  "chat_template.jinja": Buffer.from("{{ messages }}"),
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": Buffer.from("not needed"),
  "README.md": Buffer.from("# not needed"),
};

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const gitHash = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
const isLarge = (path: string) => path.endsWith(".safetensors") || path.endsWith(".bin");
const WEIGHTS_BLOB = sha256(WEIGHTS);

/** A Hub of one model, with large files on a second origin. `intercept` may answer in its place. */
interface Hub {
  endpoint: string;
  requests: { method: string; url: string; range?: string; authorization?: string; origin: "hub" | "cdn" }[];
  intercept?: (request: IncomingMessage, response: ServerResponse, file: string | undefined) => boolean;
  listing: (path: string, bytes: Buffer) => object;
}

let hub: Hub;
let servers: Server[];
let cacheDirectory: string;
const environment = { ...process.env };

beforeEach(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), "mmada-hub-"));
  for (const name of Object.keys(process.env)) if (/^(HF_|HUGGING)/.test(name)) delete process.env[name];
  process.env["HF_HOME"] = cacheDirectory;
  const cdn = await listen((request, response) => serve("cdn", request, response, ""));
  const main = await listen((request, response) => serve("hub", request, response, cdn));
  hub = {
    endpoint: main,
    requests: [],
    listing: (path, bytes) => ({
      type: "file",
      path,
      size: bytes.length,
      oid: gitHash(isLarge(path) ? Buffer.from("pointer") : bytes),
      ...(isLarge(path) ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : {}),
    }),
  };
});

servers = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  await rm(cacheDirectory, { recursive: true });
});

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(origin: "hub" | "cdn", request: IncomingMessage, response: ServerResponse, cdn: string): void {
  const { method = "", url = "", headers } = request;
  hub.requests.push({ method, url, range: headers.range, authorization: headers.authorization, origin });
  const path = new URL(url, "http://hub").pathname;
  const file = path.match(/\/resolve\/[^/]+\/(.+)$/)?.[1];
  if (hub.intercept?.(request, response, origin === "hub" && file && isLarge(file) ? undefined : file)) return;
  if (/^\/api\/models\/[^/]+\/[^/]+\/revision\/(main|v1)$/.test(path)) {
    json(response, { _id: "1", id: ID, sha: COMMIT, lastModified: "2026-01-01T00:00:00.000Z" });
  } else if (path === `/api/models/${ID}/tree/${COMMIT}`) {
    // Two pages, as the Hub does with long lists.
    const entries = Object.entries(FILES).map(([name, bytes]) => hub.listing(name, bytes));
    const isFirst = !url.includes("cursor");
    if (isFirst) response.setHeader("Link", `<${hub.endpoint}${path}?cursor=2>; rel="next"`);
    json(
      response,
      isFirst ? entries.slice(0, 2) : [...entries.slice(2), { type: "directory", path: "onnx", oid: COMMIT }],
    );
  } else if (file && path === `/${ID}/resolve/${COMMIT}/${file}` && FILES[file]) {
    if (origin === "hub" && isLarge(file)) response.writeHead(302, { location: `${cdn}${path}` }).end();
    else sendFile(request, response, FILES[file]);
  } else response.writeHead(404, { "x-error-code": "RepoNotFound" }).end("Repository not found");
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json; charset=utf-8").end(JSON.stringify(value));
}

function sendFile({ headers }: IncomingMessage, response: ServerResponse, bytes: Buffer, end = bytes.length): void {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  if (start > 0) response.setHeader("content-range", `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(start > 0 ? 206 : 200, { "content-length": bytes.length - start, "accept-ranges": "bytes" });
  if (end === bytes.length) response.end(bytes.subarray(start));
  // Cut in the middle: the connection is gone as soon as these bytes are out.
  else response.write(bytes.subarray(start, end), () => setTimeout(() => response.destroy(), 20));
}

const resolve = (options: Parameters<typeof resolveModel>[1] = {}) =>
  resolveModel(ID, { endpoint: hub.endpoint, retries: 0, ...options });
const repository = () => join(cacheDirectory, "hub", "models--some-owner--tiny.model");
const fileRequests = (file: string) => hub.requests.filter(({ url, origin }) => url.endsWith(file) && origin === "cdn");

describe("a download", () => {
  it("brings the needed files into the layout of Hugging Face's cache", async () => {
    const directory = await resolve();
    expect(directory).toBe(join(repository(), "snapshots", COMMIT));
    expect((await readdir(directory)).sort()).toEqual([
      "chat_template.jinja",
      "config.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
    expect(await readFile(join(repository(), "refs", "main"), "utf8")).toBe(COMMIT);
    expect(await readlink(join(directory, "model.safetensors"))).toBe(join("..", "..", "blobs", WEIGHTS_BLOB));
    expect(await readlink(join(directory, "config.json"))).toBe(
      join("..", "..", "blobs", gitHash(FILES["config.json"])),
    );
    expect(await readdir(join(repository(), "blobs"))).toHaveLength(4);
    const weights = await openModelWeights(directory);
    expect((await weights.read("w")).data[99_999]).toBe(0.5);
    await weights.close();
  });

  it("brings just the files that are asked for, of what is no model as well", async () => {
    const files = ["tokenizer.json", "pytorch_model.bin"];
    const directory = await resolve({ files });
    expect((await readdir(directory)).sort()).toEqual([...files].sort());
    expect(await resolve({ files, offline: true })).toBe(directory);
    await expect(resolve({ files: [...files, "chat_template.jinja"], offline: true })).rejects.toThrow(/not wholly/);
    await expect(resolve({ files: ["ImageReward.pt"] })).rejects.toThrow(
      "no model of this kind: it has no ImageReward.pt",
    );
    await expect(resolveModel(directory, { files: ["med_config.json"] })).rejects.toThrow("it has no med_config.json");
    expect(await resolveModel(directory, { files })).toBe(directory);
  });

  it("fetches no file twice, and what was lost again", async () => {
    const directory = await resolve();
    hub.requests.length = 0;
    await resolve();
    expect(hub.requests.filter(({ url }) => url.includes("/resolve/"))).toEqual([]);
    await rm(join(repository(), "blobs", WEIGHTS_BLOB));
    await rm(join(directory, "config.json"));
    await resolve();
    expect(
      hub.requests.filter(({ url }) => url.includes("/resolve/")).every(({ url }) => url.endsWith("model.safetensors")),
    ).toBe(true);
    expect((await stat(join(directory, "model.safetensors"))).size).toBe(WEIGHTS.length);
    expect((await stat(join(directory, "config.json"))).size).toBe(14);
  });

  it("fetches what stands at two paths once", async () => {
    const listing = hub.listing;
    hub.listing = (path) => listing(path, path.endsWith(".bin") ? WEIGHTS : FILES[path]);
    const files = ["model.safetensors", "pytorch_model.bin"];
    const seen: DownloadProgress[] = [];
    const directory = await resolve({ files, onProgress: (progress) => seen.push(progress) });
    expect(hub.requests.filter(({ origin }) => origin === "cdn")).toHaveLength(1);
    for (const name of files) expect(WEIGHTS.equals(await readFile(join(directory, name)))).toBe(true);
    expect(seen.at(-1)?.loadedBytes).toBe(seen.at(-1)?.totalBytes);
  });

  it("tells its progress, up to the whole", async () => {
    const seen: DownloadProgress[] = [];
    await resolve({ onProgress: (progress) => seen.push(progress) });
    const total = 14 + 13 + 14 + WEIGHTS.length;
    expect(seen.every(({ totalBytes }) => totalBytes === total)).toBe(true);
    expect(seen.map(({ loadedBytes }) => loadedBytes)).toEqual(
      seen.map(({ loadedBytes }) => loadedBytes).sort((a, b) => a - b),
    );
    expect(seen.at(-1)).toMatchObject({ file: "model.safetensors", loadedBytes: total });
    expect(seen.length).toBeGreaterThan(6);
  });

  it("sends the token to the Hub and not to where it redirects", async () => {
    process.env["HF_TOKEN"] = "secret";
    await resolve();
    expect(
      hub.requests
        .filter(({ origin }) => origin === "hub")
        .every(({ authorization }) => authorization === "Bearer secret"),
    ).toBe(true);
    expect(hub.requests.filter(({ origin }) => origin === "cdn").map(({ authorization }) => authorization)).toEqual([
      undefined,
    ]);
  });

  it("reads the endpoint, the token file and the cache's place from the environment", async () => {
    process.env["HF_ENDPOINT"] = `${hub.endpoint}/`;
    process.env["HF_HUB_CACHE"] = join(cacheDirectory, "elsewhere");
    await writeFile(join(cacheDirectory, "token"), "from-login\n");
    expect(await resolveModel(ID)).toBe(
      join(cacheDirectory, "elsewhere", "models--some-owner--tiny.model", "snapshots", COMMIT),
    );
    expect(hub.requests[0].authorization).toBe("Bearer from-login");
  });

  it("notes a branch where there was another of which its name is a part, or does without", async () => {
    const cache = modelCache(ID);
    for (const revision of ["a", "a/b", "a/b/c", "d/e", "d"]) await cache.writeRef(revision, COMMIT);
    expect(await cache.readRef("a")).toBe(COMMIT);
    expect(await cache.readRef("a/b")).toBeUndefined();
    expect(await cache.readRef("d/e")).toBe(COMMIT);
  });

  it("refuses a token that no header can hold, at once and without showing it", async () => {
    for (const token of ["hf_se\ncret", "hf_sécret"]) {
      const failure = resolve({ token, retries: 3 });
      await expect(failure).rejects.toThrow(/The token in HF_TOKEN .* has characters of no token/);
      await expect(failure).rejects.not.toThrow(/cret/);
    }
    expect(hub.requests).toEqual([]);
  });

  it("takes a branch or tag, and a commit without asking for it", async () => {
    await resolve({ revision: "v1" });
    expect(await readFile(join(repository(), "refs", "v1"), "utf8")).toBe(COMMIT);
    hub.requests.length = 0;
    expect(await resolve({ revision: COMMIT })).toBe(join(repository(), "snapshots", COMMIT));
    expect(hub.requests.some(({ url }) => url.includes("/revision/"))).toBe(false);
    expect(await readdir(join(repository(), "refs"))).toEqual(["v1"]);
  });

  it("brings weights last, however small, so that what has them is whole", () => {
    const small = { path: "model.safetensors", size: 1 };
    const image = { path: "image-tokenizer/model.safetensors", size: 2 };
    const large = { path: "tokenizer.json", size: 9 };
    expect(neededFiles([small, image, large])).toEqual([large, small, image]);
  });

  it("by two callers at once ends well for both", async () => {
    const directories = await Promise.all([resolve(), resolve(), resolve()]);
    expect(new Set(directories).size).toBe(1);
    expect(sha256(await readFile(join(directories[0], "model.safetensors")))).toBe(WEIGHTS_BLOB);
    expect((await readdir(join(repository(), "blobs"))).filter((name) => name.includes("incomplete"))).toEqual([]);
  });
});

describe("an interruption", () => {
  const CUT = 150_000;
  const cutOnce = () => {
    let isCut = false;
    hub.intercept = (request, response, file) => {
      if (isCut || file !== "model.safetensors") return false;
      isCut = true;
      sendFile(request, response, WEIGHTS, CUT);
      return true;
    };
  };
  const partial = () => join(repository(), "blobs", `${WEIGHTS_BLOB}.incomplete`);

  it("leaves a part from which the next call goes on, and the whole is verified", async () => {
    cutOnce();
    await expect(resolve()).rejects.toThrow(/connection to http.* failed .*try again to go on/);
    const { size } = await stat(partial());
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(CUT);
    expect(await readdir(join(repository(), "blobs"))).not.toContain(WEIGHTS_BLOB);
    const directory = await resolve();
    expect(fileRequests("model.safetensors").map(({ range }) => range)).toEqual([undefined, `bytes=${size}-`]);
    expect(sha256(await readFile(join(directory, "model.safetensors")))).toBe(WEIGHTS_BLOB);
    await expect(stat(partial())).rejects.toThrow();
  });

  it("is got over within a call, when retries are allowed", async () => {
    cutOnce();
    const directory = await resolve({ retries: 1 });
    expect(sha256(await readFile(join(directory, "model.safetensors")))).toBe(WEIGHTS_BLOB);
    expect(fileRequests("model.safetensors")[1].range).toMatch(/^bytes=\d+-$/);
  });

  it("goes on even where the server knows no ranges", async () => {
    cutOnce();
    await expect(resolve()).rejects.toThrow(HubError);
    hub.intercept = (request, response, file) => {
      if (file !== "model.safetensors") return false;
      delete request.headers.range;
      sendFile(request, response, WEIGHTS);
      return true;
    };
    expect(sha256(await readFile(join(await resolve(), "model.safetensors")))).toBe(WEIGHTS_BLOB);
  });

  it("whose part is damaged, or too long, starts over", async () => {
    for (const damaged of [new Uint8Array(1000), new Uint8Array(WEIGHTS.length), new Uint8Array(WEIGHTS.length + 1)]) {
      await mkdir(join(repository(), "blobs"), { recursive: true });
      await writeFile(partial(), damaged);
      const directory = await resolve({ retries: 1 });
      expect(sha256(await readFile(join(directory, "model.safetensors")))).toBe(WEIGHTS_BLOB);
      await rm(repository(), { recursive: true });
    }
  });

  it("by an AbortSignal ends with its reason, at once, and can be gone on from", async () => {
    hub.intercept = (request, response, file) => {
      if (file !== "model.safetensors") return false;
      const start = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
      response.writeHead(200, { "content-length": WEIGHTS.length - start });
      response.write(WEIGHTS.subarray(start, CUT)); // and never the rest
      return true;
    };
    const controller = new AbortController();
    const onProgress = ({ file, loadedBytes }: DownloadProgress) => {
      if (file === "model.safetensors" && loadedBytes > 100) controller.abort(new Error("enough"));
    };
    await expect(resolve({ signal: controller.signal, onProgress, retries: 5 })).rejects.toThrow("enough");
    expect((await stat(partial())).size).toBeGreaterThan(0);
    await expect(resolve({ signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
    hub.intercept = undefined;
    expect(sha256(await readFile(join(await resolve(), "model.safetensors")))).toBe(WEIGHTS_BLOB);
  });
});

describe("what a Hub sends that is no good", () => {
  const noBlob = async (bytes: Buffer, file: string) => {
    const names = await readdir(join(repository(), "blobs"));
    expect(names).not.toContain(file.endsWith(".json") ? gitHash(bytes) : sha256(bytes));
    expect(names.filter((name) => name.includes("incomplete"))).toEqual([]);
  };

  it.each(["model.safetensors", "config.json"])("is thrown away when the hash of %s is wrong", async (wrong) => {
    hub.intercept = (request, response, file) => {
      if (file !== wrong) return false;
      sendFile(request, response, Buffer.from(FILES[wrong].map((byte, i) => (i === 5 ? byte ^ 1 : byte))));
      return true;
    };
    await expect(resolve()).rejects.toThrow(
      new RegExp(`${wrong} of some-owner/tiny.model arrived with the hash [0-9a-f]+, not [0-9a-f]+`),
    );
    await noBlob(FILES[wrong], wrong);
  });

  it.each(["model.safetensors", "config.json"])(
    "is never cached when it is a page of HTML in place of %s",
    async (wrong) => {
      hub.intercept = (_, response, file) => {
        if (file !== wrong) return false;
        response.setHeader("content-type", "text/html; charset=utf-8").end("<html>Please log in</html>");
        return true;
      };
      await expect(resolve()).rejects.toThrow(/sent a page of HTML in place of/);
      hub.intercept = (_, response, file) => {
        if (file !== wrong) return false;
        response.end("<html>Please log in</html>".padEnd(FILES[wrong].length)); // without saying so
        return true;
      };
      await expect(resolve()).rejects.toThrow(HubError);
      await rm(join(repository(), "blobs"), { recursive: true });
      hub.intercept = undefined;
      await resolve();
    },
  );

  it("is refused when it is of another size", async () => {
    const send = (bytes: Buffer, withLength: boolean) => {
      hub.intercept = (_, response, file) => {
        if (file !== "model.safetensors") return false;
        if (withLength) response.setHeader("content-length", bytes.length);
        response.write(bytes.subarray(0, 10));
        response.end(bytes.subarray(10));
        return true;
      };
    };
    send(Buffer.concat([WEIGHTS, Buffer.from("x")]), true);
    await expect(resolve()).rejects.toThrow(/sent 400\d+ bytes for model.safetensors/);
    send(Buffer.concat([WEIGHTS, Buffer.from("x")]), false);
    await expect(resolve()).rejects.toThrow(/sends more than the 400\d+ bytes/);
    send(WEIGHTS.subarray(0, -1), false);
    await expect(resolve()).rejects.toThrow(/ended after 400\d+ of 400\d+ bytes/);
    hub.intercept = undefined;
    expect(sha256(await readFile(join(await resolve(), "model.safetensors")))).toBe(WEIGHTS_BLOB);
  });

  it("is refused when it is no list of files", async () => {
    for (const page of ["<html>Log in</html>", "null", "{}", '{"sha": "../../x"}']) {
      hub.intercept = (request, response) => {
        if (!request.url?.includes("/revision/")) return false;
        response.end(page);
        return true;
      };
      await expect(resolve()).rejects.toThrow(/does not answer as a Hub/);
    }
    hub.intercept = undefined;
    hub.listing = (path, bytes) => ({ type: "file", path, size: bytes.length, oid: "../../../evil" });
    await expect(resolve()).rejects.toThrow(/lists .* with the size .* and the hash "..\/..\/..\/evil"/);
    hub.listing = (path, bytes) => ({
      type: "file",
      path: path === "config.json" ? "../config.json" : path,
      size: bytes.length,
      oid: COMMIT,
    });
    await expect(resolve()).rejects.toThrow(/has no config.json/);
    hub.listing = (path, bytes) => ({
      type: "file",
      path: path.replace(/safetensors|bin/, "pth"),
      size: bytes.length,
      oid: COMMIT,
    });
    await expect(resolve()).rejects.toThrow(/no weights in the safetensors format/);
  });
});

describe("errors", () => {
  const refuse = (status: number, code: string | undefined, where = "/api/") => {
    hub.intercept = (request, response) => {
      if (!request.url?.includes(where)) return false;
      response.writeHead(status, code ? { "x-error-code": code } : {}).end("no");
      return true;
    };
  };

  it.each<[number, string | undefined, string, RegExp]>([
    [404, "RepoNotFound", "/api/", /has no model some-owner\/tiny.model \(404\).*spelling.*HF_TOKEN/],
    [404, undefined, "/api/", /has no model some-owner\/tiny.model \(404\)/],
    [401, "RepoNotFound", "/api/", /has no model some-owner\/tiny.model \(401\).*set HF_TOKEN/],
    [404, "RevisionNotFound", "/api/", /has no revision main \(404\)/],
    [401, "GatedRepo", "/resolve/", /is gated \(401\): its terms must be accepted at http.*set HF_TOKEN/],
    [403, "GatedRepo", "/resolve/", /is gated \(403\)/],
    [401, undefined, "/api/", /refuses some-owner\/tiny.model \(401\).*HF_TOKEN/],
    [403, undefined, "/resolve/", /refuses some-owner\/tiny.model \(403\).*HF_TOKEN/],
    [404, "EntryNotFound", "/resolve/", /is not there \(404\), though the Hub lists it/],
    [503, undefined, "/api/", /answers 503.*Try again later/],
    [429, undefined, "/resolve/", /answers 429/],
    [418, undefined, "/api/", /answers 418.*Check HF_ENDPOINT/],
  ])("%i %s at %s is explained", async (status, code, where, message) => {
    refuse(status, code, where);
    await expect(resolve()).rejects.toThrow(HubError);
    await expect(resolve()).rejects.toThrow(message);
    await expect(resolve()).rejects.toMatchObject({ status });
  });

  it("a Hub that cannot be reached is named, unless the model is cached", async () => {
    const nowhere = "http://127.0.0.1:1";
    await expect(resolve({ endpoint: nowhere })).rejects.toThrow(
      /connection to http:\/\/127.0.0.1:1 failed \(.+\). Check the network.* There is no directory of that name either/,
    );
    const directory = await resolve();
    expect(await resolve({ endpoint: nowhere })).toBe(directory);
    await rm(join(repository(), "blobs", WEIGHTS_BLOB));
    await expect(resolve({ endpoint: nowhere })).rejects.toThrow(/connection to/);
  });

  it("offline finds what is cached whole, and asks nobody", async () => {
    process.env["HF_HUB_OFFLINE"] = "1";
    await expect(resolve()).rejects.toThrow(/is not, or not wholly, in .*offline mode is on. Unset HF_HUB_OFFLINE/);
    const directory = await resolve({ offline: false });
    hub.requests.length = 0;
    expect(await resolve()).toBe(directory);
    expect(await resolve({ revision: COMMIT })).toBe(directory);
    await expect(resolve({ revision: "v1" })).rejects.toThrow(HubError);
    await rm(join(directory, "config.json"));
    await expect(resolve()).rejects.toThrow(/not wholly/);
    expect(hub.requests).toEqual([]);
  });

  it("offline asks for all shards of an index", async () => {
    const cache = modelCache(ID);
    const directory = cache.snapshotPath(COMMIT);
    await mkdir(directory, { recursive: true });
    await cache.writeRef("main", COMMIT);
    await writeFile(join(directory, "config.json"), "{}");
    await writeFile(
      join(directory, "model.safetensors.index.json"),
      '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}',
    );
    await writeFile(join(directory, "model-1.safetensors"), "");
    await symlink("../../blobs/lost", join(directory, "model-2.safetensors"));
    await expect(resolve({ offline: true })).rejects.toThrow(HubError);
    await mkdir(join(cache.directory, "blobs"));
    await writeFile(join(cache.directory, "blobs", "lost"), "");
    expect(await resolve({ offline: true })).toBe(directory);
  });

  it("too little space is told before the download", async () => {
    hub.listing = (path, bytes) => ({
      type: "file",
      path,
      size: isLarge(path) ? 1e15 : bytes.length,
      oid: "a".repeat(40),
    });
    await expect(resolve()).rejects.toThrow(
      /no space: the model needs 1000000.0 GB more, .* GB are free. Free some, or set HF_HOME/,
    );
    await expect(resolve()).rejects.toMatchObject({ name: "FileError", code: "ENOSPC" });
    expect(hub.requests.some(({ url }) => url.includes("/resolve/"))).toBe(false);
  });

  it("names that are neither a directory nor an id are refused before anything is asked", async () => {
    for (const name of ["./models/none", "/none", "none", "a/b/c", "../up/x", "a/..", "a/b--c", ""]) {
      await expect(resolveModel(name, { endpoint: hub.endpoint })).rejects.toThrow(
        /no Hub id such as|is no model|is a file/,
      );
    }
    for (const revision of ["../x", "a//b", "", "x/", "-x", "a b"]) {
      await expect(resolve({ revision })).rejects.toThrow(/is no revision/);
    }
    expect(hub.requests).toEqual([]);
  });
});

it("a local directory is taken as it is, if it is a model's", async () => {
  const directory = join(cacheDirectory, "local");
  await mkdir(directory);
  await expect(resolveModel(directory)).rejects.toThrow(/local: is no model: it has no config.json/);
  await expect(resolveModel(directory)).rejects.toThrow(FileError);
  await writeFile(join(directory, "config.json"), "{}");
  expect(await resolveModel(directory)).toBe(directory);
  await expect(resolveModel(join(directory, "config.json"))).rejects.toThrow(/is a file: give the directory/);
});

it("of several sets of weights, the one that would be opened is needed", () => {
  const needed = (...paths: string[]) => neededFiles(paths.map((path) => ({ path, size: 1 }))).map(({ path }) => path);
  expect(needed("model.safetensors", "model.fp16.safetensors", "model-00001-of-00002.safetensors")).toEqual([
    "model.safetensors",
  ]);
  // Whatever the index names, which is not known yet.
  for (const index of ["model.safetensors.index.json", "diffusion_pytorch_model.safetensors.index.json"]) {
    expect(needed(index, "a-1.safetensors", "b.safetensors", "pytorch_model.bin", "onnx/c.safetensors")).toEqual([
      index,
      "a-1.safetensors",
      "b.safetensors",
    ]);
  }
  expect(needed("config.json", "a.safetensors", "b.safetensors")).toEqual(["config.json"]);
  expect(
    needed("diffusion_pytorch_model.safetensors", "merges.txt", "vocab.txt", "notes.txt", "tokenizer.model", "x.py"),
  ).toEqual(["merges.txt", "tokenizer.model", "vocab.txt", "diffusion_pytorch_model.safetensors"]);
  expect(needed("config.json", "onnx/model.safetensors", "..\\x.json", "C:x.json")).toEqual(["config.json"]);
  expect(
    needed(
      "model.safetensors",
      "image-tokenizer/model.safetensors",
      "image-tokenizer/ema.safetensors",
      "ema.safetensors",
    ),
  ).toEqual(["image-tokenizer/model.safetensors", "model.safetensors"]);
  expect(needed("pytorch_model.bin", "onnx/model.safetensors", "optimizer.bin")).toEqual(["pytorch_model.bin"]);
  expect(needed("pytorch_model.bin", "ema.safetensors")).toEqual(["ema.safetensors"]);
  expect(needed("image-tokenizer/../../x.json", "image-tokenizer/onnx/model.safetensors")).toEqual([]);
});
