import { readdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { fetchedFile, keptCopy } from "../../host/fetched-file.ts";
import { smallFile } from "../../host/small-file.ts";
import { temporaryFolder } from "./bundle.ts";

const OPTIONS = {
  connectMs: 5000,
  stallMs: 5000,
  routing: { proxyFor: () => undefined, credentialsFor: () => undefined },
  maxBytes: 1000,
  retries: 0,
  backoffMs: 1,
};
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("is asked for again by its tag, and kept where it is the same", async () => {
  const folder = temporaryFolder();
  const asked: (string | undefined)[] = [];
  let text = "one";
  const url = await serve((request, response) => {
    asked.push(request.headers["if-none-match"]);
    const etag = `"${text}"`;
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag }).end(text);
  });
  const get = async (more = {}) =>
    (await fetchedFile(`${url}/list`, folder, { ...OPTIONS, now: new Date(), ...more })).bytes.toString();
  expect([await get(), await get()]).toEqual(["one", "one"]);
  text = "two";
  expect([await get({ freshMs: 60_000 }), await get(), await get()]).toEqual(["one", "two", "two"]);
  expect(asked).toEqual([undefined, '"one"', '"one"', '"two"']);
});

test("is no copy any more once somebody changed it", async () => {
  const folder = temporaryFolder();
  const url = await serve((_, response) => response.writeHead(200, { etag: '"1"' }).end("good"));
  const { path } = await fetchedFile(`${url}/x`, folder, { ...OPTIONS, now: new Date() });
  expect(keptCopy(`${url}/x`, folder)?.bytes.toString()).toBe("good");
  writeFileSync(path, "bad");
  expect(keptCopy(`${url}/x`, folder)).toBeUndefined();
  expect(keptCopy(`${url}/y`, folder)).toBeUndefined();
  expect(
    readdirSync(folder)
      .map((name) => join(folder, name))
      .includes(path),
  ).toBe(true);
});

test("a 304 that nobody asked for is no answer", async () => {
  const url = await serve((_, response) => response.writeHead(304).end());
  await expect(fetchedFile(url, temporaryFolder(), { ...OPTIONS, now: new Date() })).rejects.toBeInstanceOf(
    FetchFailure,
  );
});

test("a login goes to the server that it is for, and to none that this one names", async () => {
  const seen: IncomingMessage["headers"][] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers);
    response.writeHead(200).end("there");
  });
  const first = await serve((request, response) => {
    seen.push(request.headers);
    response.writeHead(302, { location: request.url === "/away" ? `${other}/x` : "/away" }).end();
  });
  const headers = { authorization: "Bearer secret", accept: "text/plain" };
  expect((await smallFile(`${first}/here`, { ...OPTIONS, headers })).toString()).toBe("there");
  expect(seen.map(({ authorization, accept }) => [authorization, accept])).toEqual([
    ["Bearer secret", "text/plain"],
    ["Bearer secret", "text/plain"],
    [undefined, "text/plain"],
  ]);
});

test("says when a server that counts questions will answer again", async () => {
  const reset = Math.floor(Date.now() / 1000) + 600;
  const url = await serve((_, response) =>
    response.writeHead(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) }).end(),
  );
  const failure: unknown = await smallFile(url, OPTIONS).catch((cause: unknown) => cause);
  const wait = failure instanceof FetchFailure ? (failure.answer?.retryAfterMs ?? 0) : 0;
  expect(wait > 500_000 && wait <= 600_000).toBe(true);
});
