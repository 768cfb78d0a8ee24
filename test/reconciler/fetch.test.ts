import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { fetchArtifacts } from "../../reconciler/fetch.ts";
import { openStore, type Store } from "../../reconciler/store.ts";
import type { World } from "../../reconciler/world.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import type { Event } from "../../schema/model/events.ts";
import type { Plan } from "../../schema/model/plan.ts";
import type { Step } from "../../schema/model/transaction.ts";
import { type FaultServer, serveFolder } from "../support/fault-server.ts";

const names = Array.from({ length: 12 }, (_, index) => `p${String(index).padStart(2, "0")}`);
const contentOf = (name: string) => Buffer.from(`${name}\n`.repeat(20_000));

let folder: string;
let server: FaultServer;
let store: Store;
let events: Event[];
let stop: AbortController;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "omg-fetch-"));
  mkdirSync(join(folder, "pool"));
  for (const name of names) writeFileSync(join(folder, "pool", name), contentOf(name));
  server = await serveFolder(join(folder, "pool"));
  store = openStore(join(folder, "store"));
  events = [];
  stop = new AbortController();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function artifact(name: string, role: Artifact["role"] = "install"): Artifact {
  const content = contentOf(name);
  const common = { name, version: "1", arch: "all", filename: name, origin: "test", role };
  const chain = { type: "recorded", evidence: [] } as const;
  const urls = [`${server.url}/${name}`];
  return { ...common, address: `apt.${name}`, sha256: sha256(content), size: content.length, urls, chain };
}

function fetch(artifacts: readonly Artifact[]) {
  const steps = artifacts.map(({ address }) => ({ address, undo: { possible: true } }) as Step);
  const transaction = { provider: "apt", steps, artifacts, problems: [], notes: [] };
  const scopes = [{ scope: "system", providers: [{ name: "apt" }], store }];
  const world = { scopes, signal: stop.signal, emit: (event: Event) => events.push(event) };
  // Only what a fetch looks at.
  return fetchArtifacts({ transactions: [transaction] } as unknown as Plan, world as unknown as World);
}

const errorOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error) => error,
  );
const has = () => names.filter((name) => store.has(sha256(contentOf(name))));

describe("the fetch", () => {
  it("brings everything, and its reports are true: done only grows up to the total, bytes add up", async () => {
    await store.add(sha256(contentOf("p00")), async (path) => writeFileSync(path, contentOf("p00")));
    server.fail({ match: /p03/, kind: "truncate", times: 1 });
    await fetch(names.map((name) => artifact(name)));
    expect(has()).toEqual(names);
    const reports = events.flatMap((event) => (event.type === "fetching" ? [event] : []));
    const done = reports.map((event) => event.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect([done[0], done.at(-1)]).toEqual([1, names.length]);
    expect(new Set(reports.map(({ total }) => total))).toEqual(new Set([names.length]));
    for (const name of names.slice(1))
      expect(reports.filter((event) => event.name === `apt.${name}`).at(-1)?.bytes).toBe(contentOf(name).length);
    expect(new Set(server.requests.slice(0, 4))).toEqual(new Set(["/p01", "/p02", "/p03", "/p04"]));
  });

  it("fetches the same bytes once, whoever wants them", async () => {
    await fetch([artifact("p01"), { ...artifact("p01", "replaced"), address: "apt.other" }]);
    expect(server.requests).toEqual(["/p01"]);
  });

  it("names all that the archive has lost, in the plan's order, and keeps the rest", async () => {
    server.fail({ match: /p0[258]/, kind: "missing" });
    const error = await errorOf(fetch(names.map((name) => artifact(name))));
    expect(error).toMatchObject({ code: "artifact-unreachable", exit: "unreachable" });
    expect(error.message).toBe("3 artifacts could not be fetched.");
    expect(error.details.map((line: string) => line.slice(0, 10))).toEqual(["apt.p02 1:", "apt.p05 1:", "apt.p08 1:"]);
    expect(has()).toHaveLength(names.length - 3);
  });

  it("other bytes stop everything, and what the others have got stays for the next time", async () => {
    server.fail({ match: /p01/, kind: "corrupt" }, { match: /p0[2-9]/, kind: "stall" });
    expect(await errorOf(fetch(names.map((name) => artifact(name))))).toMatchObject({ code: "artifact-mismatch" });
    const kept = store.unfinished().map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
    const running = ["p02", "p03", "p04"].map((name) => sha256(contentOf(name)));
    expect(running).toEqual(expect.arrayContaining(kept));
    expect(server.requests).not.toContain("/p09");
    server.fail();
    await fetch(names.map((name) => artifact(name)));
    expect(has()).toEqual(names);
    expect(store.unfinished()).toEqual([]);
  });

  it("an interruption ends it, and keeps what has come", async () => {
    server.fail({ match: /p01/, kind: "stall" });
    const running = errorOf(fetch([artifact("p01")]));
    while (!events.some((event) => event.type === "fetching")) await new Promise((done) => setTimeout(done, 5));
    stop.abort();
    expect(await running).toMatchObject({ code: "interrupted" });
    server.fail();
    stop = new AbortController();
    await fetch([artifact("p01")]);
    expect(server.ranges.at(-1)).toMatch(/^\/p01 bytes=\d+-$/);
    expect(readFileSync(store.path(sha256(contentOf("p01")))).equals(contentOf("p01"))).toBe(true);
  });

  it("what is to be replaced and cannot be had closes the way back, and nothing else", async () => {
    server.fail({ match: /p02/, kind: "missing" });
    const [after] = await fetch([artifact("p01"), artifact("p02", "replaced")]);
    expect(after?.artifacts.map(({ name }) => name)).toEqual(["p01"]);
    expect(after?.steps.map(({ undo }) => undo.possible)).toEqual([true, false]);
    expect(events.filter(({ type }) => type === "warning")).toHaveLength(1);
  });
});
