import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Log, openLog } from "../../reconciler/log.ts";

let folder: string;
let path: string;
let headPath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-log-"));
  path = join(folder, "audit", "audit.jsonl");
  headPath = join(folder, "head.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Log => openLog({ path, headPath, mode: 0o600, now: () => new Date("2026-11-21T10:00:00Z") });
const intent = (subject = "web") =>
  open().append({ actor: "ann", host: "box", event: "apply.intent", subject, data: { steps: [] } });
const close = (hash: string) =>
  open().append({ actor: "ann", host: "box", event: "apply.done", subject: "web", data: { closes: hash } });
const lines = () => readFileSync(path, "utf8").split("\n").slice(0, -1);

describe("the chain", () => {
  it("links each line to the one before, and survives being opened again", () => {
    const first = intent();
    const second = close(first.hash);
    expect(second).toMatchObject({ seq: 2, prev: first.hash });
    expect(open().verify()).toEqual({ entries: 2 });
  });

  it("finds every kind of tampering, at whatever line", () => {
    for (let i = 0; i < 6; i += 1) intent(`lock-${i}`);
    const whole = lines();
    const tamper: Record<string, (at: number) => string[]> = {
      changed: (at) => whole.map((line, i) => (i === at ? line.replace("ann", "eve") : line)),
      removed: (at) => whole.filter((_, i) => i !== at),
      swapped: (at) =>
        whole.map((line, i) =>
          i === at ? (whole[(at + 1) % 6] ?? "") : i === (at + 1) % 6 ? (whole[at] ?? "") : line,
        ),
      doubled: (at) => whole.flatMap((line, i) => (i === at ? [line, line] : [line])),
      rubbish: (at) => whole.map((line, i) => (i === at ? "{" : line)),
      cut: (at) => whole.slice(0, Math.min(at, 4)),
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(tamper)), fc.integer({ min: 0, max: 5 }), (kind, at) => {
        writeFileSync(path, `${tamper[kind]?.(at).join("\n")}\n`);
        expect(open().verify().broken, `${kind} at ${at}`).toBeDefined();
      }),
    );
    writeFileSync(path, `${whole.join("\n")}\n`);
    expect(open().verify()).toEqual({ entries: 6 });
  });
});

describe("a crash while writing", () => {
  it("drops a torn last line, which nobody was told of", () => {
    const first = intent();
    appendFileSync(path, '{"seq":2,"time":"20');
    expect(open().entries()).toHaveLength(1);
    expect(close(first.hash).seq).toBe(2);
    expect(open().verify()).toEqual({ entries: 2 });
  });

  it("goes on when the head was not written any more", () => {
    const first = intent();
    const head = readFileSync(headPath);
    close(first.hash);
    writeFileSync(headPath, head);
    expect(intent().seq).toBe(3);
    expect(open().verify()).toEqual({ entries: 3 });
  });

  it("goes on when that happens twice in a row", () => {
    const first = intent();
    const head = readFileSync(headPath);
    close(first.hash);
    writeFileSync(headPath, head);
    intent();
    const second = readFileSync(headPath);
    intent();
    writeFileSync(headPath, second);
    expect(intent().seq).toBe(5);
    expect(open().verify()).toEqual({ entries: 5 });
  });

  it("goes on when the very first head was not written", () => {
    intent();
    rmSync(headPath);
    expect(intent().seq).toBe(2);
  });
});

describe("a log that was cut", () => {
  it("refuses to go on", () => {
    intent();
    intent();
    const size = Buffer.byteLength(`${lines()[0]}\n`);
    intent();
    truncateSync(path, size);
    expect(() => intent()).toThrow(/does not end where omg left it/);
  });

  it("refuses to start anew under an old head", () => {
    intent();
    intent();
    rmSync(path);
    expect(() => intent()).toThrow(/does not end where omg left it/);
  });
});

describe("a log with a line that is none", () => {
  it("says so instead of finding no open intent, and shows what stands before it", () => {
    intent();
    intent();
    writeFileSync(path, readFileSync(path, "utf8").replace("\n", "\nrubbish\n"));
    expect(() => open().open()).toThrow(/has a line 2 that is none/);
    expect(open().entries()).toHaveLength(1);
  });

  it("has a head that agrees with nothing when that cannot be read", () => {
    intent();
    intent();
    writeFileSync(headPath, "{");
    expect(open().verify().broken).toBeDefined();
    expect(() => intent()).toThrow(/does not end where omg left it/);
  });
});

describe("a head that is gone", () => {
  it("shows, since a cut log would not", () => {
    intent();
    intent();
    rmSync(headPath);
    expect(open().verify().broken).toContain("not known");
    expect(() => intent()).toThrow(/does not end where omg left it/);
  });
});

describe("open intents", () => {
  it("are the ones that nothing closes", () => {
    expect(open().open()).toBeUndefined();
    const first = intent();
    expect(open().open()?.hash).toBe(first.hash);
    close(first.hash);
    expect(open().open()).toBeUndefined();
  });
});
