import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { NewEntry } from "../../reconciler/log.ts";
import { temporaryFolder } from "../host/bundle.ts";
import { adopted, chainOf, type TestLog, testLog, writeUnsigned } from "../support/audit-log.ts";
import { needs } from "../support/needs.ts";
import { onFullDisk } from "../support/refusal.ts";

let at: string;
let test: TestLog;

beforeEach(() => {
  at = temporaryFolder();
  test = testLog(at);
});

const entry = (event: NewEntry["event"], data: NewEntry["data"], subject = "web") =>
  test.log.append({ actor: "ann", host: "box", event, subject, data });
const intent = (subject = "web") => entry("apply.intent", { steps: [] }, subject);
const close = (hash: string) => entry("apply.done", { closes: hash });

describe("the chain", () => {
  it("links each line to the one before, and survives being opened again", () => {
    const first = intent();
    const second = close(first.hash);
    expect(second).toMatchObject({ seq: 2, prev: first.hash });
    expect(testLog(at).log.verify()).toMatchObject({ entries: 2, signed: true, head: { seq: 2, hash: second.hash } });
    expect(testLog(at).log.verify().broken).toBeUndefined();
  });

  it("leaves out what looks like a secret before anything is written", () => {
    entry("apply.failed", {
      message: "https://ann:hunter2@example.org/x: 403",
      token: "abc",
      steps: [{ address: "shell.env.DB_PASSWORD", after: { value: "hunter3" } }],
    });
    expect(readFileSync(test.path, "utf8")).not.toMatch(/hunter|abc/);
    expect(test.log.verify().broken).toBeUndefined();
  });
});

describe("the key", () => {
  it("is made at the first line, for its owner alone, and its public part for everybody", () => {
    intent();
    expect(statSync(test.keys.own).mode & 0o777).toBe(0o600);
    expect(readFileSync(test.keys.open, "utf8")).toContain("BEGIN PUBLIC KEY");
    expect(readdirSync(dirname(test.keys.own)).filter((name) => name.includes("new"))).toEqual([]);
    expect(readFileSync(test.headPath, "utf8")).not.toContain("PRIVATE");
  });

  it("of another log signs nothing here", () => {
    intent();
    const other = testLog(temporaryFolder());
    other.log.append(adopted("x"));
    for (const which of ["own", "open"] as const) copyFileSync(other.keys[which], test.keys[which]);
    expect(test.log.verify()).toMatchObject({ line: 1, broken: expect.stringContaining("not signed with this key") });
    expect(() => intent()).toThrow(/not signed with this machine's key/);
  });

  it("cannot be lost and made again as if nothing was", () => {
    intent();
    rmSync(test.keys.own);
    expect(() => intent()).toThrow(/key that signed .* is gone/);
  });

  it("of the other scope does not count", () => {
    intent();
    expect(testLog(at, { scope: "user" }).log.verify().broken).toContain("not signed with this key");
  });

  it("that is no key proves nothing, and stops nothing from being read", () => {
    intent();
    writeFileSync(test.keys.open, "rubbish");
    expect(test.log.verify().broken).toContain("no key to check it with");
    expect(test.log.entries()).toHaveLength(1);
  });
});

describe("a log of an earlier version", () => {
  it("is checked by its unsigned head, and signed at the next line", () => {
    writeUnsigned(test, chainOf(5));
    expect(test.log.verify()).toMatchObject({ entries: 5, signed: false });
    expect(test.log.verify().broken).toBeUndefined();
    expect(intent().seq).toBe(6);
    expect(test.log.verify()).toMatchObject({ entries: 6, signed: true, head: { seq: 6 } });
  });

  it("may have a head that is one line behind, after a crash, and no more", () => {
    const entries = chainOf(5);
    writeUnsigned(test, entries);
    const head = (seq: number) => writeFileSync(test.headPath, JSON.stringify({ seq, hash: entries[seq - 1]?.hash }));
    head(3);
    expect(test.log.verify().broken).toContain("omg had written no more than line 3");
    expect(() => intent()).toThrow(/does not end where omg left it/);
    head(4);
    expect(test.log.verify().broken).toBeUndefined();
    expect(intent().seq).toBe(6);
    expect(test.log.verify().broken).toBeUndefined();
  });

  it("is signed only while it is whole", () => {
    writeUnsigned(test, chainOf(5));
    writeFileSync(test.path, readFileSync(test.path, "utf8").replace("apt.p2", "apt.p9"));
    expect(() => intent()).toThrow(/not as omg wrote it: see line 2/);
    expect(readdirSync(dirname(test.keys.own))).toEqual(["audit-head.json"]);
  });

  it("goes on when its very first head was not written", () => {
    writeUnsigned(test, chainOf(1));
    rmSync(test.headPath);
    expect(intent().seq).toBe(2);
  });

  it("cannot be made out of a signed one", () => {
    intent();
    const { seq, hash } = test.log.head() ?? {};
    writeFileSync(test.headPath, JSON.stringify({ seq, hash }));
    expect(test.log.verify()).toMatchObject({ line: 1, broken: expect.stringContaining("head is not signed") });
    expect(() => intent()).toThrow(/not signed/);
  });
});

describe("a log that was cut", () => {
  it("refuses to go on", () => {
    intent();
    intent();
    const size = Buffer.byteLength(`${test.lines()[0]}\n`);
    truncateSync(test.path, size);
    expect(() => intent()).toThrow(/does not end where omg left it/);
  });

  it("refuses to start anew under an old head", () => {
    intent();
    rmSync(test.path);
    expect(() => intent()).toThrow(/does not end where omg left it/);
    expect(test.log.verify()).toMatchObject({ line: 1, broken: expect.stringContaining("ends at line 0") });
  });

  it("refuses a line that was begun and that omg had not announced", () => {
    intent();
    appendFileSync(test.path, '{"seq":2,"time":"20');
    expect(test.log.verify()).toMatchObject({ line: 2 });
    expect(() => intent()).toThrow(/does not end where omg left it/);
  });
});

describe("a log with a line that is none", () => {
  it("says so instead of finding no open intent, and shows what stands before it", () => {
    close(intent().hash);
    writeFileSync(test.path, readFileSync(test.path, "utf8").replace("\n", "\nrubbish\n"));
    expect(() => test.log.open()).toThrow(/has a line 2 that is none/);
    expect(test.log.entries()).toHaveLength(1);
  });

  it("has a head that agrees with nothing when that cannot be read, or is gone", () => {
    intent();
    writeFileSync(test.headPath, "{");
    expect(test.log.verify().broken).toBeDefined();
    expect(() => intent()).toThrow(/not signed/);
    rmSync(test.headPath);
    expect(test.log.verify().broken).toContain("not known");
    expect(() => intent()).toThrow(/not signed|does not end/);
  });
});

describe("open intents", () => {
  it("are the ones that nothing closes", () => {
    expect(test.log.open()).toBeUndefined();
    const first = intent();
    expect(test.log.open()?.hash).toBe(first.hash);
    entry("repair.intent", {});
    expect(test.log.open()?.hash).toBe(first.hash);
    close(first.hash);
    expect(test.log.open()).toBeUndefined();
  });
});

describe("witnesses", () => {
  it("get the signed head after each line; one that fails stops nothing, and is told", () => {
    const noted: string[] = [];
    const told: string[] = [];
    const fails = () => {
      throw new Error("no such file system");
    };
    const { log } = testLog(at, {
      witnesses: [
        { name: "gone", note: fails },
        { name: "good", note: ({ seq, signature }) => noted.push(`${seq} ${signature}`) },
      ],
      onUnwitnessed: (message) => told.push(message),
    });
    log.append(adopted("a"));
    log.append(adopted("b"));
    expect(noted).toEqual([expect.stringMatching(/^1 .{88}$/), `2 ${log.head()?.signature}`]);
    expect(told).toEqual(
      [1, 2].map((n) => expect.stringMatching(new RegExp(`gone could not note line ${n} .*file system`))),
    );
  });
});

describe("a disk that cannot be written", () => {
  it.runIf(needs("root", "util-linux"))(
    "takes part of a line, which does not count, and the next one goes on",
    async () => {
      intent();
      const large = adopted("x", { addresses: ["apt.x".repeat(20_000)] });
      await onFullDisk(dirname(test.path), 8, async () =>
        expect(() => test.log.append(large)).toThrow(/space|to its end/),
      );
      expect(test.log.entries()).toHaveLength(1);
      expect(test.log.verify().broken).toBeUndefined();
      expect(test.log.append(large).seq).toBe(2);
      expect(test.log.verify()).toMatchObject({ entries: 2 });
      expect(test.log.verify().broken).toBeUndefined();
    },
  );

  it("leaves the log as it was when the head cannot be announced", () => {
    intent();
    const before = readFileSync(test.path);
    rmSync(join(at, "state"), { recursive: true });
    writeFileSync(join(at, "state"), "no folder");
    expect(() => intent()).toThrow();
    expect(readFileSync(test.path)).toEqual(before);
  });
});
