import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, test } from "vitest";
import type { OnlineAnswer } from "../../../policy/advisories/sources.ts";
import { askAll } from "../../../policy/advisories/verify.ts";
import { onlineLookup } from "../../../policy/osv/online.ts";
import { debianRecord } from "../../support/advisory-dumps.ts";

const NOW = new Date("2026-11-25T12:00:00Z");

let cache: string;
let server: Server;
let api: string;
let asked: { readonly path: string; readonly queries: readonly Query[] }[];
let answer: (path: string, queries: readonly Query[], response: ServerResponse) => void;

interface Query {
  readonly package: { readonly name: string; readonly ecosystem: string };
  readonly version: string;
  readonly page_token?: string;
}

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), "omg-online-"));
  asked = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const path = request.url ?? "";
      const queries = body === "" ? [] : (JSON.parse(body) as { queries: readonly Query[] }).queries;
      asked.push({ path, queries });
      answer(path, queries, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(cache, { recursive: true, force: true });
});

const subject = (name: string, ecosystem = "Debian:12") => ({ ecosystem, name, version: "1.0" });

async function look(
  names: readonly ReturnType<typeof subject>[],
  now = NOW,
  stallMs = 10_000,
): Promise<readonly OnlineAnswer[]> {
  const asking = { env: {}, signal: new AbortController().signal, backoffMs: 1, stallMs };
  const found = await onlineLookup({ api, cache, now, asking })(names);
  return names.map(found);
}

/** One hole in every package, named after it. */
const holes: typeof answer = (path, queries, response) => {
  const [, name] = /^\/v1\/vulns\/DEBIAN-CVE-2026-(\d+)$/.exec(path) ?? [];
  const results = queries.map((query) => ({ vulns: [{ id: `DEBIAN-CVE-2026-${query.package.name.slice(1)}` }] }));
  response.end(JSON.stringify(name === undefined ? { results } : debianRecord(`CVE-2026-${name}`, `p${name}`, "2.0")));
};

it("asks a thousand at a time, and each record once", async () => {
  answer = holes;
  const names = Array.from({ length: 1100 }, (_, index) => subject(`p${1000 + (index % 1050)}`));
  const found = await look(names);
  expect(asked.filter(({ path }) => path === "/v1/querybatch").map(({ queries }) => queries.length)).toEqual([
    1000, 50,
  ]);
  const records = asked.map(({ path }) => path).filter((path) => path !== "/v1/querybatch");
  expect(new Set(records).size).toBe(1050);
  expect(found[1099]).toMatchObject({
    date: NOW.toISOString(),
    from: api,
    vulnerabilities: [{ id: "CVE-2026-1049", fixed: "2.0" }],
  });
});

it("follows pages until there is none, also behind an empty one", async () => {
  answer = (path, queries, response) => {
    if (path !== "/v1/querybatch") return holes(path, queries, response);
    const results = queries.map(({ page_token: page, package: { name } }) => {
      if (name === "p1001") return {};
      if (page === undefined) return { vulns: [{ id: "DEBIAN-CVE-2026-1000" }], next_page_token: "a" };
      return page === "a" ? { vulns: [], next_page_token: "b" } : { vulns: [{ id: "DEBIAN-CVE-2026-1002" }] };
    });
    response.end(JSON.stringify({ results }));
  };
  const [first, second] = await look([subject("p1000"), subject("p1001")]);
  expect(first).toMatchObject({ vulnerabilities: [{ id: "CVE-2026-1000" }, { id: "CVE-2026-1002" }] });
  expect(second).toMatchObject({ vulnerabilities: [] });
  expect(asked.filter(({ path }) => path === "/v1/querybatch").map(({ queries }) => queries.length)).toEqual([2, 1, 1]);
});

it("keeps an answer for an hour, and no longer", async () => {
  answer = holes;
  await look([subject("p1000")]);
  const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  expect((await look([subject("p1000")], later(59)))[0]).toMatchObject({ date: NOW.toISOString() });
  expect(asked).toHaveLength(2);
  expect((await look([subject("p1000")], later(61)))[0]).toMatchObject({ date: later(61).toISOString() });
  expect(asked).toHaveLength(4);
  answer = (_, __, response) => void response.writeHead(500).end();
  expect((await look([subject("p1000")], later(200)))[0]).toMatchObject({ code: "lookup-failed" });
});

it("does not ask about what OSV has no list of", async () => {
  answer = holes;
  const [found] = await look([subject("openssl", "Arch")]);
  expect(found).toMatchObject({ code: "lookup-failed" });
  expect(asked).toEqual([]);
  const answers = await askAll([undefined, subject("openssl", "Arch")], { folders: [] });
  expect(answers.map((each) => ("code" in each ? each.code : ""))).toEqual(["no-ecosystem", "no-database"]);
});

test.each<[string, typeof answer, RegExp]>([
  ["says nothing", () => undefined, /nothing came for 100 ms/],
  [
    "stops in the middle",
    (_, __, response) => void response.writeHead(200, { "content-length": "99" }).write("{"),
    /nothing came/,
  ],
  ["says 503", (_, __, response) => void response.writeHead(503).end(), /503/],
  [
    "gives pages without end",
    (_, queries, response) =>
      void response.end(JSON.stringify({ results: queries.map(() => ({ next_page_token: "x" })) })),
    /did not stop giving pages/,
  ],
  ["answers too few", (_, __, response) => void response.end(JSON.stringify({ results: [] })), /did not answer each/],
  [
    "redirects a question",
    (_, __, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    /redirect/,
  ],
  [
    "has no record behind an id",
    (path, queries, response) => (path === "/v1/querybatch" ? holes(path, queries, response) : void response.end("{}")),
    /no record of a vulnerability/,
  ],
])("a server that %s has answered nothing, and nothing is kept", async (_, act, reason) => {
  answer = act;
  const [found] = await look([subject("p1000")], NOW, 100);
  expect(found).toMatchObject({ code: "lookup-failed", detail: expect.stringMatching(reason) });
  expect(found).toMatchObject({ detail: expect.stringContaining(api) });
  expect(readdirSync(cache)).toEqual([]);
});
