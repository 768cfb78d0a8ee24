import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { type DownloadOptions, type DownloadRequest, download } from "../../host/download.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { OmgError } from "../../schema/error.ts";
import { needs } from "../support/needs.ts";
import { temporaryFolder } from "./bundle.ts";

const content = Buffer.from("the right bytes, and no others\n".repeat(5000));
const right = { sha256: createHash("sha256").update(content).digest("hex"), size: content.length };
/** No proxy, and every address asked once. */
const noProxy = { routing: environmentRouting({}), retries: 0, backoffMs: 1 };

/** A real server on the loopback; gives its address. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server below HTTP, for answers that no HTTP server gives on purpose. */
async function serveRaw(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const good = (): Promise<string> => serve((_request, response) => response.end(content));

async function fetched(urls: readonly string[], request: Partial<DownloadRequest> = {}, options: DownloadOptions = {}) {
  const to = join(temporaryFolder(), "file");
  await download({ ...right, urls, ...request }, to, { ...noProxy, ...options });
  expect(readFileSync(to).equals(content)).toBe(true);
  expect(statSync(to).mode & 0o7777).toBe(0o600);
}

/** What a download that cannot succeed ends with; what is left is the beginning of the right bytes, or nothing. */
async function failed(urls: readonly string[], request: Partial<DownloadRequest> = {}, options: DownloadOptions = {}) {
  const to = join(temporaryFolder(), "file");
  const error = await download({ ...right, urls, ...request }, to, { ...noProxy, ...options }).catch(
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(OmgError);
  if (existsSync(to)) {
    const kept = readFileSync(to);
    expect(kept.length).toBeGreaterThan(0);
    expect(content.subarray(0, kept.length).equals(kept)).toBe(true);
  }
  return error as OmgError;
}

function reasons(error: OmgError): string[] {
  const causes = (error.cause as AggregateError).errors;
  return causes.map((cause) => (cause instanceof FetchFailure ? cause.reason : String(cause)));
}

describe("what arrives", () => {
  test("from http, with and without a known size, and in pieces", async () => {
    await fetched([`${await good()}/a%20b?c=d`]);
    await fetched([await good()], { size: undefined as never });
    const slow = await serve(async (_request, response) => {
      for (let at = 0; at < content.length; at += 40_000) {
        response.write(content.subarray(at, at + 40_000));
        await new Promise((done) => setTimeout(done, 5));
      }
      response.end();
    });
    await fetched([slow]);
  });

  test("from a file, also through a link, its name escaped", async () => {
    const path = join(temporaryFolder(), "name with % and ü");
    writeFileSync(path, content);
    symlinkSync(path, `${path}-link`);
    await fetched([pathToFileURL(path).href]);
    await fetched([pathToFileURL(`${path}-link`).href]);
  });

  test("counts the bytes, and takes back those of an address that failed", async () => {
    const bytes: number[] = [];
    const wrong = await serve((_request, response) => response.end(Buffer.alloc(content.length)));
    await fetched([wrong, await good()], {}, { onBytes: (n) => bytes.push(n) });
    expect(bytes).toContain(-content.length);
    expect(bytes.reduce((sum, n) => sum + n)).toBe(content.length);
  });

  test("through redirects, relative ones too, up to five", async () => {
    const hops = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) return response.end(content);
      response.writeHead([301, 302, 303, 307, 308][left % 5] ?? 302, {
        location: left % 2 ? `/${left - 1}` : `${left - 1}`,
      });
      response.end("elsewhere");
    });
    await fetched([`${hops}/5`]);
    const error = await failed([`${hops}/6`]);
    expect(reasons(error)).toEqual(["redirect"]);
  });

  test("one connection serves several downloads, and one that the server drops in between is opened again", async () => {
    const ports = new Set<number | undefined>();
    let requests = 0;
    const server = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      requests++;
      if (requests === 3) return void request.socket.destroy();
      response.end(content);
    });
    await fetched([server]);
    await fetched([server]);
    expect(ports.size).toBe(1);
    await fetched([server]);
    expect(requests).toBe(4);
  });
});

describe("the next address is tried after", () => {
  const cases: Record<string, [reason: string, address: () => Promise<string>]> = {
    "404": ["http-status", () => serve((_request, response) => response.writeHead(404).end("none"))],
    "503": ["http-status", () => serve((_request, response) => response.writeHead(503).end())],
    "206": ["http-status", () => serve((_request, response) => response.writeHead(206).end(content))],
    "a refused connection": ["connection-refused", async () => `http://127.0.0.1:${await closedPort()}`],
    "an unknown host": ["host-unknown", async () => "http://no-such-host.invalid/x"],
    "a closed connection": ["connection-failed", async () => `http://${await serveRaw((socket) => socket.destroy())}`],
    "an answer that is not HTTP": [
      "connection-failed",
      async () => `http://${await serveRaw((s) => s.end("hello\r\n\r\n"))}`,
    ],
    "a server without TLS": ["certificate", async () => (await good()).replace("http:", "https:")],
    "a server that never ends its handshake": ["connect-timeout", async () => `https://${await serveRaw(() => {})}`],
    "a server that never answers": ["stalled", async () => `http://${await serveRaw(() => {})}`],
    "a server that stops half way": [
      "stalled",
      () =>
        serve((_request, response) => void response.writeHead(200, lengthOf(content)).write(content.subarray(0, 1000))),
    ],
    "a connection that breaks": [
      "truncated",
      () =>
        serve((request, response) => {
          response.writeHead(200, lengthOf(content)).write(content.subarray(0, 1000), () => request.socket.destroy());
        }),
    ],
    "chunks that break off": [
      "truncated",
      () =>
        serve((request, response) => void response.write(content.subarray(0, 1000), () => request.socket.destroy())),
    ],
    "a short answer of unknown length": [
      "truncated",
      async () => `http://${await serveRaw((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nthe right bytes"))}`,
    ],
    "a shorter file": ["wrong-size", () => serve((_request, response) => response.end(content.subarray(1)))],
    "a longer file": ["too-long", () => serve((_request, response) => response.end(Buffer.concat([content, content])))],
    "other bytes": ["wrong-hash", () => serve((_request, response) => response.end(Buffer.alloc(content.length)))],
    "a redirect to a file": ["redirect", () => redirectingTo("file:///etc/passwd")],
    "a redirect without an address": ["redirect", () => serve((_request, response) => response.writeHead(302).end())],
    "a redirect to itself": ["redirect", () => redirectingTo("/")],
    "a missing file": ["unreadable", async () => "file:///no/such/file"],
    "a folder": ["unreadable", async () => "file:///etc"],
    "a device": ["unreadable", async () => "file:///dev/zero"],
    "a file on another host": ["unreadable", async () => "file://host/etc/passwd"],
    ftp: ["address-unsupported", async () => "ftp://example.org/x"],
    "no address at all": ["address-unsupported", async () => "/etc/passwd"],
  };

  test.each(Object.entries(cases))("%s", async (_name, [reason, start]) => {
    const address = await start();
    const times = { connectMs: 300, stallMs: 300 };
    expect(reasons(await failed([address], {}, times))).toEqual([reason]);
    await fetched([address, await good()], {}, times);
  });
});

describe("the final error", () => {
  test("no address delivered: unreachable, with every address and its reason, without credentials", async () => {
    const port = await closedPort();
    const error = await failed([`http://ann:secret@127.0.0.1:${port}/x`, "file:///no/such/\u001b[31mfile"]);
    expect(error).toMatchObject({ code: "artifact-unreachable", exit: "unreachable" });
    expect(error.details).toHaveLength(2);
    expect(error.details[0]).toBe(`http://127.0.0.1:${port}/x: the connection was refused`);
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/secret|u001b\[31m/);
    expect(await failed([])).toMatchObject({
      code: "artifact-unreachable",
      message: expect.stringContaining("No address"),
    });
  });

  test("bytes came, and other ones: refused, with address, expected and found", async () => {
    const other = Buffer.alloc(content.length, "x");
    const address = await serve((_request, response) => response.end(other));
    const error = await failed([`http://127.0.0.1:${await closedPort()}`, address]);
    expect(error).toMatchObject({ code: "artifact-mismatch", exit: "refused" });
    expect(error.message).toContain(address);
    expect(error.message).toContain(right.sha256);
    expect(error.message).toContain(createHash("sha256").update(other).digest("hex"));
    expect(reasons(error)).toEqual(["connection-refused", "wrong-hash"]);
  });

  test("an endless answer is cut as soon as it is too long, and never lands on the disk", async () => {
    let sent = 0;
    const endless = await serve((request, response) => {
      const timer = setInterval(() => {
        sent += 1000;
        response.write(Buffer.alloc(1000));
      }, 1);
      request.socket.once("close", () => clearInterval(timer));
    });
    let arrived = 0;
    const error = await failed(
      [endless],
      { size: 5000 },
      { onBytes: (n) => (arrived = Math.max(arrived, arrived + n)) },
    );
    expect(error).toMatchObject({ code: "artifact-mismatch" });
    expect(reasons(error)).toEqual(["too-long"]);
    expect(arrived).toBeLessThanOrEqual(5000);
    expect(sent).toBeLessThan(1_000_000);
  });

  test("an announced length that is wrong is refused before the first byte", async () => {
    const bytes: number[] = [];
    const address = await serve((_request, response) => response.end(content));
    await failed([address], { size: 10 }, { onBytes: (n) => bytes.push(n) });
    expect(bytes).toEqual([]);
  });
});

test.runIf(needs("root"))("a full disk ends it at once, without asking the next address", async () => {
  const folder = join(temporaryFolder(), "small");
  mkdirSync(folder);
  execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  onTestFinished(() => void execFileSync("/usr/bin/umount", [folder]));
  let asked = 0;
  const next = await serve((_request, response) => {
    asked++;
    response.end(content);
  });
  const to = join(folder, "file");
  await expect(download({ ...right, urls: [await good(), next] }, to, noProxy)).rejects.toMatchObject({
    code: "disk-full",
    exit: "error",
    message: expect.stringContaining(to),
  });
  expect([asked, readdirSync(folder)]).toEqual([0, []]);
});

describe("an interruption", () => {
  test.each(["before", "while waiting", "in the middle"])("%s ends at once, and keeps what had come", async (when) => {
    const controller = new AbortController();
    const server = await serve((_request, response) => {
      if (when === "in the middle") response.writeHead(200, lengthOf(content)).write(content.subarray(0, 1000));
      else controller.abort();
    });
    if (when === "before") controller.abort();
    const options = { signal: controller.signal, onBytes: () => controller.abort() };
    expect(await failed([server, await good()], {}, options)).toMatchObject({
      code: "interrupted",
      exit: "interrupted",
    });
  });
});

function lengthOf(body: Buffer): { "content-length": number } {
  return { "content-length": body.length };
}

function redirectingTo(location: string): Promise<string> {
  return serve((_request, response) => response.writeHead(302, { location }).end());
}

async function closedPort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
