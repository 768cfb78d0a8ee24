import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { type SmallFileOptions, smallFile } from "../../host/small-file.ts";

let server: Server;
let url: string;
let answers: ((response: ServerResponse, body: string) => void)[];
let asked: string[];

beforeEach(async () => {
  answers = [];
  asked = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${body}`.trim());
      answers.shift()?.(response, body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const OPTIONS: SmallFileOptions = {
  connectMs: 5000,
  stallMs: 5000,
  routing: { proxyFor: () => undefined, credentialsFor: () => undefined },
  maxBytes: 10,
  retries: 2,
  backoffMs: 1,
};
const get = (more: Partial<SmallFileOptions> = {}, path = "/x") => smallFile(`${url}${path}`, { ...OPTIONS, ...more });
const failure = async (promise: Promise<unknown>) => {
  const cause = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(cause instanceof FetchFailure)) throw new Error(`no failure: ${String(cause)}`);
  return { reason: cause.reason, isAbsent: cause.isAbsent };
};

it("all of it, from a server or a folder", async () => {
  answers = [(response) => response.end("0123456789")];
  expect((await get()).toString()).toBe("0123456789");
  const folder = mkdtempSync(join(tmpdir(), "omg-small-"));
  writeFileSync(join(folder, "x"), "abc");
  expect((await smallFile(pathToFileURL(join(folder, "x")).href, OPTIONS)).toString()).toBe("abc");
  const gone = failure(smallFile(pathToFileURL(join(folder, "y")).href, OPTIONS));
  expect(await gone).toEqual({ reason: "unreadable", isAbsent: true });
  rmSync(folder, { recursive: true });
});

it("never more than it may, whether or not that was announced", async () => {
  answers = [
    (response) => response.end("0123456789a"),
    (response) => {
      response.write("01234567");
      response.end("0123456789");
    },
  ];
  expect(await failure(get())).toMatchObject({ reason: "too-long" });
  expect(await failure(get())).toMatchObject({ reason: "too-long" });
});

it("asks again where the answer may be another in a moment, and only there", async () => {
  const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end();
  answers = [status(503), status(429), (response) => response.end("ok")];
  expect((await get()).toString()).toBe("ok");
  answers = [status(404), status(200)];
  expect(await failure(get())).toEqual({ reason: "http-status", isAbsent: true });
  answers = [status(500), status(500), status(500), status(500)];
  expect(await failure(get())).toEqual({ reason: "http-status", isAbsent: false });
  expect(asked).toHaveLength(3 + 1 + 3);
});

it("gives up on one that drips", async () => {
  answers = [
    (response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(drip));
    },
  ];
  expect(await failure(get({ overallMs: 200, maxBytes: 1_000_000, retries: 0 }))).toMatchObject({ reason: "too-slow" });
});

it("posts JSON, and sends it nowhere else", async () => {
  answers = [(response, body) => response.end(body), (response) => response.writeHead(307, { location: "/y" }).end()];
  expect((await get({ json: '{"a":1}' })).toString()).toBe('{"a":1}');
  expect(await failure(get({ json: '{"a":1}' }))).toMatchObject({ reason: "redirect" });
  expect(asked).toEqual(['POST /x {"a":1}', 'POST /x {"a":1}']);
});
