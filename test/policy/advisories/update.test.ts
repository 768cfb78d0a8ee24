import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { type DatabaseFolder, hasDatabase, openDatabase } from "../../../policy/advisories/database.ts";
import { vulnerabilitiesOf } from "../../../policy/advisories/find.ts";
import { type UpdateOptions, updateDatabase } from "../../../policy/advisories/update.ts";
import { OmgError } from "../../../schema/error.ts";
import { archGroup, debianRecord, writeOsvDump, writeTrackerDump } from "../../support/advisory-dumps.ts";
import { zipOf } from "../../support/zip-writer.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const ME = process.geteuid?.() ?? 0;

let root: string;
let folder: DatabaseFolder;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "omg-advisories-"));
  folder = { path: join(root, "data/advisories"), owners: [ME] };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function options(more: Partial<UpdateOptions> = {}): UpdateOptions {
  const asking = { env: {}, signal: new AbortController().signal, backoffMs: 1, stallMs: 200 };
  return { folder, now: NOW, force: false, asking, ...more };
}

const some = (count: number, modified?: string) =>
  Array.from({ length: count }, (_, index) =>
    debianRecord(`CVE-2026-${1000 + index}`, `source-${index % 50}`, "2.0-1", {
      releases: ["12", "13"],
      ...(modified !== undefined && { modified }),
    }),
  );
const dump = (records: readonly object[]) => pathToFileURL(writeOsvDump(join(root, "all.zip"), records)).href;

function found(name: string, version: string, ecosystem = "Debian:12") {
  const database = openDatabase([folder], ecosystem);
  try {
    return vulnerabilitiesOf({ ecosystem, name, version }, database?.advisories ?? (() => [])).map(({ id }) => id);
  } finally {
    database?.close();
  }
}

/** Runs the update, and gives the code of its refusal. */
async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof OmgError)) throw new Error(`not refused: ${String(error)}`);
  expect(`${error.message} ${error.hint}`).not.toMatch(/undefined|\.omg-/);
  return error.code;
}

describe("a database", () => {
  it("answers what its dump says, by source package and release", async () => {
    const { facts, outcome } = await updateDatabase(
      dump([...some(100), debianRecord("CVE-2026-9", "other", undefined, { withdrawn: "2026-11-01T00:00:00Z" })]),
      "Debian",
      options(),
    );
    expect(outcome).toBe("updated");
    expect(facts).toMatchObject({ ecosystem: "Debian", records: 101, unreadable: 0, date: "2026-11-20T10:00:00.123Z" });
    expect(found("source-7", "1.0")).toEqual(["CVE-2026-1007", "CVE-2026-1057"]);
    expect(found("source-7", "1.0", "Debian:13")).toHaveLength(2);
    expect(found("source-7", "2.0-1")).toEqual([]);
    expect(found("source-7", "1.0", "Debian:11")).toEqual([]);
    expect(found("source", "1.0")).toEqual([]);
    expect(found("other", "1.0")).toEqual([]);
    expect(readdirSync(folder.path)).toEqual(["debian.advisories"]);
    expect(statSync(join(folder.path, "debian.advisories")).mode & 0o777).toBe(0o644);
  });

  it("is made from the Arch tracker's list as well, with pacman's order", async () => {
    const path = writeTrackerDump(join(root, "all.json"), [
      archGroup(1, ["openssl"], { affected: "1:1.1-1", fixed: "1:1.2-1" }),
      archGroup(2, ["curl"]),
    ]);
    const { facts } = await updateDatabase(pathToFileURL(path).href, undefined, options());
    expect(facts).toMatchObject({ ecosystem: "Arch", records: 2, date: NOW.toISOString() });
    expect(found("openssl", "1:1.1-1", "Arch")).toEqual(["CVE-2026-10001"]);
    expect(found("openssl", "1:1.2-1", "Arch")).toEqual([]);
    expect(found("openssl", "1.1-1", "Arch")).toEqual([]);
  });

  it("of two the newer one answers", async () => {
    const other: DatabaseFolder = { path: join(root, "other"), owners: [ME] };
    await updateDatabase(dump(some(10, "2026-11-10T00:00:00Z")), "Debian", options());
    await updateDatabase(dump(some(20, "2026-11-20T00:00:00Z")), "Debian", options({ folder: other }));
    for (const folders of [
      [folder, other],
      [other, folder],
    ]) {
      const database = openDatabase(folders, "Debian:12");
      expect(database?.facts.records).toBe(20);
      database?.close();
    }
  });

  it("is none where somebody else could have written it, and none where it is cut off", async () => {
    await updateDatabase(dump(some(10)), "Debian", options());
    const path = join(folder.path, "debian.advisories");
    const opens = (owners: readonly number[] = folder.owners) => {
      const database = openDatabase([{ path: folder.path, owners }], "Debian:12");
      database?.close();
      return database !== undefined;
    };
    expect(opens()).toBe(true);
    expect(opens([ME + 1])).toBe(false);
    chmodSync(path, 0o666);
    expect(opens()).toBe(false);
    chmodSync(path, 0o644);
    if (ME === 0) {
      chownSync(path, 12_345, 0);
      expect(opens()).toBe(false);
      chownSync(path, 0, 0);
    }
    truncateSync(path, statSync(path).size - 1);
    expect(opens()).toBe(false);
    for (const text of ["", "\u0004\u0000\u0000\u0000null", "x".repeat(5000)]) {
      writeFileSync(path, text);
      expect(opens()).toBe(false);
    }
    expect(hasDatabase([folder])).toBe(true);
    expect(hasDatabase([{ path: join(root, "nowhere"), owners: [ME] }])).toBe(false);
  });
});

describe("a dump that is refused leaves the database as it is", () => {
  let before: Buffer;
  const path = () => join(folder.path, "debian.advisories");
  beforeEach(async () => {
    await updateDatabase(dump(some(100)), "Debian", options());
    before = readFileSync(path());
  });
  afterEach(() => {
    expect(readFileSync(path()).equals(before)).toBe(true);
    expect(readdirSync(folder.path)).toEqual(["debian.advisories"]);
  });

  const bytes = (content: string | Buffer) => {
    writeFileSync(join(root, "all.zip"), content);
    return pathToFileURL(join(root, "all.zip")).href;
  };
  test.each<[string, () => string, string]>([
    ["older", () => dump(some(100, "2026-11-19T00:00:00Z")), "dump-older"],
    ["much smaller", () => dump(some(79)), "dump-smaller"],
    ["empty", () => dump([]), "dump-unreadable"],
    ["about nothing", () => dump([{ id: "X-1", affected: [] }]), "dump-unreadable"],
    ["of records that are none", () => dump([...some(100), {}, { id: 3 }]), "dump-unreadable"],
    [
      "about something else",
      () => dump([{ id: "X-1", affected: [{ package: { ecosystem: "npm", name: "x" }, versions: ["1"] }] }]),
      "dump-unexpected",
    ],
    ["a page of text", () => bytes("<!doctype html><title>Please log in</title>"), "dump-unreadable"],
    ["a JSON of something else", () => bytes('{"status": "ok"}'), "dump-unreadable"],
    [
      "cut off",
      () =>
        bytes(
          zipOf(some(100).map((each, index) => [`${index}.json`, JSON.stringify(each)] as const)).subarray(0, 5000),
        ),
      "archive-damaged",
    ],
    ["not there", () => "file:///nowhere/all.zip", "advisories-unreachable"],
  ])("%s", async (_, make, code) => expect(await refusal(updateDatabase(make(), "Debian", options()))).toBe(code));
});

it("an older and a smaller dump are taken where somebody says so", async () => {
  await updateDatabase(dump(some(100)), "Debian", options());
  const { outcome } = await updateDatabase(dump(some(10, "2026-01-01T00:00:00Z")), "Debian", options({ force: true }));
  expect(outcome).toBe("updated");
  expect(openDatabase([folder], "Debian")?.facts.records).toBe(10);
});

it("what a killed update left there goes with the next one, and nothing else", async () => {
  await updateDatabase(dump(some(10)), "Debian", options());
  const old = new Date(Date.now() - 7_200_000);
  for (const name of [".omg-0123456789abcdef.dump", ".omg-fedcba9876543210.tmp", "notes.txt"]) {
    writeFileSync(join(folder.path, name), "x");
    utimesSync(join(folder.path, name), old, old);
  }
  writeFileSync(join(folder.path, ".omg-00000000deadbeef.dump"), "under way");
  await updateDatabase(dump(some(10)), "Debian", options());
  expect(readdirSync(folder.path).sort()).toEqual([".omg-00000000deadbeef.dump", "debian.advisories", "notes.txt"]);
});

it("records from the future make a list no newer than it is", async () => {
  const records = [
    ...some(10, "2026-11-01T00:00:00Z"),
    debianRecord("CVE-2026-1", "x", "1", { modified: "2099-01-01T00:00:00Z" }),
  ];
  expect((await updateDatabase(dump(records), "Debian", options())).facts.date).toBe("2026-11-01T00:00:00.000Z");
});

describe("a server", () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: IncomingMessage[];
  let url: string;
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/all.zip`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const good = (response: ServerResponse, records = some(20)) =>
    response
      .writeHead(200, { etag: '"v1"', "last-modified": "Tue, 24 Nov 2026 00:00:00 GMT" })
      .end(readFileSync(new URL(dump(records))));

  it("is asked only for what has changed, and believed that it has not", async () => {
    answer = (request, response) =>
      request.headers["if-none-match"] === '"v1"' ? response.writeHead(304).end() : good(response);
    expect((await updateDatabase(url, "Debian", options())).outcome).toBe("updated");
    expect((await updateDatabase(url, "Debian", options())).outcome).toBe("unchanged");
    expect(asked.map(({ headers }) => headers["if-modified-since"])).toEqual([
      undefined,
      "Tue, 24 Nov 2026 00:00:00 GMT",
    ]);
    expect((await updateDatabase(url, "Debian", options({ force: true }))).outcome).toBe("unchanged");
    expect(asked[2]?.headers["if-none-match"]).toBeUndefined();
  });

  it("that says unchanged to the first question is not believed", async () => {
    answer = (_, response) => void response.writeHead(304).end();
    expect(await refusal(updateDatabase(url, "Debian", options()))).toBe("dump-unexpected");
    expect(existsSync(join(folder.path, "debian.advisories"))).toBe(false);
  });

  test.each<[string, (response: ServerResponse) => void, number]>([
    ["says 429", (response) => void response.writeHead(429, { "retry-after": "0" }).end(), 3],
    ["says 429 for an hour", (response) => void response.writeHead(429, { "retry-after": "3600" }).end(), 1],
    ["says 500", (response) => void response.writeHead(500).end(), 3],
    ["says 404", (response) => void response.writeHead(404).end(), 1],
    ["says nothing", () => undefined, 3],
    ["stops in the middle", (response) => void response.writeHead(200, { "content-length": "5000" }).write("PK"), 3],
    [
      "breaks off",
      (response) => void response.writeHead(200, { "content-length": "5000" }).write("PK", () => response.destroy()),
      3,
    ],
  ])("that %s is named", async (_, act, times) => {
    answer = (__, response) => act(response);
    const error = (await updateDatabase(url, "Debian", options()).catch((cause: unknown) => cause)) as OmgError;
    expect(error).toMatchObject({ code: "advisories-unreachable", exit: "unreachable" });
    expect(error.message).toContain(url);
    expect(asked).toHaveLength(times);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ["never ends (endless data)", endless, /more than 100000 bytes came/],
    ["trickles (slow retrieval)", trickling, /less than 1024 a second/],
  ])("that %s is given up, and what is here stays", async (_, act, says) => {
    answer = (__, response) => good(response);
    await updateDatabase(url, "Debian", options());
    const before = readFileSync(join(folder.path, "debian.advisories"));
    answer = (__, response) => act(response);
    const asking = { ...options().asking, mostBytes: 100_000 };
    const error = (await updateDatabase(url, "Debian", options({ asking })).catch(
      (cause: unknown) => cause,
    )) as OmgError;
    expect(error).toMatchObject({ code: "advisories-unreachable" });
    expect(error.message).toMatch(says);
    expect(readFileSync(join(folder.path, "debian.advisories")).equals(before)).toBe(true);
    expect(readdirSync(folder.path)).toEqual(["debian.advisories"]);
  });

  it("that failed once is asked again", async () => {
    answer = (_, response) => (asked.length === 1 ? response.writeHead(503).end() : good(response));
    expect((await updateDatabase(url, "Debian", options())).outcome).toBe("updated");
  });

  it("has its password kept to itself", async () => {
    answer = (_, response) => void response.writeHead(500).end();
    const error = (await updateDatabase(url.replace("http://", "http://me:secret@"), "Debian", options()).catch(
      (cause: unknown) => cause,
    )) as OmgError;
    expect(error.message).not.toContain("secret");
  });
});

function endless(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(1 << 16)));
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}

function trickling(response: ServerResponse): void {
  const timer = setInterval(() => response.write("x"), 20);
  response.once("close", () => clearInterval(timer));
}
