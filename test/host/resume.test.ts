import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DownloadOptions, download } from "../../host/download.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { isWorthAnother, waitBefore } from "../../host/retry.ts";
import { type FaultKind, type FaultServer, serveFolder } from "../support/fault-server.ts";

const content = Buffer.from("the right bytes, and no others\n".repeat(2000));
const half = content.length / 2;
const right = { sha256: createHash("sha256").update(content).digest("hex"), size: content.length };
const patient = { routing: environmentRouting({}), retries: 3, backoffMs: 1, stallMs: 150 };

const folder = mkdtempSync(join(tmpdir(), "omg-resume-"));
let server: FaultServer;
let to: string;
let count = 0;
const freshName = () => join(folder, `file${count++}`);
beforeAll(async () => {
  writeFileSync(join(folder, "x"), content);
  server = await serveFolder(folder);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  to = freshName();
  server.fail();
});

const asked = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
  const before = server.ranges.length;
  await act();
  return server.ranges.slice(before);
};
const fetched = (options: DownloadOptions = {}, urls = [`${server.url}/x`]) =>
  download({ ...right, urls }, to, { ...patient, ...options });
const failed = (options: DownloadOptions = {}) =>
  fetched(options).then(
    () => undefined,
    (error) => error,
  );
function isWhole(): void {
  expect(readFileSync(to).equals(content)).toBe(true);
}

describe("within one run", () => {
  test.each<[FaultKind, number, readonly string[]]>([
    ["truncate", 1, ["/x", `/x bytes=${half}-`]],
    ["truncate", 2, ["/x", `/x bytes=${half}-`, `/x bytes=${half * 1.5}-`]],
    ["stall", 1, ["/x", `/x bytes=${half}-`]],
    ["drop", 2, ["/x", "/x", "/x"]],
    ["error", 1, ["/x", "/x"]],
    ["broken", 3, ["/x", "/x", "/x", "/x"]],
    ["redirect", 1, ["/x", "/x"]],
    ["wrong-range", 99, ["/x", `/x bytes=${half}-`, "/x", `/x bytes=${half}-`, "/x"]],
  ])("%s %d times", async (kind, times, ranges) => {
    server.fail({ match: /x/, kind, times });
    // Whoever never keeps to ranges and breaks each time never delivers; the others do.
    const hopeless = kind === "wrong-range";
    const found = await asked(() => (hopeless ? failed() : fetched()));
    expect(found.slice(0, ranges.length)).toEqual(ranges);
    if (hopeless) expect(existsSync(to) ? content.subarray(0, half).equals(readFileSync(to)) : true).toBe(true);
    else isWhole();
  });

  test.each<FaultKind>(["wrong-range", "lying-range", "no-range", "whole-again"])(
    "after a break, %s makes it start anew",
    async (kind) => {
      server.fail({ match: /x/, kind, times: 2 });
      const found = await asked(() => fetched());
      expect(found.slice(0, 2)).toEqual(["/x", `/x bytes=${half}-`]);
      expect(found[2]).toBe(kind === "whole-again" ? undefined : "/x");
      isWhole();
    },
  );

  test("Retry-After is waited for, up to half a minute", async () => {
    server.fail({ match: /x/, kind: "too-many", times: 1 });
    expect(await asked(() => fetched())).toEqual(["/x", "/x"]);
    const late = (ms: number) => new FetchFailure("http-status", "429", undefined, { status: 429, retryAfterMs: ms });
    expect([isWorthAnother(late(30_000)), isWorthAnother(late(31_000))]).toEqual([true, false]);
    expect(waitBefore(1, [late(5000)], 1000, () => 0)).toBe(5000);
  });

  test("waits longer each time, never longer than half a minute, and never all at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.double({ min: 0, max: 1, noNaN: true }), (round, chance) => {
        const wait = waitBefore(round, [], 1000, () => chance);
        const most = Math.min(30_000, 1000 * 2 ** (round - 1));
        expect(wait).toBeLessThanOrEqual(most);
        expect(wait).toBeGreaterThanOrEqual(most / 2);
      }),
    );
  });

  test.each<[FaultKind, string]>([
    ["missing", "http-status"],
    ["not-modified", "http-status"],
    ["unasked-part", "http-status"],
    ["redirect-loop", "redirect"],
    ["redirect-to-file", "redirect"],
    ["corrupt", "wrong-hash"],
  ])("%s is an answer: it is not asked for again", async (kind, reason) => {
    server.fail({ match: /x/, kind });
    const requests = await asked(async () => {
      const error = await failed();
      expect(error.cause.errors.map((failure: FetchFailure) => failure.reason)).toEqual([reason]);
    });
    expect(requests.length).toBe(kind === "redirect-loop" ? 6 : 1);
    expect(existsSync(to)).toBe(false);
  });

  test("a second address goes on where the first broke off, and starts anew where that was wrong", async () => {
    server.fail({ match: /x/, kind: "truncate", times: 1 });
    const twice = [`${server.url}/x`, `${server.url}/./x?again`];
    expect(await asked(() => fetched({ retries: 0 }, twice))).toEqual(["/x", `/x bytes=${half}-`]);
    isWhole();
    to = freshName();
    writeFileSync(to, Buffer.alloc(half, "x"));
    expect(await asked(() => fetched({ retries: 0 }, ["http://127.0.0.1:1/x", ...twice]))).toEqual([
      `/x bytes=${half}-`,
      "/x",
    ]);
    isWhole();
  });
});

describe("from one run to the next", () => {
  test("what had come is kept, counted, and not fetched again", async () => {
    server.fail({ match: /x/, kind: "truncate" });
    expect(await failed({ retries: 0 })).toMatchObject({
      code: "artifact-unreachable",
      state: expect.stringMatching(/kept/),
    });
    expect(readFileSync(to).equals(content.subarray(0, half))).toBe(true);
    server.fail();
    const bytes: number[] = [];
    expect(await asked(() => fetched({ onBytes: (n) => bytes.push(n) }))).toEqual([`/x bytes=${half}-`]);
    expect(bytes[0]).toBe(half);
    expect(bytes.reduce((sum, n) => sum + n)).toBe(content.length);
    isWhole();
  });

  test("what is whole already is not asked for at all", async () => {
    writeFileSync(to, content);
    expect(await asked(() => fetched())).toEqual([]);
    isWhole();
  });

  test.each([
    ["other bytes", Buffer.alloc(half, "x")],
    ["as many, and other bytes", Buffer.alloc(content.length, "x")],
    ["too many", Buffer.alloc(content.length + 1, "x")],
  ])("%s are thrown away", async (_, before) => {
    server.fail();
    writeFileSync(to, before);
    await fetched();
    isWhole();
  });

  test("a part without a known size is completed as well, and a whole one found to be so", async () => {
    for (const there of [content.subarray(0, half), content, Buffer.alloc(0)]) {
      writeFileSync(to, there);
      await download({ sha256: right.sha256, urls: [`${server.url}/x`] }, to, patient);
      isWhole();
    }
  });

  test("from a file too", async () => {
    writeFileSync(to, content.subarray(0, 7));
    await fetched({}, [`file://${folder}/x`]);
    isWhole();
  });

  test("never through a link", async () => {
    writeFileSync(`${to}-target`, "");
    symlinkSync(`${to}-target`, to);
    await expect(fetched()).rejects.toThrow("ELOOP");
    expect(readFileSync(`${to}-target`, "utf8")).toBe("");
  });
});

test("however it is cut and spoiled, what is kept in the end is right or a beginning", async () => {
  const kinds: FaultKind[] = [
    "truncate",
    "drop",
    "corrupt",
    "broken",
    "whole-again",
    "wrong-range",
    "lying-range",
    "no-range",
    "unasked-part",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...kinds), { maxLength: 5 }),
      fc.nat(content.length),
      async (faults, kept) => {
        to = freshName();
        server.fail(...faults.map((kind) => ({ match: /x/, kind, times: 1 })));
        writeFileSync(to, content.subarray(0, kept));
        const error = await failed();
        if (error === undefined) return isWhole();
        expect(["artifact-unreachable", "artifact-mismatch"]).toContain(error.code);
        if (existsSync(to)) expect(content.indexOf(readFileSync(to))).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
});
